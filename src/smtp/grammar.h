/*
 * grammar - what SMTP's commands are made of: RFC 5321 §4.1.2 and §4.1.3, RFC 6531 §3.3,
 * RFC 3030 §2, RFC 4954 §8.
 *
 * Every rule takes itself off the front of *rest, or leaves it untouched.
 */
#ifndef SMTP_GRAMMAR_H
#define SMTP_GRAMMAR_H

#include "wire/command.h"

bool smtp_take_esmtp_param(struct span *rest, struct span *keyword_r,
                           struct span *value_r);
/* For the table's words.  A path becomes its mailbox; "<>" becomes the empty text,
 * "<Postmaster>" the word alone. */
bool smtp_take_client(struct span *rest, struct arg *);
bool smtp_take_reverse_path(struct span *rest, struct arg *);
bool smtp_take_forward_path(struct span *rest, struct arg *);
bool smtp_take_mail_parameters(struct span *rest, struct arg *);
bool smtp_take_string(struct span *rest, struct arg *);
bool smtp_take_octets(struct span *rest, struct arg *);
bool smtp_take_mailbox(struct span *rest, struct arg *);
/* RFC 4954 §8 */
bool smtp_take_mechanism(struct span *rest, struct arg *);
bool smtp_take_initial_response(struct span *rest, struct arg *);
/* RFC 3030 §2 */
bool smtp_take_chunk_size(struct span *rest, struct arg *);
bool smtp_take_end_marker(struct span *rest, struct arg *);

#endif
