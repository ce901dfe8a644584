/* RFC 1939 §5 and §7: the TRANSACTION state, but for RETR and TOP. */
#include "pop3/session.h"

#include <inttypes.h>

static const char no_such_message[] = "-ERR no such message";

void pop3_stat(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    uint64_t count = 0, octets = 0;
    (void)args;

    for (size_t i = 0; i < s->count; i++) {
        if (s->messages[i].deleted)
            continue;
        count++;
        octets += s->messages[i].row.size;
    }
    wire_say(s->wire, "+OK %" PRIu64 " %" PRIu64, count, octets);
}

/* §5, "scan listing" */
static void say_size(struct pop3 *s, const char *before, size_t number,
                     const struct maildrop_message *m)
{
    wire_say(s->wire, "%s%zu %" PRIu64, before, number, m->row.size);
}

/* §7, "unique-id listing": what RFC 9051 §2.3.1.1 promises of these two holds here. */
static void say_unique_id(struct pop3 *s, const char *before, size_t number,
                          const struct maildrop_message *m)
{
    wire_say(s->wire, "%s%zu %" PRIu32 ".%" PRIu32, before, number, s->uidvalidity,
             m->row.uid);
}

/* Of the one message that was named, or of all. */
static void list(struct pop3 *s, const struct arg *msg,
                 void (*say)(struct pop3 *, const char *before, size_t number,
                             const struct maildrop_message *))
{
    if (msg->given) {
        const struct maildrop_message *m = maildrop_find(s, msg->number);
        if (m)
            say(s, "+OK ", (size_t)msg->number, m);
        else
            pop3_say(s, no_such_message);
        return;
    }
    wire_say(s->wire, "+OK");
    for (size_t i = 0; i < s->count; i++)
        if (!s->messages[i].deleted)
            say(s, "", i + 1, &s->messages[i]);
    wire_say(s->wire, ".");
}

void pop3_list(void *session, const struct arg *args)
{
    list(session, &args[0], say_size);
}

void pop3_uidl(void *session, const struct arg *args)
{
    list(session, &args[0], say_unique_id);
}

void pop3_dele(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    struct maildrop_message *m = maildrop_find(s, args[0].number);

    if (m) {
        m->deleted = true;
        pop3_say(s, "+OK message %" PRIu64 " deleted", args[0].number);
    } else {
        pop3_say(s, no_such_message);
    }
}

void pop3_noop(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;
    wire_say(s->wire, "+OK");
}

void pop3_rset(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;

    for (size_t i = 0; i < s->count; i++)
        s->messages[i].deleted = false;
    pop3_say_count(s);
}
