/*
 * terms - a set of terms, known by their hashes alone (64 bits: of a million, two that
 * differ are taken for one in 1 of 30 million sets).  {0} is an empty one.
 */
#ifndef STORE_TERMS_H
#define STORE_TERMS_H

#include "base/span.h"

struct terms {
    uint64_t *hashes; /* 0: this place is free */
    size_t places, count;
};

uint64_t term_hash(struct span term); /* never 0 */
/* is_known_r: it was there before.  0 or -ENOMEM. */
int terms_add(struct terms *, struct span term, bool *is_known_r);
void terms_free(struct terms *);

#endif
