#include "store/find.h"

#include "ipc/channel.h"
#include "mime/record.h"
#include "mime/service.h"
#include "store/place_test.h"
#include "test/unit.h"

#include <errno.h>
#include <stdlib.h>

enum { ACCOUNT = 7, LETTERS = 3 };

static const struct service services[] = {
    { MESSAGE_parse_messages, parse_on_messages }, { 0 }
};

static void have_parse(void)
{
    int pair[2];
    ipc_serve(ROLE_STORE, services);
    CHECK_EQ_INT(ipc_pair(pair), 0);
    CHECK_EQ_INT(ipc_adopt(pair[0], ROLE_PARSE, 0), 0);
    CHECK_EQ_INT(ipc_adopt_as(pair[1], ROLE_PARSE, ROLE_STORE, 0), 0);
}

static void lose_parse(void)
{
    while (ipc_next(ROLE_PARSE, NULL))
        channel_close(ipc_next(ROLE_PARSE, NULL));
    while (ipc_next(ROLE_STORE, NULL))
        channel_close(ipc_next(ROLE_STORE, NULL));
}

/* Takes the next record: the size of its message, or 0 where there is none. */
static uint64_t take_record(struct span *all)
{
    struct record r;
    uint32_t length = 0;
    if (!CHECK(all->len >= sizeof length))
        return UINT64_MAX;
    memcpy(&length, all->at, sizeof length);
    *all = span_skip(*all, sizeof length);
    if (length == 0 || !CHECK(length <= all->len))
        return 0;
    struct span octets = span_first(*all, length);
    *all = span_skip(*all, length);
    if (!CHECK(record_is_sound(octets)))
        return UINT64_MAX;
    record_open(octets, &r);
    return r.head.size;
}

/* Nothing reads behind delivery here: each is read when it is asked for. */
static void ask_for_records(struct place *p)
{
    struct buf all = { .max = 1 << 20 };
    uint64_t emails[LETTERS + 1] = { 0 };
    struct snapshot s;
    for (unsigned i = 0; i < LETTERS; i++)
        place_deliver(p, ACCOUNT, i + 1, place_size(i + 1));
    place_deliver(p, ACCOUNT + 1, 1, place_size(1));
    if (!CHECK_EQ_INT(engine_snapshot(p->engine, ACCOUNT, INBOX, &s), 0))
        return;
    CHECK_EQ_UINT(s.count, LETTERS);
    CHECK_EQ_UINT(s.uidnext, LETTERS + 1);
    for (unsigned i = 0; i < s.count; i++)
        emails[i] = s.rows[i].email;
    CHECK_EQ_INT(engine_records(p->engine, ACCOUNT, emails, LETTERS + 1, &all), 0);
    struct span rest = buf_span(&all);
    for (unsigned i = 0; i < LETTERS; i++)
        CHECK_EQ_UINT(take_record(&rest), place_size(i + 1));
    CHECK_EQ_UINT(take_record(&rest), 0); /* no such message */
    CHECK_EQ_UINT(rest.len, 0);
    /* Another account's are none of this one's. */
    buf_clear(&all);
    CHECK_EQ_INT(engine_records(p->engine, ACCOUNT + 1, emails, 1, &all), 0);
    rest = buf_span(&all);
    CHECK_EQ_UINT(take_record(&rest), 0);
    /* Nor are its words. */
    CHECK_EQ_INT(engine_scan(p->engine, ACCOUNT, emails[0], SPAN(""), SCAN_BODY), 1);
    CHECK_EQ_INT(engine_scan(p->engine, ACCOUNT, emails[0], SPAN("no such words"),
                             SCAN_ALL),
                 0);
    CHECK_EQ_INT(engine_scan(p->engine, ACCOUNT + 1, emails[0], SPAN(""), SCAN_ALL), 0);
    /* One that is gone has none. */
    place_expunge(p, ACCOUNT, 1);
    buf_clear(&all);
    CHECK_EQ_INT(engine_records(p->engine, ACCOUNT, emails, 2, &all), 0);
    rest = buf_span(&all);
    CHECK_EQ_UINT(take_record(&rest), 0);
    CHECK_EQ_UINT(take_record(&rest), place_size(2));
    engine_release(p->engine, ACCOUNT, s.lease);
    free(s.rows);
    buf_free(&all);
}

TEST(records_are_made_when_they_are_asked_for)
{
    struct place p;
    place_make(&p);
    CHECK_EQ_INT(place_open(&p), 0);
    have_parse();
    place_run(&p, ask_for_records);
    lose_parse();
    place_close(&p);
    place_remove(&p);
}
