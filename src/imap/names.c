/* RFC 9051 §6.3.4 to §6.3.8: CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE; RFC 6154
 * (CREATE-SPECIAL-USE). */
#include "imap/grammar.h"
#include "imap/mailbox_name.h"
#include "imap/session.h"

#include "store/names.h"

#include <errno.h>
#include <stdio.h>

/* ---- names of mailboxes */

int imap_find_mailbox(struct imap *s, struct span name, uint32_t *mailbox_r)
{
    struct store_mailbox question = { .handle = s->handle, .name = name };
    struct store_mailbox_answer answer;

    *mailbox_r = INBOX;
    if (name_is_inbox(name))
        return 0;
    if (!name_is_good(name))
        return -ENOENT;
    int error = ask_store_mailbox(&question, &answer, NULL);
    if (!error)
        *mailbox_r = answer.mailbox;
    return error;
}

int imap_put_mailbox(const struct imap *s, struct buf *b, struct span name)
{
    struct buf utf7 = { .max = 8 * MAILBOX_NAME_MAX };
    char room[MAILBOX_NAME_MAX];

    name = name_plain(name, room);
    int error = s->utf8 ? 0 : mailbox_name_to_utf7(name, &utf7);

    if (!error)
        error = imap_put_astring(b, s->utf8 ? name : buf_span(&utf7), s->utf8);
    buf_free(&utf7);
    return error;
}

/* ---- what a mailbox is for (RFC 6154) */

const char *const imap_uses[MAILBOX_ROLES] = {
    [FOR_ALL] = "\\All",         [FOR_ARCHIVE] = "\\Archive", [FOR_DRAFTS] = "\\Drafts",
    [FOR_FLAGGED] = "\\Flagged", [FOR_JUNK] = "\\Junk",       [FOR_SENT] = "\\Sent",
    [FOR_TRASH] = "\\Trash",
};

static enum mailbox_role use_of(struct span attribute)
{
    for (enum mailbox_role i = FOR_ALL; i < MAILBOX_ROLES; i++)
        if (span_is_nocase(attribute, span_of(imap_uses[i])))
            return i;
    return MAILBOX_ROLES;
}

/* [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]: MAILBOX_ROLES: one that there is
 * not, or several. */
static bool take_use(struct span *rest, enum mailbox_role *role_r)
{
    struct span attribute;

    *role_r = FOR_ANYTHING;
    if (rest->len == 0)
        return true;
    if (!imap_take_sp(rest) || !span_take(rest, SPAN("(")) ||
        !imap_take_word(rest, SPAN("USE")) || !imap_take_sp(rest) ||
        !span_take(rest, SPAN("(")))
        return false;
    if (span_take(rest, SPAN("))")))
        return rest->len == 0;
    do {
        if (!imap_take_flag(rest, &attribute))
            return false;
        *role_r = *role_r == FOR_ANYTHING ? use_of(attribute) : MAILBOX_ROLES;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN("))")) && rest->len == 0;
}

/* ---- what came of it */

static void say_why_not(struct imap *s, int error)
{
    switch (error) {
    case -EEXIST:
        imap_reply(s, "NO [ALREADYEXISTS] there is a mailbox of that name");
        break;
    case -ENOENT:
        imap_reply(s, "NO [NONEXISTENT] no such mailbox");
        break;
    case -EINVAL:
        imap_reply(s, "NO [CANNOT] a mailbox cannot be called so");
        break;
    case -EPERM:
        imap_reply(s, "NO [CANNOT] not with this mailbox");
        break;
    case -ENOTUNIQ:
        imap_reply(s, "NO [USEATTR] no mailbox can be for that, or another one is");
        break;
    case -EMLINK:
        imap_reply(s, "NO [LIMIT] the account has too many mailboxes");
        break;
    case -E2BIG:
        imap_reply(s, "NO [LIMIT] too many mailboxes at once");
        break;
    case -ENOSPC:
        imap_reply(s, "NO [UNAVAILABLE] the disk is full, try again later");
        break;
    case -EACCES:
        imap_reply(s, "NO [NOPERM] this login may not change mailboxes");
        break;
    default:
        imap_reply(s, "NO [UNAVAILABLE] mailboxes cannot be changed now, try later");
    }
}

