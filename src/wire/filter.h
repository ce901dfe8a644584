/*
 * filter - which sessions of the transcript somebody wants to see.
 *
 *     smtp                    a protocol
 *     192.0.2.7 192.0.2.0/24  the client's address or network
 *     bob@example.org         the account that it logged in to
 *     refused error dropped ok   how it went (wire/transcript.h)
 *     1f2e3d4c                the beginning of its id, four hexadecimal digits or more
 *
 * One of each kind at most; a session has to fit all.  Beside them a span of time, which
 * chooses records.
 */
#ifndef WIRE_FILTER_H
#define WIRE_FILTER_H

#include "base/ring.h"
#include "config/limits.h"
#include "config/network.h"

struct wire_filter {
    char protocol[PROTOCOL_OCTETS_MAX + 1]; /* empty: any */
    char account[ADDRESS_OCTETS_MAX + 1];
    struct network peer;
    bool has_peer, has_result;
    uint8_t result;    /* enum wire_result: one bit, or RESULT_OK */
    uint8_t id_digits; /* 0: any */
    uint64_t id;       /* its first digits, the others 0 */
    int64_t since_us;  /* microseconds since 1970 */
    int64_t until_us;  /* not this one and later; INT64_MAX: for ever */
};

/* Any session, at any time. */
void filter_open(struct wire_filter *filter_r);
/* One word more: NULL, or what is wrong with it. */
const char *filter_word(struct wire_filter *, struct span word);
/* "10m" (before now; s, m, h, d), "2026-11-21", "2026-11-21 09:30", "09:30:15" (today),
 * local time; false: none of them. */
bool filter_time(struct span text, int64_t now_us, int64_t *time_us_r);

bool filter_is_open(const struct wire_filter *); /* it chooses nothing */
/* Must a session be known from its beginning before its records can be judged? */
bool filter_wants_sessions(const struct wire_filter *);

/* ---- what is known of a session, piece by piece */
bool filter_fits_id(const struct wire_filter *, uint64_t session);
bool filter_fits_record(const struct wire_filter *,
                        const struct record *);                      /* and time */
bool filter_fits_open(const struct wire_filter *, struct span text); /* RECORD_OPEN's */
bool filter_fits_account(const struct wire_filter *, struct span address);
bool filter_fits_result(const struct wire_filter *, uint8_t result);

#endif
