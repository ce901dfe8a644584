/* RFC 9051 §6.3.12: APPEND; RFC 4315 §3 (APPENDUID), RFC 7889 (APPENDLIMIT). */
#include "imap/append.h"

#include "base/clock.h"
#include "imap/grammar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

struct append {
    struct incoming message;
    uint32_t mailbox;
    uint64_t flags, held;
    int64_t received;
    bool has_nul;     /* and is no literal8 */
    bool is_too_much; /* with what other sessions hold */
};

/* Octets of all large messages under way: a memfd is nobody's memory until it is all. */
static uint64_t held;

static uint64_t held_max(const struct imap *s)
{
    uint64_t some = MESSAGES_HELD_LEAST * s->host->message_size;
    return some > OCTETS_HELD_LEAST ? some : OCTETS_HELD_LEAST;
}

static void count_held(struct append *a)
{
    uint64_t size = a->message.memfd == -1 ? 0 : a->message.size;

    held += size - a->held;
    a->held = size;
}

void imap_append_forget(struct imap *s)
{
    struct append *a = s->append;

    if (!a)
        return;
    incoming_close(&a->message);
    count_held(a);
    free(a);
    s->append = NULL;
}

/* ---- what is said before it */

struct append_arguments {
    struct span mailbox;
    struct flag_list flags;
    int64_t received;
};

/* append = "APPEND" SP mailbox [SP flag-list] [SP date-time] SP literal: up to there. */
static bool take_arguments(struct imap *s, struct span *rest,
                           struct append_arguments *a_r)
{
    *a_r = (struct append_arguments){ .received = clock_wall() };
    if (!imap_take_mailbox(s, rest, &a_r->mailbox) || !imap_take_sp(rest))
        return false;
    if (span_take(rest, SPAN("("))) {
        bool none = span_take(rest, SPAN(")"));
        if (!none &&
            (!imap_take_flags(rest, &a_r->flags) || !span_take(rest, SPAN(")"))))
            return false;
        if (!imap_take_sp(rest))
            return false;
    }
    bool dated = rest->len > 0 && *rest->at == '"';
    return !dated || (imap_take_date_time(rest, &a_r->received) && imap_take_sp(rest));
}

static bool is_append(struct imap *s, struct append_arguments *a_r)
{
    struct span rest = buf_span(&s->command), tag;
    struct literal literal;

    if (s->state == NOT_AUTHENTICATED || s->append || !imap_take_tag(&rest, &tag) ||
        !imap_take_sp(&rest) || !imap_take_word(&rest, SPAN("APPEND")) ||
        !imap_take_sp(&rest))
        return false;
    return take_arguments(s, &rest, a_r) && literal_take(&rest, &literal) &&
           rest.len == 0;
}

/* Who waits to be told to go on need not send what there is no room for; who does not has
 * sent it, and hears of it at the end.  What store cannot say now it says then. */
static bool has_no_room(const struct imap *s, const struct literal *literal)
{
    const struct store_room question = { .handle = s->handle, .size = literal->size };
    struct store_room_answer answer;

    return !literal->at_once && ask_store_room(&question, &answer, NULL) == -EDQUOT;
}

/* §6.3.12: "NO - append error": before the client sends it. */
static const char *why_not(struct imap *s, const struct append_arguments *a,
                           const struct literal *literal, uint32_t *mailbox_r)
{
    int error = imap_find_mailbox(s, a->mailbox, mailbox_r);
    if (error ==
        -ENOENT) /* "unless it is certain that the mailbox cannot be created" */
        return name_is_good(a->mailbox) ? "[TRYCREATE] no such mailbox, create it first"
                                        : "[CANNOT] no mailbox can be called so";
    if (error)
        return "[UNAVAILABLE] the mailbox cannot be looked for now, try again later";
    if (literal->size == 0)
        return "a message has some octets";
    if (literal->size > s->host->message_size)
        return "[TOOBIG] the message is too large, see APPENDLIMIT";
    if (has_no_room(s, literal))
        return "[OVERQUOTA] the account may hold no more";
    return NULL;
}

