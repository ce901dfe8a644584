/*
 * RFC 9051 §6.3.9 LIST, §6.3.10 NAMESPACE; RFC 3501 §6.3.9 LSUB; RFC 5258 (LIST-EXTENDED),
 * RFC 5819 (LIST-STATUS).
 *
 * All names are asked for once; they stand in the order of their octets, so that what is
 * below a name stands together, and a superior that is not there is met at the first of
 * those.
 */
#include "imap/list.h"

#include "imap/list_match.h"
#include "imap/status.h"

#include "os/files.h"

#include <errno.h>

/* ---- what is asked of one name */

static bool matches(const struct listing *l, struct span name, bool *by_percent_r)
{
    bool any = false;
    enum list_case how = name_is_inbox(name) ? LIST_ANY_CASE : LIST_EXACT;

    *by_percent_r = false;
    for (size_t i = 0; i < l->pattern_count; i++) {
        struct span pattern = l->patterns[i];
        if (!list_match(pattern, name, how))
            continue;
        any = true;
        *by_percent_r |= pattern.len > 0 && pattern.at[pattern.len - 1] == '%';
    }
    return any;
}

/* A level that is none of those that are selected: RFC 3501 §6.3.8 and §6.3.9 want it for
 * "%" at the end of a pattern, RFC 5258 §3.1 with RECURSIVEMATCH. */
static bool is_wanted(const struct listing *l, bool is_level, bool by_percent)
{
    if (!is_level)
        return true;
    return l->selects & LIST_SUBSCRIBED ? (l->selects & LIST_RECURSIVEMATCH) != 0
                                        : by_percent;
}

/* ---- what is said of it */

static const struct name *mailbox_of(const struct listing *l, struct span name)
{
    static const struct name inbox = { .kind = NAME_MAILBOX, .id = INBOX };

    return name_is_inbox(name) ? &inbox : names_find(&l->names, NAME_MAILBOX, name);
}

static bool is_subscribed(const struct listing *l, struct span name)
{
    return name_is_inbox(name) || names_find(&l->names, NAME_SUBSCRIBED, name);
}

static bool has_below(const struct listing *l, enum name_kind kind, struct span name)
{
    size_t first;

    return names_below(&l->names, kind, name, &first) > 0;
}

static void put_attribute(struct buf *b, bool *any, const char *attribute)
{
    buf_printf(b, "%s%s", *any ? " " : "", attribute);
    *any = true;
}

/* A name that is subscribed to and not there has no attribute in LSUB: who selects it finds
 * out. */
static void put_attributes(const struct listing *l, struct buf *b, struct span name,
                           bool is_level)
{
    bool any = false, there = mailbox_of(l, name) != NULL;

    if (!there && l->extended)
        put_attribute(b, &any, "\\NonExistent");
    else if (!there && (is_level || !l->lsub))
        put_attribute(b, &any, "\\Noselect");
    if (has_below(l, NAME_MAILBOX, name))
        put_attribute(b, &any, "\\HasChildren");
    else if (there)
        put_attribute(b, &any, "\\HasNoChildren");
    if (((l->selects | l->returns) & LIST_SUBSCRIBED) && !l->lsub &&
        is_subscribed(l, name))
        put_attribute(b, &any, "\\Subscribed");
}

static int say_name(struct listing *l, struct span name, bool is_level)
{
    struct buf b = { .max = 8 * MAILBOX_NAME_MAX + 256 };

    buf_printf(&b, "* %s (", l->lsub ? "LSUB" : "LIST");
    put_attributes(l, &b, name, is_level);
    buf_put(&b, SPAN(") \"/\" "));
    int error = imap_put_mailbox(l->s, &b, name);
    if (!error && (l->selects & LIST_RECURSIVEMATCH) &&
        has_below(l, NAME_SUBSCRIBED, name))
        error = buf_put(&b, SPAN(" (\"CHILDINFO\" (\"SUBSCRIBED\"))"));
    if (!error)
        imap_put_line(l->s, &b);
    buf_free(&b);
    return error;
}

