/* RFC 9051 §2.2 and §3: greeting, command after command. */
#include "imap/session.h"

#include "base/clock.h"
#include "base/map.h"
#include "imap/append.h"
#include "imap/grammar.h"

#include <errno.h>

/* Those that store knows by a handle. */
static struct map *sessions;

void imap_enter(struct imap *s, enum imap_state state)
{
    s->state = state;
}

/* ---- what store knows of the session */

int imap_take_handle(struct imap *s)
{
    s->handle = sasl_take_handle(&s->sasl);
    if (!sessions)
        sessions = map_open();
    return sessions ? map_put(sessions, MAP_KEY(s->handle), s) : -ENOMEM;
}

void imap_release(uint64_t handle)
{
    struct channel *store = ipc_peer(ROLE_STORE, 0);

    if (store)
        tell_store_release(store, &(struct store_release){ .handle = handle });
}

void imap_drop_handle(struct imap *s)
{
    if (!s->handle)
        return;
    if (sessions)
        map_remove(sessions, MAP_KEY(s->handle));
    if (sessions && map_count(sessions) == 0)
        map_close(&sessions);
    imap_release(s->handle);
    s->handle = 0;
}

void imap_on_changed(struct call *call, const void *question)
{
    const struct store_changed *q = question;
    struct imap *s = sessions ? map_get(sessions, MAP_KEY(q->handle)) : NULL;
    (void)call;

    if (!s)
        return;
    s->changed = true;
    wire_nudge(s->wire);
}

/* ---- commands */

/* A browser that was sent here, or a client of another protocol: what follows may be
 * somebody else's words (I15). */
static bool is_foreign(struct span tag)
{
    static const char *const words[] = { "GET",     "HEAD",  "POST", "PUT",  "OPTIONS",
                                         "CONNECT", "HOST:", "EHLO", "HELO", "USER" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (span_is_nocase(tag, span_of(words[i])))
            return true;
    return false;
}

/* Control characters have no place in a command but in its literals (A06). */
static bool is_printable(struct span text)
{
    size_t end = span_find(text, '\r');

    for (size_t i = 0; i < end; i++)
        if ((unsigned char)text.at[i] < 32 || text.at[i] == 127)
            return false;
    return true;
}

/* The first line of it: literals are not for the transcript. */
static void note_command(struct imap *s, struct span command)
{
    struct span line =
        span_first(buf_span(&s->command), span_find(buf_span(&s->command), '\r'));
    struct span verb;

    if (command_is_secret(&imap_language, command, &verb)) {
        char masked[IMAP_TAG_MAX + 32];
        int n = snprintf(masked, sizeof(masked), "%.*s %.*s ****", SPAN_ARG(s->tag),
                         SPAN_ARG(verb));
        line = span_at(masked, (size_t)n);
    }
    wire_heard(s->wire, line);
}

static void run(struct imap *s, struct span command)
{
    const struct command *row = NULL;
    struct arg args[COMMAND_ARGS_MAX];

    switch (command_match(&imap_language, s->state, command, &row, args)) {
    case COMMAND_FOUND:
        if (s->uidonly && (row->flags & USES_SEQNUMS)) /* RFC 9586 §3.1 */
            imap_reply_bad(s, imap_uid_required);
        else
            row->run(s, args);
        break;
    case COMMAND_UNKNOWN:
        imap_reply_bad(s, "unknown command");
        break;
    case COMMAND_OUT_OF_STATE:
        imap_reply_bad(s, "not now");
        break;
    case COMMAND_BAD_ARGUMENTS:
        imap_reply_bad(s, "bad arguments");
        break;
    }
}

static void obey(struct imap *s)
{
    struct span rest = buf_span(&s->command);
    bool tagged = imap_take_tag(&rest, &s->tag);

    if (!tagged)
        s->tag = SPAN("*");
    bool spaced = imap_take_sp(&rest);
    note_command(s, rest);
    if (s->state == NOT_AUTHENTICATED && is_foreign(s->tag))
        imap_reply_bye(s, "this is an IMAP server");
    else if (!tagged || !spaced)
        imap_reply_bad(s, "a command has a tag");
    else if (!is_printable(rest))
        imap_reply_bad(s, "commands are printable");
    else
        run(s, rest);
    imap_append_forget(s); /* of what came to nothing */
    arena_reset(s->arena);
}

/* A session is given login_time in all until it has logged in, then idle_time a line. */
static bool next_command(struct imap *s)
{
    uint64_t now = clock_now();

    if (s->state != NOT_AUTHENTICATED)
        wire_read_time(s->wire, s->host->idle_time);
    else
        wire_read_time(s->wire, s->login_by > now ? s->login_by - now : 0);
    if (s->command.cap > IMAP_LINE_MAX || s->state == NOT_AUTHENTICATED)
        buf_free(&s->command);
    enum imap_heard heard = imap_hear(s);
    if (heard == HEARD_COMMAND)
        obey(s);
    return heard != HEARD_END;
}

/* §5.4: "MUST send an untagged BYE response" */
static void say_farewell(struct imap *s)
{
    switch (wire_error(s->wire)) {
    case -ECANCELED:
        wire_say(s->wire, "* BYE [UNAVAILABLE] shutting down");
        break;
    case -EBADMSG:
        wire_say(s->wire, "* BYE what came is not compressed as it should be");
        break;
    case -EMSGSIZE:
        wire_say(s->wire, "* BYE [TOOBIG] line much too long");
        break;
    case -ETIMEDOUT:
        wire_say(s->wire, "* BYE idle for too long");
        break;
    }
}

static void converse(struct imap *s)
{
    char capabilities[IMAP_CAPABILITIES_SIZE];

    imap_enter(s, NOT_AUTHENTICATED);
    imap_capabilities(s, capabilities, sizeof(capabilities));
    wire_say(s->wire, "* OK [CAPABILITY %s] %s IMAP server ready", capabilities,
             s->host->name);
    while (s->state != LOGOUT && next_command(s))
        ;
    if (s->state != LOGOUT)
        say_farewell(s);
}

void imap_session(struct wire *wire, void *host)
{
    struct imap s = {
        .wire = wire,
        .host = host,
        .command = { .max = IMAP_COMMAND_MAX },
        .arena = arena_open(IMAP_ARENA_MAX),
        .mailbox = { .pack_fd = -1 },
    };

    if (!s.arena)
        return;
    sasl_open(&s.sasl, wire, s.host->plaintext_login, imap_release);
    s.login_by = clock_in(s.host->login_time);
    wire_read_time(wire, s.host->login_time);
    converse(&s);
    mailbox_close(&s);
    imap_drop_handle(&s);
    sasl_close(&s.sasl);
    imap_append_forget(&s);
    buf_free(&s.command);
    arena_close(&s.arena);
}
