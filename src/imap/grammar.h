/*
 * grammar - one imap_take_<rule>() per ABNF rule of RFC 9051 §9 that more than one
 * command needs.
 *
 * Each takes its value off the front of *rest, or returns false and takes nothing that
 * matters: the command is refused then.  A command is one run of octets, its literals
 * within: "{5}", CRLF, five octets (wire/literal.h).  What is decoded points into the
 * command, or into the arena where that had to be another text.
 */
#ifndef IMAP_GRAMMAR_H
#define IMAP_GRAMMAR_H

#include "base/arena.h"
#include "base/buf.h"

bool imap_is_atom_char(char);
bool imap_is_astring_char(char);

bool imap_take_sp(struct span *rest);
bool imap_take_atom(struct span *rest, struct span *atom_r);
/* The word, in letters of any case, where no other ATOM-CHAR follows it. */
bool imap_take_word(struct span *rest, struct span word);
bool imap_take_tag(struct span *rest, struct span *tag_r);
bool imap_take_string(struct span *rest, struct arena *, struct span *text_r);
bool imap_take_astring(struct span *rest, struct arena *, struct span *text_r);
/* .at NULL: NIL */
bool imap_take_nstring(struct span *rest, struct arena *, struct span *text_r);
bool imap_take_list_mailbox(struct span *rest, struct arena *, struct span *text_r);
bool imap_take_number(struct span *rest,
                      uint64_t *number_r); /* number64, mod-sequence-valzer */
bool imap_take_nz_number(struct span *rest, uint32_t *number_r); /* 32 bits */
bool imap_take_flag(struct span *rest, struct span *flag_r);

/* date: *day_r is days since 1970.  date-time: seconds since 1970. */
bool imap_take_date(struct span *rest, int64_t *day_r);
bool imap_take_date_time(struct span *rest, int64_t *time_r);
int imap_put_date_time(struct buf *, int64_t time);
int64_t imap_day(int year, int month, int day); /* month: 1 to 12 */

/* string, in the shortest form that the octets allow: quoted, or a literal.
 * utf8: the client reads UTF-8 within quotes. */
int imap_put_string(struct buf *, struct span, bool utf8);
/* .at NULL: NIL */
int imap_put_nstring(struct buf *, struct span, bool utf8);
/* An atom where it is one. */
int imap_put_astring(struct buf *, struct span, bool utf8);

#endif