/* 0 or -errno; what is said from now on waits until it is durable. */
static int change(struct imap *s, struct store_name question)
{
    struct store_name_answer answer;

    if (question.name.len > MAILBOX_NAME_MAX || question.to.len > MAILBOX_NAME_MAX)
        return -EINVAL;
    question.handle = s->handle;
    int error = ask_store_name(&question, &answer, NULL);
    if (!error)
        wire_hold(s->wire, answer.lsn);
    return error;
}

static void say_changed(struct imap *s, int error)
{
    if (error)
        say_why_not(s, error);
    else
        imap_reply(s, "OK done");
}

static void change_one(struct imap *s, enum names_verb verb, struct span name)
{
    say_changed(s,
                change(s, (struct store_name){ .verb = (uint8_t)verb, .name = name }));
}

static bool take_mailbox(struct imap *s, const struct arg *args, struct span *name_r)
{
    struct span rest = args[0].text;
    bool taken = imap_take_mailbox(s, &rest, name_r) && rest.len == 0;

    if (!taken)
        imap_reply_bad(s, "a mailbox, and no more");
    return taken;
}

/* ---- the commands */

/* RFC 8474 §4.1 */
static void say_created(struct imap *s, struct span name)
{
    char how[IMAP_TAG_MAX + 8];
    uint32_t mailbox;

    snprintf(how, sizeof(how), "%.*s OK", SPAN_ARG(s->tag));
    if (imap_find_mailbox(s, name, &mailbox))
        imap_reply(s, "OK done");
    else
        imap_say_mailbox_id(s, how, mailbox, "done");
}

/* §6.3.4: a "/" at its end says that names below it will be created. */
void imap_create(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name;
    enum mailbox_role role;

    if (!imap_take_mailbox(s, &rest, &name) || !take_use(&rest, &role)) {
        imap_reply_bad(s, "CREATE has a mailbox, and what it is for");
        return;
    }
    if (name.len > 1 && name.at[name.len - 1] == NAMES_DELIMITER)
        name.len--;
    int error =
        change(s, (struct store_name){
                      .verb = NAMES_CREATE, .name = name, .role = (uint8_t)role });
    if (error)
        say_why_not(s, error);
    else
        say_created(s, name);
}

/* One that is before the session is left first. */
void imap_delete(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span name;
    uint32_t mailbox;

    if (!take_mailbox(s, args, &name))
        return;
    if (!name_is_inbox(name) && imap_find_mailbox(s, name, &mailbox) == 0 &&
        s->state == SELECTED && mailbox == s->mailbox.id)
        imap_leave_mailbox(s);
    change_one(s, NAMES_DELETE, name);
}

/* §6.3.6: what is in INBOX is moved, and INBOX stays. */
static void rename_inbox(struct imap *s, struct span to)
{
    uint32_t mailbox;
    int error = change(s, (struct store_name){ .verb = NAMES_CREATE, .name = to });

    if (!error)
        error = imap_find_mailbox(s, to, &mailbox);
    if (!error)
        error = imap_move_all(s, INBOX, mailbox);
    s->changed = true; /* store has told of INBOX meanwhile, not of what is selected */
    say_changed(s, error);
}

void imap_rename(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text, name, to;

    if (!imap_take_mailbox(s, &rest, &name) || !imap_take_sp(&rest) ||
        !imap_take_mailbox(s, &rest, &to) || rest.len > 0) {
        imap_reply_bad(s, "RENAME has two mailboxes");
        return;
    }
    if (name_is_inbox(name))
        rename_inbox(s, to);
    else
        say_changed(s, change(s, (struct store_name){
                                     .verb = NAMES_RENAME, .name = name, .to = to }));
}

void imap_subscribe(void *session, const struct arg *args)
{
    struct span name;

    if (take_mailbox(session, args, &name))
        change_one(session, NAMES_SUBSCRIBE, name);
}

void imap_unsubscribe(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span name;

    if (!take_mailbox(s, args, &name))
        return;
    if (name_is_inbox(name))
        imap_reply(s, "NO [CANNOT] INBOX is always subscribed to");
    else
        change_one(s, NAMES_UNSUBSCRIBE, name);
}
