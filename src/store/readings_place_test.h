/*
 * readings_place_test - a place whose engine reads what it files, and parse beside it.
 *
 * Parse runs in this process; while it is lost, it dies of whatever it is asked.
 */
#ifndef STORE_READINGS_PLACE_TEST_H
#define STORE_READINGS_PLACE_TEST_H

#include "mime/record.h"
#include "store/place_test.h"

enum { ACCOUNT = 7, PATIENCE_S = 20 };

extern struct place readings_place;
extern size_t readings_asked;       /* messages, since readings_begin */
extern uint64_t readings_emails[3]; /* of readings_deliver_three */

void readings_begin(void); /* opens the place's engine, with parse */
void readings_end(void);
void readings_have_parse(void);
void readings_lose_parse(void);

/* Until nothing is left to read, at most PATIENCE_S. */
void readings_await(struct place *);
/* The message's id, once it is durable. */
uint64_t readings_deliver(struct place *, const char *message);
void readings_deliver_three(struct place *);

/* What env has for a message, to be freed; or -errno. */
int readings_get(struct place *, uint64_t email, struct span *record_r);
/* The subject that env has for it; "" when it has none. */
void readings_check_subject(struct place *, uint64_t email, const char *subject);
void readings_check_three(struct place *);

#endif
