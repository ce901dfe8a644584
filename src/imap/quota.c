/* RFC 9208: GETQUOTA, GETQUOTAROOT.  An account with a limit is one quota root, "", for all
 * its mailboxes (and its files), and its resource is STORAGE.  One without has no root. */
#include "imap/grammar.h"
#include "imap/session.h"

#include <errno.h>
#include <inttypes.h>

enum { UNIT = 1024 }; /* §5.1 */

static int ask(const struct imap *s, struct store_quota_answer *answer_r)
{
    const struct store_quota question = { .handle = s->handle };

    return ask_store_quota(&question, answer_r, NULL);
}

static void say_quota(struct imap *s, const struct store_quota_answer *a)
{
    wire_say(s->wire, "* QUOTA \"\" (STORAGE %" PRIu64 " %" PRIu64 ")",
             a->used / UNIT + (a->used % UNIT > 0), a->limit / UNIT);
}

static void say_why_not(struct imap *s, int error)
{
    if (error == -ENOENT)
        imap_reply(s, "NO [NONEXISTENT] there is no such mailbox, or quota root");
    else
        imap_reply(s, "NO [UNAVAILABLE] the quota is not known now, try again later");
}

/* §4.2.1 */
void imap_getquota(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, root;
    struct store_quota_answer answer;

    if (!imap_take_astring(&rest, s->arena, &root) || rest.len > 0) {
        imap_reply_bad(s, "GETQUOTA has a quota root");
        return;
    }
    int error = root.len > 0 ? -ENOENT : ask(s, &answer);
    if (!error && answer.limit == UINT64_MAX)
        error = -ENOENT;
    if (error) {
        say_why_not(s, error);
        return;
    }
    say_quota(s, &answer);
    imap_reply(s, "OK done");
}

/* §4.2.2: of a mailbox without quota roots there are none. */
static int say_roots(struct imap *s, struct span name, bool any)
{
    struct buf b = { .max = 8 * MAILBOX_NAME_MAX + 64 };
    int error = buf_put(&b, SPAN("* QUOTAROOT "));

    if (!error)
        error = imap_put_mailbox(s, &b, name);
    if (!error && any)
        error = buf_put(&b, SPAN(" \"\""));
    if (!error)
        imap_put_line(s, &b);
    buf_free(&b);
    return error;
}

void imap_getquotaroot(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name;
    struct store_quota_answer answer;
    uint32_t mailbox;

    if (!imap_take_mailbox(s, &rest, &name) || rest.len > 0) {
        imap_reply_bad(s, "GETQUOTAROOT has a mailbox");
        return;
    }
    int error = imap_find_mailbox(s, name, &mailbox);
    if (!error)
        error = ask(s, &answer);
    if (!error)
        error = say_roots(s, name, answer.limit != UINT64_MAX);
    if (error) {
        say_why_not(s, error);
        return;
    }
    if (answer.limit != UINT64_MAX)
        say_quota(s, &answer);
    imap_reply(s, "OK done");
}
