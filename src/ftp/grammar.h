/*
 * grammar - how lines and arguments are read: RFC 854 (what Telnet puts into a line) and
 * RFC 959 §5.3.2.  Pure.
 */
#ifndef FTP_GRAMMAR_H
#define FTP_GRAMMAR_H

#include "config/limits.h"
#include "wire/command.h"

/* ---- telnet.c */
/* The line without Telnet's commands (RFC 854), in `room`; *asked_r: an option was asked
 * for, whose number this is, or -1. */
struct span telnet_strip(struct span line, char room[FTP_LINE_MAX], int *asked_r);

/* ---- grammar.c */
bool ftpd_take_string(struct span *rest, struct arg *);
bool ftpd_take_word(struct span *rest, struct arg *);
bool ftpd_take_number(struct span *rest, struct arg *);
bool ftpd_take_type_code(struct span *rest, struct arg *);
bool ftpd_take_code(struct span *rest, struct arg *);

bool ftpd_take_path(struct span *rest, struct arg *);
bool ftpd_take_listed(struct span *rest, struct arg *);
bool ftpd_take_host_port(struct span *rest, struct arg *);

#endif
