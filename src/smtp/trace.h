/*
 * trace - the trace information of a message that has come to its end, RFC 5321 §4.4.
 */
#ifndef SMTP_TRACE_H
#define SMTP_TRACE_H

#include "smtp/session.h"

/* Return-Path and Received, as the message's first lines. */
void trace_put(const struct smtp *, struct incoming *);

#endif
