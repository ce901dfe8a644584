/* RFC 9051 §6.3.12: APPEND; RFC 4315 §3 (APPENDUID), RFC 7889 (APPENDLIMIT), RFC 4469
 * (CATENATE). */
#include "imap/append.h"

#include "base/clock.h"
#include "imap/catenate.h"
#include "imap/grammar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAP_BADURL_MAX = 200 };

struct append {
    struct incoming message;
    uint32_t mailbox;
    uint64_t flags, held;
    int64_t received;
    bool has_nul;     /* and is no literal8 */
    bool is_too_much; /* with what other sessions hold */

    /* CATENATE */
    size_t
        at; /* octet of the command with which what is not read yet begins; 0: it is none */
    bool begun; /* has a part */
    unsigned urls;
    char why[IMAP_BADURL_MAX + 64];
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

/* Up to the message, or to the first part of it. */
enum append_form { FORM_NONE, FORM_LITERAL, FORM_CATENATE };
static enum append_form form_of(struct imap *s, struct append_arguments *a_r,
                                size_t *at_r)
{
    struct span rest = buf_span(&s->command), tag;
    struct literal literal;

    if (s->state == NOT_AUTHENTICATED || s->append || !imap_take_tag(&rest, &tag) ||
        !imap_take_sp(&rest) || !imap_take_word(&rest, SPAN("APPEND")) ||
        !imap_take_sp(&rest) || !take_arguments(s, &rest, a_r))
        return FORM_NONE;
    if (imap_take_word(&rest, SPAN("CATENATE")) && imap_take_sp(&rest) &&
        span_take(&rest, SPAN("("))) {
        *at_r = s->command.len - rest.len;
        return FORM_CATENATE;
    }
    return literal_take(&rest, &literal) && rest.len == 0 ? FORM_LITERAL : FORM_NONE;
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
static const char *why_no_mailbox(struct imap *s, const struct append_arguments *a,
                                  uint32_t *mailbox_r)
{
    int error = imap_find_mailbox(s, a->mailbox, mailbox_r);
    if (error ==
        -ENOENT) /* "unless it is certain that the mailbox cannot be created" */
        return name_is_good(a->mailbox) ? "[TRYCREATE] no such mailbox, create it first"
                                        : "[CANNOT] no mailbox can be called so";
    if (error)
        return "[UNAVAILABLE] the mailbox cannot be looked for now, try again later";
    return NULL;
}

/* In front of it there are `before` octets of the message. */
static const char *why_no_literal(const struct imap *s, const struct literal *literal,
                                  uint64_t before)
{
    if (literal->size == 0 && !s->append->at)
        return "a message has some octets";
    if (literal->size > s->host->message_size - before)
        return "[TOOBIG] the message is too large, see APPENDLIMIT";
    if (has_no_room(s, literal))
        return "[OVERQUOTA] the account may hold no more";
    return NULL;
}

static const char *begin(struct imap *s, const struct append_arguments *said, size_t at)
{
    uint32_t mailbox;
    const char *why = why_no_mailbox(s, said, &mailbox);

    if (why)
        return why;
    s->append = calloc(1, sizeof(*s->append));
    if (!s->append)
        return "[UNAVAILABLE] out of memory, try again later";
    s->append->mailbox = mailbox;
    s->append->received = said->received;
    s->append->at = at;
    incoming_open(&s->append->message, s->host->message_size);
    return NULL;
}

/* ---- CATENATE */

static void look_at_held(struct imap *s)
{
    struct append *a = s->append;

    count_held(a);
    a->is_too_much |= a->held > 0 && held > held_max(s);
}

/* RFC 4469 §5: url-resp-text; what has no place in it is not repeated. */
static const char *bad_url(struct append *a, struct span url)
{
    bool sayable = url.len <= IMAP_BADURL_MAX;

    for (size_t i = 0; i < url.len && sayable; i++)
        sayable = url.at[i] > ' ' && url.at[i] < 127 && !strchr("]\"\\", url.at[i]);
    if (!sayable)
        url = SPAN("-");
    snprintf(a->why, sizeof(a->why), "[BADURL \"%.*s\"] it names nothing here",
             SPAN_ARG(url));
    return a->why;
}

static const char *put_url(struct imap *s, struct span said)
{
    struct append *a = s->append;
    struct catenate_url url;

    if (++a->urls > IMAP_CATENATE_URLS_MAX)
        return "[LIMIT] too many URLs";
    if (a->is_too_much)
        return NULL; /* said at the end */
    if (!catenate_url_read(said, s->arena, &url))
        return bad_url(a, said);
    int error = catenate_put(s, &url, &a->message);
    look_at_held(s);
    if (error == -ENOENT)
        return bad_url(a, said);
    if (error == -EMSGSIZE)
        return "[TOOBIG] the message is too large, see APPENDLIMIT";
    return error ? "[UNAVAILABLE] what a URL names cannot be read now" : NULL;
}

/* cat-part = "TEXT" SP literal / "URL" SP astring: those that are there, up to a literal of
 * TEXT, with which the command ends so far, or to ")".  False: there is something else. */
static bool take_parts(struct imap *s, struct literal *text_r, const char **why_r)
{
    struct append *a = s->append;
    struct span rest = span_skip(buf_span(&s->command), a->at), url;

    *text_r = (struct literal){ 0 };
    while (!*why_r && !span_take(&rest, SPAN(")"))) {
        if (a->begun && !imap_take_sp(&rest))
            return false;
        if (imap_take_word(&rest, SPAN("TEXT"))) {
            bool good = imap_take_sp(&rest) && literal_take(&rest, text_r);
            a->begun |= good;
            a->at = s->command.len;
            return good && rest.len == 0;
        }
        if (!imap_take_word(&rest, SPAN("URL")) || !imap_take_sp(&rest) ||
            !imap_take_astring(&rest, s->arena, &url))
            return false;
        *why_r = put_url(s, url);
        a->begun = true;
        a->at = s->command.len - rest.len;
    }
    a->at = s->command.len - rest.len;
    return rest.len == 0 && a->begun;
}

static enum append_literal expect_part(struct imap *s, const struct literal *literal,
                                       const char **why_r)
{
    struct literal text;
    bool good = take_parts(s, &text, why_r);

    arena_reset(s->arena);
    if (!*why_r && !good)
        return APPEND_OTHER; /* a URL's, or nonsense */
    if (!*why_r)
        *why_r = why_no_literal(s, literal, s->append->message.size);
    return *why_r ? APPEND_REFUSE : APPEND_TAKE;
}

enum append_literal imap_append_expects(struct imap *s, const struct literal *literal,
                                        const char **why_r)
{
    struct append_arguments said;
    size_t at = 0;

    *why_r = NULL;
    if (s->append && s->append->at)
        return expect_part(s, literal, why_r);
    enum append_form form = form_of(s, &said, &at);
    if (form != FORM_NONE)
        *why_r = begin(s, &said, at);
    arena_reset(s->arena);
    if (form == FORM_NONE)
        return APPEND_OTHER;
    if (form == FORM_CATENATE && !*why_r)
        return expect_part(s, literal, why_r);
    if (!*why_r)
        *why_r = why_no_literal(s, literal, 0);
    return *why_r ? APPEND_REFUSE : APPEND_TAKE;
}

/* ---- the message */

static void take_some(struct imap *s, struct span octets, bool binary)
{
    struct append *a = s->append;

    if (a->has_nul || a->is_too_much)
        return;
    incoming_put(&a->message, octets);
    look_at_held(s);
    a->has_nul = !binary && span_find(octets, '\0') < octets.len;
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

/* False: it is no APPEND.  *why_r: it comes to nothing, as parts of it do. */
static bool take_message(struct imap *s, struct span rest,
                         struct append_arguments *said, const char **why_r)
{
    struct literal literal;
    size_t at = 0;

    if (!s->append && form_of(s, said, &at) == FORM_CATENATE)
        *why_r = begin(s, said, at);
    if (!*why_r && s->append && s->append->at && !take_parts(s, &literal, why_r) &&
        !*why_r)
        return false;
    if (*why_r)
        return true;
    if (!s->append || !take_arguments(s, &rest, said))
        return false;
    return s->append->at || (literal_take(&rest, &literal) && rest.len == 0);
}

static void judge(struct imap *s, struct append_arguments *said)
{
    struct append *a = s->append;

    if (a->has_nul)
        imap_reply_bad(s, "a literal has no NUL");
    else if (a->is_too_much)
        imap_reply(s, "NO [LIMIT] too many large messages at once, try again later");
    else if (a->message.size == 0)
        imap_reply(s, "NO a message has some octets");
    else if (imap_flags_of(s, &said->flags, true, &a->flags) == 0)
        append(s);
}

void imap_append(void *session, const struct arg *args)
{
    struct imap *s = session;
    struct append_arguments said;
    const char *why = NULL;

    if (!take_message(s, args[0].text, &said, &why))
        imap_reply_bad(s, "APPEND has a mailbox, flags, a date, and one message");
    else if (why)
        imap_reply(s, "NO %s", why);
    else
        judge(s, &said);
    imap_append_forget(s);
}
