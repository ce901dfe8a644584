/*
 * zone - a private DNS for tests: lines of text, asked as trust/ask.h asks.
 *
 *     TXT<tab>hamburger.edu<tab>v=spf1 -all
 *     A<tab>mail.hamburger.edu<tab>192.0.2.1
 *     CNAME<tab>www.hamburger.edu<tab>mail.hamburger.edu
 *     FAIL<tab>slow.example<tab>        what is not there fails, and is not merely absent
 *
 * \xHH in a value is that octet.
 */
#ifndef TEST_TRUST_ZONE_H
#define TEST_TRUST_ZONE_H

#include "trust/ask.h"

struct zone {
    struct zone_record *records;
    size_t count;
    unsigned asked; /* questions so far */
};

/* One line, or several; a line that is none ends the test. */
void zone_add(struct zone *, const char *lines);
void zone_clear(struct zone *);
/* As struct ask has it; arg is the zone. */
void zone_ask(void *zone, enum ask_kind, struct span name, struct arena *,
              struct ask_answer *answer_r);
/* Decodes \xHH in place; the length. */
size_t zone_unescape(char *text, size_t len);

#endif
