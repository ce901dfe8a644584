/* RFC 1939 §6: QUIT, and the update that it brings. */
#include "pop3/session.h"

/* Each batch's lsn is held for at once: what follows is said when all are durable. */
static int expunge(struct pop3 *s, const struct buf *uids)
{
    struct store_expunge question = { .handle = s->handle,
                                      .mailbox = INBOX,
                                      .uids = buf_span(uids) };
    struct store_expunge_answer answer;
    int error = ask_store_expunge(&question, &answer, NULL);

    if (!error)
        wire_hold(s->wire, answer.lsn);
    return error;
}

/* RFC 2449 §6.7: with EXPIRE 0, what was retrieved is not left on the server. */
static bool is_to_go(const struct pop3 *s, const struct maildrop_message *m)
{
    return m->deleted || (m->retrieved && s->host->expire == 0);
}

/* Removes what is marked; 0 or -errno, when some may not have been removed. */
static int update(struct pop3 *s)
{
    struct buf uids = { .max = UIDS_A_MESSAGE * sizeof(uint32_t) };
    int error = 0;

    for (size_t i = 0; i < s->count && !error; i++) {
        if (!is_to_go(s, &s->messages[i]))
            continue;
        uint32_t uid = s->messages[i].row.uid;
        if (uids.len == uids.max) {
            error = expunge(s, &uids);
            buf_clear(&uids);
        }
        if (!error)
            error = buf_put(&uids, span_at(&uid, sizeof(uid)));
    }
    if (!error && uids.len > 0)
        error = expunge(s, &uids);
    buf_free(&uids);
    return error;
}

void pop3_quit(void *session, const struct arg *args)
{
    struct pop3 *s = session;
    (void)args;

    if (s->state == TRANSACTION && update(s))
        pop3_say(s, "-ERR [SYS/TEMP] some deleted messages not removed");
    else
        pop3_say(s, "+OK %s POP3 server signing off", s->host->name);
    pop3_enter(s, CLOSED);
}