enum append_literal imap_append_expects(struct imap *s, const struct literal *literal,
                                        const char **why_r)
{
    struct append_arguments said;
    uint32_t mailbox;

    if (!is_append(s, &said)) {
        arena_reset(s->arena);
        return APPEND_OTHER;
    }
    *why_r = why_not(s, &said, literal, &mailbox);
    arena_reset(s->arena);
    if (!*why_r && !(s->append = calloc(1, sizeof(*s->append))))
        *why_r = "[UNAVAILABLE] out of memory, try again later";
    if (*why_r)
        return APPEND_REFUSE;
    s->append->mailbox = mailbox;
    s->append->received = said.received;
    incoming_open(&s->append->message, literal->size);
    return APPEND_TAKE;
}

/* ---- the message */

static void take_some(struct imap *s, struct span octets, bool binary)
{
    struct append *a = s->append;

    if (a->has_nul || a->is_too_much)
        return;
    incoming_put(&a->message, octets);
    count_held(a);
    a->has_nul = !binary && span_find(octets, '\0') < octets.len;
    a->is_too_much = a->held > 0 && held > held_max(s);
    if (a->has_nul || a->is_too_much) {
        incoming_close(&a->message);
        count_held(a);
    }
}

bool imap_append_read(struct imap *s, const struct literal *literal)
{
    uint64_t left = literal->size;

    while (left > 0 && wire_fill(s->wire)) {
        struct span some = wire_input(s->wire);
        if (some.len > left)
            some.len = (size_t)left;
        take_some(s, some, literal->binary);
        wire_consume(s->wire, some.len);
        left -= some.len;
    }
    return left == 0;
}

/* ---- the command, once all of it has come */

static void say_why_not(struct imap *s, int error)
{
    if (error == -ENOENT) /* by now */
        imap_reply(s, "NO [TRYCREATE] no such mailbox");
    else if (error == -EDQUOT)
        imap_reply(s, "NO [OVERQUOTA] the account may hold no more");
    else if (error == -EACCES)
        imap_reply(s, "NO [NOPERM] this login may not change the mailbox");
    else if (error == -ENOSPC)
        imap_reply(s, "NO [UNAVAILABLE] the disk is full, try again later");
    else
        imap_reply(s,
                   "NO [UNAVAILABLE] the message cannot be kept now, try again later");
}

static void append(struct imap *s)
{
    struct append *a = s->append;
    const struct store_append as = { .handle = s->handle,
                                     .mailbox = a->mailbox,
                                     .flags = a->flags,
                                     .received = (uint64_t)a->received };
    struct store_append_answer answer;
    int error = incoming_append(&a->message, &as, &answer);
    bool is_selected = s->state == SELECTED && s->mailbox.id == a->mailbox;

    imap_append_forget(s);
    if (error) {
        say_why_not(s, error);
        return;
    }
    wire_hold(s->wire, answer.lsn);
    s->changed |= is_selected; /* "SHOULD send an untagged EXISTS" */
    if (mailbox_tell_news(s) != 0 && s->state == LOGOUT)
        return;
    imap_reply(s, "OK [APPENDUID %" PRIu32 " %" PRIu32 "] done", answer.uidvalidity,
               answer.uid);
}

void imap_append(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct span rest = args[0].text;
    struct append_arguments said;
    struct literal literal;
    struct append *a = s->append;

    if (!a || !take_arguments(s, &rest, &said) || !literal_take(&rest, &literal) ||
        rest.len > 0)
        imap_reply_bad(s, "APPEND has a mailbox, flags, a date, and one message");
    else if (a->has_nul)
        imap_reply_bad(s, "a literal has no NUL");
    else if (a->is_too_much)
        imap_reply(s, "NO [LIMIT] too many large messages at once, try again later");
    else if (imap_flags_of(s, &said.flags, true, &a->flags) == 0)
        append(s);
    imap_append_forget(s);
}
