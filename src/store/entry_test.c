#include "store/entry.h"

#include "test/unit.h"

#include <stdlib.h>

static struct entry *delivery(const char *body, uint64_t lsn, uint32_t epoch)
{
    struct entry *e = entry_new(ENTRY_DELIVER, 2, 0, strlen(body));
    if (!CHECK(e))
        abort();
    entry_targets(e->head)[0] = (struct target){ 7, 1, 1000 };
    entry_targets(e->head)[1] = (struct target){ 9, 4, 2000 };
    memcpy(entry_body(e->head), body, strlen(body));
    e->head->received = 1234;
    entry_seal(e->head, lsn, epoch);
    return e;
}

static struct span octets_of(const struct entry *e)
{
    return span_at(e->head, e->head->length);
}

TEST(entry_holds_what_was_put_in)
{
    size_t need;
    struct entry *e = delivery("How about pickles?", 4096, 3);
    CHECK(entry_is_sound(octets_of(e), 4096, 3, &need));
    struct entry *copy = entry_copy(e->head);
    if (!CHECK(copy))
        return;
    CHECK_EQ_UINT(copy->unapplied, 2);
    CHECK_EQ_UINT(entry_targets(copy->head)[1].account, 9);
    CHECK_EQ_UINT(entry_targets(copy->head)[1].uid, 4);
    CHECK_SPAN(span_at(entry_body(copy->head), entry_body_size(copy->head)),
               "How about pickles?");
    CHECK(copy->pending[1].entry == copy);
    entry_free(copy);
    entry_free(e);
}

TEST(entry_is_only_itself)
{
    size_t need;
    struct entry *e = delivery("ketchup", 4096, 3);
    CHECK(!entry_is_sound(octets_of(e), 4104, 3, &need));
    CHECK(!entry_is_sound(octets_of(e), 4096, 2, &need));
    CHECK(
        !entry_is_sound(span_first(octets_of(e), e->head->length - 8), 4096, 3, &need));
    CHECK_EQ_UINT(need, e->head->length);
    entry_free(e);
}

/* Only the padding at the very end is not covered. */
TEST(entry_every_flipped_bit_is_seen)
{
    size_t need;
    struct entry *e = delivery("ketchup!", 4096, 3);
    char *at = (char *)e->head;
    for (size_t i = 0; i < (size_t)e->head->length * 8; i++) {
        at[i / 8] = (char)(at[i / 8] ^ (1 << i % 8));
        struct span octets = span_at(at, ENTRY_HEAD + 2 * sizeof(struct target) + 8);
        CHECK(!entry_is_sound(octets, 4096, 3, &need));
        at[i / 8] = (char)(at[i / 8] ^ (1 << i % 8));
    }
    CHECK(entry_is_sound(octets_of(e), 4096, 3, &need));
    entry_free(e);
}

TEST(entry_of_every_shape)
{
    static const struct {
        enum entry_type type;
        size_t targets, uids, body;
    } shapes[] = {
        { ENTRY_PADDING, 0, 0, 0 },
        { ENTRY_CREATE, 1, 0, 0 },
        { ENTRY_FORGET, 1, 0, 0 },
        { ENTRY_EXPUNGE, 1, 0, 0 },
        { ENTRY_EXPUNGE, 1, 3, 0 },
        { ENTRY_EXPUNGE, 1, UIDS_A_MESSAGE, 0 },
        { ENTRY_DELIVER, 1, 0, 0 },
        { ENTRY_DELIVER, RECIPIENTS_MAX, 0, LARGE_BODY_LEAST - 1 },
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        size_t need;
        struct entry *e = entry_new(shapes[i].type, shapes[i].targets, shapes[i].uids,
                                    shapes[i].body);
        if (!CHECK(e))
            return;
        memset(entry_targets(e->head), 1, shapes[i].targets * sizeof(struct target));
        memset(entry_uids(e->head), 2, shapes[i].uids * 4);
        memset(entry_body(e->head), 'x', shapes[i].body);
        entry_seal(e->head, 8, 1);
        CHECK(entry_is_sound(octets_of(e), 8, 1, &need));
        CHECK_EQ_UINT(e->head->length % 8, 0);
        CHECK(e->head->length <= ENTRY_OCTETS_MAX);
        entry_free(e);
    }
}
