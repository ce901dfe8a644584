/*
 * named - an account's names in its index: a table of records (names.h).
 *
 *     name(kind, id, crc, record)    crc: CRC32C of the record
 *
 * The counters are in the state (rows.h), and the INBOX is not in it.  Errors as in
 * index.h; -EUCLEAN: a record is not what was written.
 */
#ifndef STORE_NAMED_H
#define STORE_NAMED_H

#include "store/rows.h"

/* It is so from now on; one with an empty name is gone. */
int named_put(struct index *, const struct name *);
/* All of them, behind the counters; the caller closes them, in any case. */
int named_all(struct index *, const struct rows_state *, struct names *names_r);

#endif