/* RFC 5819 §2: one that cannot be selected has no status; one that is deleted meanwhile,
 * neither. */
static int say_status(struct listing *l, struct span name)
{
    const struct name *n = mailbox_of(l, name);
    int error = n ? imap_tell_status(l->s, name, n->id, l->status_atts) : 0;

    return error == -ENOENT ? 0 : error;
}

static int offer(struct listing *l, struct span name, bool is_level)
{
    bool by_percent;

    if (!matches(l, name, &by_percent) || !is_wanted(l, is_level, by_percent))
        return 0;
    int error = say_name(l, name, is_level);
    return !error && (l->returns & LIST_STATUS) ? say_status(l, name) : error;
}

/* ---- all of them */

static bool is_below(struct span name, struct span superior)
{
    return name.len > superior.len && name.at[superior.len] == NAMES_DELIMITER &&
           span_is(span_first(name, superior.len), superior);
}

/* Superiors of it that are not among those, and were not met with the one before. */
static int offer_levels(struct listing *l, enum name_kind kind, struct span name,
                        struct span before)
{
    int error = 0;

    for (size_t i = 1; i < name.len && !error; i++) {
        struct span level = span_first(name, i);
        if (name.at[i] == NAMES_DELIMITER && !is_below(before, level) &&
            !name_is_inbox(level) && !names_find(&l->names, kind, level))
            error = offer(l, level, true);
    }
    return error;
}

static int offer_all(struct listing *l)
{
    enum name_kind kind =
        l->lsub || (l->selects & LIST_SUBSCRIBED) ? NAME_SUBSCRIBED : NAME_MAILBOX;
    struct span before = { 0 };
    int error = offer(l, SPAN("INBOX"), false);

    for (size_t i = 0; i < l->names.count && !error; i++) {
        const struct name *n = &l->names.all[i];
        if (n->kind != kind)
            continue;
        error = offer_levels(l, kind, n->name, before);
        if (!error)
            error = offer(l, n->name, false);
        before = n->name;
    }
    return error;
}

static int ask_names(struct listing *l)
{
    struct store_names question = { .handle = l->s->handle };
    struct store_names_answer answer = { .sealed = -1 };
    int error = ask_store_names(&question, &answer, l->s->arena);

    if (error)
        return error;
    if (answer.sealed < 0)
        return names_apply(&l->names, answer.names);
    const char *records = sealed_map(answer.sealed, answer.size);
    error = records ? names_apply(&l->names, span_at(records, answer.size)) : -EBADMSG;
    if (records)
        sealed_unmap(records, answer.size);
    fd_close(&answer.sealed);
    return error;
}

/* ---- the commands */

static void list(struct imap *s, struct span rest, bool lsub)
{
    struct listing l = { .s = s, .lsub = lsub };

    if (!imap_take_listing(&rest, &l)) {
        imap_reply_bad(s, lsub ? "a reference and a pattern, and no more"
                               : "options, a reference, patterns, and options");
        return;
    }
    if (l.asks_delimiter && !l.extended) {
        wire_say(s->wire, "* %s (\\Noselect) \"/\" \"\"", lsub ? "LSUB" : "LIST");
        imap_reply(s, "OK done");
        return;
    }
    int error = ask_names(&l);
    if (!error)
        error = offer_all(&l);
    names_close(&l.names);
    if (error)
        imap_reply(s, "NO [UNAVAILABLE] the mailboxes cannot be listed now, try later");
    else
        imap_reply(s, "OK done");
}

void imap_list(void *session, const struct arg *args)
{
    list(session, args[0].text, false);
}

void imap_lsub(void *session, const struct arg *args)
{
    list(session, args[0].text, true);
}

void imap_namespace(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    wire_say(s->wire, "* NAMESPACE ((\"\" \"/\")) NIL NIL");
    imap_reply(s, "OK done");
}
