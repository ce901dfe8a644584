#include "ipc/every_test.h"

#include "base/own.h"
#include "test/unit.h"

#include <errno.h>

TEST(roles_have_names)
{
    enum role role;
    CHECK(role_of_name(SPAN("pop3"), &role) && role == ROLE_POP3);
    CHECK(role_of_name(SPAN("master"), &role) && role == ROLE_MASTER);
    CHECK(!role_of_name(SPAN("pop"), &role));
    CHECK(!role_of_name(SPAN(""), &role));
    CHECK_STR(role_name(ROLE_STORE), "store");
    CHECK_STR(role_summary(ROLE_STORE), "all mail");
    CHECK_EQ_INT(role_kind(ROLE_MX), KIND_FRONT);
    CHECK_EQ_INT(role_kind(ROLE_ADMIN), KIND_OPERATOR);
    CHECK_STR(message_name(MESSAGE_store_deliver), "store_deliver");
    CHECK_STR(message_name(MESSAGES), "unknown");
}

TEST(who_may_say_what_to_whom)
{
    static const struct {
        enum message message;
        enum role from, to;
        bool may;
    } rows[] = {
        { MESSAGE_auth_recipient, ROLE_MX, ROLE_AUTH, true },
        { MESSAGE_auth_recipient, ROLE_POP3, ROLE_AUTH, false },
        { MESSAGE_auth_recipient, ROLE_MX, ROLE_STORE, false },
        { MESSAGE_auth_login, ROLE_MX, ROLE_AUTH, false }, /* no way to try passwords */
        { MESSAGE_store_grant, ROLE_AUTH, ROLE_STORE, true },
        { MESSAGE_store_grant, ROLE_POP3, ROLE_STORE, false },
        { MESSAGE_store_snapshot, ROLE_MX, ROLE_STORE, false },
        { MESSAGE_store_durable, ROLE_STORE, ROLE_MX, true },
        { MESSAGE_store_durable, ROLE_STORE, ROLE_POP3, true },
        { MESSAGE_store_durable, ROLE_STORE, ROLE_AUTH, false },
        { MESSAGE_master_channel, ROLE_MASTER, ROLE_STORE, true },
        { MESSAGE_master_channel, ROLE_STORE, ROLE_MX, false },
        { MESSAGE_master_channel, ROLE_MASTER, ROLE_ADMIN, false },
        { MESSAGE_role_ready, ROLE_LOG, ROLE_MASTER, true },
        { MESSAGE_role_ready, ROLE_ADMIN, ROLE_MASTER, false },
        { MESSAGE_admin_account_add, ROLE_ADMIN, ROLE_CONTROL, true },
        { MESSAGE_admin_account_add, ROLE_CONTROL, ROLE_AUTH, true },
        { MESSAGE_admin_account_add, ROLE_ADMIN, ROLE_AUTH, false },
        { MESSAGE_admin_account_add, ROLE_CONTROL, ROLE_CONTROL, false },
        { MESSAGE_admin_account_add, ROLE_CONTROL, ROLE_LOG, false },
        { MESSAGE_admin_account_add, ROLE_MX, ROLE_CONTROL, false },
        { MESSAGE_admin_wire, ROLE_ADMIN, ROLE_CONTROL, true },
        { MESSAGE_admin_wire, ROLE_CONTROL, ROLE_LOG, true },
        { MESSAGE_admin_wire, ROLE_ADMIN, ROLE_LOG, false },
        { MESSAGES, ROLE_MX, ROLE_AUTH, false },
        { MESSAGE_auth_recipient, ROLES, ROLE_AUTH, false },
        { MESSAGE_auth_recipient, ROLE_MX, ROLES, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!CHECK_EQ_INT(message_may_send(rows[i].message, rows[i].from, rows[i].to),
                          rows[i].may))
            CHECK_EQ_INT((int)i, -1); /* says which row */
}

/* --- octets --- */

static char room[MESSAGE_OCTETS_MAX + 64];

/* Encodes into room; returns the length. */
static size_t encode(struct encoder *to, const struct packet *packet,
                     const union fields *fields)
{
    struct encoder measure = { 0 };
    packet_put(&measure, packet, fields);
    CHECK_EQ_INT(measure.error, 0);
    CHECK(measure.len <= MESSAGE_OCTETS_MAX);
    *to = (struct encoder){ .at = room };
    packet_put(to, packet, fields);
    CHECK_EQ_INT(to->len, measure.len);
    return to->len;
}

static int decode(struct span s, const struct encoder *sent, struct packet *packet_r,
                  union fields *fields_r)
{
    struct decoder from = { .descriptors = sent->descriptors,
                            .descriptor_count = sent->descriptor_count };
    int error = packet_open(s, packet_r, &from.rest);
    if (error)
        return error;
    CHECK_EQ_INT(packet_r->descriptors, sent->descriptor_count);
    return packet_take(&from, packet_r, fields_r);
}

TEST(octets_of_a_message)
{
    struct auth_recipient q = { SPAN("bob@hamburger.edu") };
    struct packet p = { .message = MESSAGE_auth_recipient, .id = 0x01020304 };
    struct encoder to = { .at = room };
    packet_put(&to, &p, &q);
    CHECK_EQ_INT(room[0], MESSAGE_auth_recipient);
    CHECK_SPAN(span_at(room + 1, to.len - 1), "\0\0\0\4\3\2\1\0\0\0\0\x11\0\0\0"
                                              "bob@hamburger.edu");
    to = (struct encoder){ .at = room };
    p.kind = PACKET_ANSWER;
    p.error = -ENOENT;
    packet_put(&to, &p, NULL);
    CHECK_SPAN(span_at(room + 1, to.len - 1), "\0\1\0\4\3\2\1\xfe\xff\xff\xff");
}

/* No beginning of a message is a message, nor is a message with more behind it. */
static void check_lengths(size_t len, const struct encoder *sent)
{
    struct packet packet;
    union fields fields;
    size_t step = len > 4096 ? 997 : 1;
    for (size_t cut = 0; cut < len; cut += step)
        if (!CHECK_EQ_INT(decode(span_at(room, cut), sent, &packet, &fields), -EBADMSG))
            return;
    room[len] = 0;
    CHECK_EQ_INT(decode(span_at(room, len + 1), sent, &packet, &fields), -EBADMSG);
}

static void check_round_trip(struct filler *f, struct packet packet)
{
    union fields said, heard;
    struct packet heard_packet;
    struct encoder sent;
    every_fill(f, packet.message, packet.kind, &said);
    size_t len = encode(&sent, &packet, &said);
    CHECK_EQ_INT(decode(span_at(room, len), &sent, &heard_packet, &heard), 0);
    CHECK_EQ_INT(heard_packet.message, packet.message);
    CHECK_EQ_INT(heard_packet.kind, packet.kind);
    CHECK_EQ_UINT(heard_packet.id, packet.id);
    CHECK(every_same(packet.message, packet.kind, &said, &heard));
    check_lengths(len, &sent);
}

TEST(every_message_decodes_as_it_was_encoded)
{
    struct filler f = { .descriptor = 99, .lend = true, .random = 88172645 };
    for (enum message m = 0; m < MESSAGES; m++)
        for (f.filling = LEAST; f.filling < FILLINGS; f.filling++) {
            bool tell = message_is_tell(m);
            check_round_trip(&f, (struct packet){ .message = m,
                                                  .kind = tell ? PACKET_TELL
                                                               : PACKET_QUESTION,
                                                  .id = tell ? 0 : UINT32_MAX });
            if (!tell)
                check_round_trip(&f, (struct packet){ .message = m,
                                                      .kind = PACKET_ANSWER,
                                                      .id = 7 });
        }
}

TEST(a_span_past_its_maximum)
{
    static const char long_name[ADDRESS_OCTETS_MAX + 1];
    struct auth_recipient q = { span_at(long_name, ADDRESS_OCTETS_MAX) };
    struct packet p = { .message = MESSAGE_auth_recipient };
    struct encoder to = { .at = room };
    packet_put(&to, &p, &q);
    CHECK_EQ_INT(to.error, 0);
    q.address.len++;
    struct encoder longer = { 0 };
    packet_put(&longer, &p, &q);
    CHECK_EQ_INT(longer.error, -EMSGSIZE);

    /* The same octets by a sender that does not care. */
    union fields heard;
    struct packet packet;
    CHECK_EQ_INT(decode(span_at(room, to.len), &to, &packet, &heard), 0);
    room[PACKET_HEADER]++;
    CHECK_EQ_INT(decode(span_at(room, to.len + 1), &to, &packet, &heard), -EBADMSG);
    memset(room + PACKET_HEADER, 0xff, 4);
    CHECK_EQ_INT(decode(span_at(room, to.len), &to, &packet, &heard), -EBADMSG);
}

/* One octet of a good header or body made bad. */
TEST(headers_that_no_one_wrote)
{
    static const struct {
        struct packet packet;
        size_t at;
        char octet;
    } rows[] = {
        { { .message = MESSAGE_store_durable, .kind = PACKET_TELL }, 1, 1 },
        { { .message = MESSAGE_store_durable, .kind = PACKET_TELL }, 0, MESSAGES },
        { { .message = MESSAGE_store_durable, .kind = PACKET_TELL },
          2,
          PACKET_QUESTION },
        { { .message = MESSAGE_store_durable, .kind = PACKET_TELL }, 2, PACKET_KINDS },
        { { .message = MESSAGE_store_durable, .kind = PACKET_TELL }, 4, 1 },
        { { .message = MESSAGE_store_durable, .kind = PACKET_TELL }, 11, -1 },
        { { .message = MESSAGE_store_large, .kind = PACKET_QUESTION }, 2, PACKET_TELL },
        { { .message = MESSAGE_store_large, .kind = PACKET_QUESTION }, 11, -1 },
        { { .message = MESSAGE_store_large, .kind = PACKET_ANSWER }, 3, 3 },
        { { .message = MESSAGE_store_large, .kind = PACKET_ANSWER }, 8, 5 },
        { { .message = MESSAGE_store_large, .kind = PACKET_ANSWER }, 11, -1 },
        { { .message = MESSAGE_store_large, .kind = PACKET_ANSWER }, 12, 2 }, /* FD */
    };
    struct filler f = { .filling = MOST, .descriptor = 99, .lend = true, .random = 1 };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        union fields fields;
        struct encoder sent;
        struct packet packet;
        every_fill(&f, rows[i].packet.message, rows[i].packet.kind, &fields);
        size_t len = encode(&sent, &rows[i].packet, &fields);
        CHECK_EQ_INT(decode(span_at(room, len), &sent, &packet, &fields), 0);
        room[rows[i].at] = rows[i].octet;
        if (!CHECK_EQ_INT(decode(span_at(room, len), &sent, &packet, &fields),
                          -EBADMSG))
            CHECK_EQ_INT((int)i, -1);
    }
}

TEST(an_arena_that_is_too_small)
{
    OWN(arena_close) struct arena *arena = arena_open(64);
    static const char records[4096];
    struct admin_wire_answer a = { 1, 1, span_at(records, sizeof records) };
    struct packet p = { .message = MESSAGE_admin_wire, .kind = PACKET_ANSWER };
    struct encoder to = { .at = room };
    packet_put(&to, &p, &a);
    struct decoder from = { .arena = arena };
    CHECK_EQ_INT(packet_open(span_at(room, to.len), &p, &from.rest), 0);
    CHECK_EQ_INT(packet_take(&from, &p, &a), -ENOMEM);
}
