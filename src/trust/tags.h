/*
 * tags - tag=value lists (RFC 6376 §3.2): signatures, key and policy records, ARC.
 *
 * Nothing is copied: values stand as they are, folding white space within included.  A
 * list that is malformed, has a tag twice, or more than TAGS_MAX of them is no list.
 */
#ifndef TRUST_TAGS_H
#define TRUST_TAGS_H

#include "base/arena.h"
#include "config/limits.h"

struct tag {
    struct span name, value; /* without white space around */
    struct span raw;         /* the value with it: what stands between "=" and ";" */
};

struct tags {
    unsigned count;
    struct tag tags[TAGS_MAX];
};

bool tags_read(struct span list, struct tags *tags_r);
const struct tag *tags_find(const struct tags *, const char *name);
/* The value; "" where the tag is not there. */
struct span tags_value(const struct tags *, const char *name);
/* A number of the whole value; false: it is none, or past max. */
bool tag_number(struct span value, uint64_t max, uint64_t *number_r);

/* Takes the next word off a list with this separator, white space around it dropped;
 * false at the end.  A list "" has no words. */
bool tag_take_word(struct span *list, char separator, struct span *word_r);
/* Is the word in the list?  No case. */
bool tag_has_word(struct span list, char separator, const char *word);

/* base64string: base64 with white space anywhere, decoded into the arena; .at is NULL
 * where it is none. */
struct span tag_base64(struct span value, struct arena *);
/* A domain-name or selector that may be asked for: letters, digits, "-", "_" and single
 * dots between labels of at most 63 octets; 253 in all (D05: nothing odd goes further). */
bool tag_is_domain(struct span);
/* Is it the domain, or below it? */
bool tag_is_within(struct span name, struct span domain);

struct span tag_trim(struct span);

#endif
