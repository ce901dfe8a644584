/*
 * sort - SORT's criteria (RFC 5256 §3, RFC 5957), and messages put in order by them.
 *
 * What is compared stands in the rows and in the messages' records: folded, so that
 * neither case nor accents count (mime/fold.h); RFC 5256 asks for the first alone.  Where
 * all criteria are equal the numbers of the messages decide.
 */
#ifndef IMAP_SORT_H
#define IMAP_SORT_H

#include "imap/session.h"

enum sort_kind {
    SORT_ARRIVAL,
    SORT_CC,
    SORT_DATE,
    SORT_DISPLAYFROM,
    SORT_DISPLAYTO,
    SORT_FROM,
    SORT_SIZE,
    SORT_SUBJECT,
    SORT_TO,
};

struct sort {
    size_t count;
    struct sort_criterion {
        enum sort_kind kind;
        bool reverse;
    } criteria[IMAP_SORT_CRITERIA_MAX];
};

/* sort-criteria = "(" sort-criterion *(SP sort-criterion) ")" */
bool sort_take(struct span *rest, struct sort *sort_r);
/* Messages by their index.  In slices: others have their turn, and it ends when the client
 * is gone.  0 or -errno; -ENOMEM: what is compared is more than a session may have. */
int sort_indexes(struct imap *, const struct sort *, uint32_t *indexes, size_t count);

#endif
