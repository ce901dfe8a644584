/* RFC 9051 §6.3.9 LIST, with RFC 5258 (LIST-EXTENDED), RFC 3348 (CHILDREN) and RFC 5819
 * (LIST-STATUS); RFC 3501 §6.3.9 LSUB; RFC 9051 §6.3.10 NAMESPACE. */
#include "imap/grammar.h"
#include "imap/list_match.h"
#include "imap/list_tree.h"
#include "imap/mailbox_name.h"
#include "imap/status.h"

#include "base/fiber.h"
#include "os/files.h"

#include <errno.h>

enum {
    SELECT_SUBSCRIBED = 1 << 0,
    SELECT_REMOTE = 1 << 1, /* nothing is: there is no other server behind this one */
    SELECT_RECURSIVEMATCH = 1 << 2,
    RETURN_SUBSCRIBED = 1 << 3,
    RETURN_CHILDREN = 1 << 4, /* told of without it, too */
    RETURN_STATUS = 1 << 5,
    EXTENDED = 1 << 6,
    OLD_LSUB = 1 << 7,
    SELECT_SPECIAL_USE = 1 << 8,
    RETURN_SPECIAL_USE = 1 << 9, /* told of without it, too */
};

struct listing {
    struct imap *s;
    unsigned how;
    unsigned status; /* imap_take_status_atts */
    struct span reference;
    struct span patterns[LIST_PATTERNS_MAX]; /* the reference before each, in UTF-8 */
    size_t count, octets;
    struct list_tree tree;
    const void *mapped; /* the records, when they came so */
    size_t mapped_size;
    struct buf line;
    uint64_t work; /* octets compared since others had their turn */
    size_t told;
};

/* A name that may be told: an entry, or a superior that is none. */
struct node {
    struct span name;
    uint32_t number; /* 0: there is no such mailbox */
    enum mailbox_role role;
    bool subscribed, matches;
    bool parent, subscribed_below, unmatched_below;
};

/* ---- what is asked */

/* "the reference name and the mailbox name are concatenated".  What is no name in the
 * client's encoding is a pattern that nothing matches (I06). */
static bool add_pattern(struct listing *l, struct span pattern)
{
    struct buf whole = { .max = LIST_PATTERN_MAX }, utf8 = { .max = LIST_PATTERN_MAX };
    bool fits = l->count < LIST_PATTERNS_MAX;

    if (fits && pattern.len > 0)
        fits = buf_put(&whole, l->reference) == 0 && buf_put(&whole, pattern) == 0;
    l->octets += whole.len;
    if (!fits || l->octets > LIST_PATTERNS_OCTETS_MAX) {
        buf_free(&whole);
        return false;
    }
    if (!l->s->utf8 && !mailbox_name_of_utf7(buf_span(&whole), &utf8))
        buf_clear(&utf8);
    struct span said = buf_span(l->s->utf8 ? &whole : &utf8);
    l->patterns[l->count] = arena_copy(l->s->arena, said);
    buf_free(&whole);
    buf_free(&utf8);
    return l->patterns[l->count++].at != NULL;
}

/* mbox-or-pat = list-mailbox / "(" list-mailbox *(SP list-mailbox) ")" */
static bool take_patterns(struct listing *l, struct span *rest)
{
    bool several = !(l->how & OLD_LSUB) && span_take(rest, SPAN("("));
    struct span pattern;

    do {
        if (!imap_take_list_mailbox(rest, l->s->arena, &pattern) ||
            !add_pattern(l, pattern))
            return false;
    } while (several && imap_take_sp(rest));
    l->how |= several ? EXTENDED : 0;
    return !several || span_take(rest, SPAN(")"));
}

static const struct option {
    const char *name;
    unsigned bit;
} selections[] = { { "SUBSCRIBED", SELECT_SUBSCRIBED | RETURN_SUBSCRIBED },
                   { "REMOTE", SELECT_REMOTE },
                   { "RECURSIVEMATCH", SELECT_RECURSIVEMATCH },
                   { "SPECIAL-USE", SELECT_SPECIAL_USE },
                   { 0 } },
  returns[] = { { "SUBSCRIBED", RETURN_SUBSCRIBED },
                { "CHILDREN", RETURN_CHILDREN },
                { "STATUS", RETURN_STATUS },
                { "SPECIAL-USE", RETURN_SPECIAL_USE },
                { 0 } };

/* Behind "(", up to and with ")"; what is not known is not taken (RFC 5258 §3). */
static bool take_options(struct listing *l, struct span *rest, const struct option *all)
{
    l->how |= EXTENDED;
    if (span_take(rest, SPAN(")")))
        return true;
    do {
        const struct option *o = all;
        while (o->name && !imap_take_word(rest, span_of(o->name)))
            o++;
        if (!o->name)
            return false;
        l->how |= o->bit;
        if (o->bit == RETURN_STATUS &&
            (!imap_take_sp(rest) || !imap_take_status_atts(rest, &l->status)))
            return false;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

/* list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts] */
static bool take_list(struct listing *l, struct span rest)
{
    bool may_extend = !(l->how & OLD_LSUB);

    if (may_extend && span_take(&rest, SPAN("(")) &&
        (!take_options(l, &rest, selections) || !imap_take_sp(&rest)))
        return false;
    if (!imap_take_astring(&rest, l->s->arena, &l->reference) || !imap_take_sp(&rest) ||
        !take_patterns(l, &rest))
        return false;
    if (may_extend && imap_take_sp(&rest) &&
        (!imap_take_word(&rest, SPAN("RETURN")) || !imap_take_sp(&rest) ||
         !span_take(&rest, SPAN("(")) || !take_options(l, &rest, returns)))
        return false;
    /* RFC 5258 §3: RECURSIVEMATCH "MUST NOT occur as the only selection option". */
    return rest.len == 0 &&
           (!(l->how & SELECT_RECURSIVEMATCH) || (l->how & SELECT_SUBSCRIBED));
}

/* ---- which names */

/* False: nobody waits for it any more. */
static bool count_work(struct listing *l, struct span name)
{
    l->work += (l->octets + l->count) * (name.len + 1);
    if (l->work < LIST_SLICE)
        return true;
    l->work = 0;
    return fiber_sleep(1) == 0 && !wire_error(l->s->wire);
}

/* A pattern for levels matches superiors of what there is, as well. */
static bool is_for_levels(const struct listing *l, struct span pattern)
{
    if (span_find(pattern, '%') < pattern.len)
        return true;
    return !(l->how & OLD_LSUB) && span_find(pattern, '*') == pattern.len;
}

static bool matches(const struct listing *l, struct span name, bool levels)
{
    enum list_case how = list_is_in_inbox(name) ? LIST_ANY_CASE : LIST_EXACT;
    bool does = false;

    for (size_t i = 0; i < l->count && !does; i++)
        does = (!levels || is_for_levels(l, l->patterns[i])) &&
               list_match(l->patterns[i], name, how);
    return does;
}

/* Does it match the selection options itself? */
static bool is_selected(const struct listing *l, const struct node *n)
{
    if ((l->how & SELECT_SPECIAL_USE) && n->role == FOR_ANYTHING)
        return false;
    if (l->how & (SELECT_SUBSCRIBED | OLD_LSUB))
        return n->subscribed;
    return n->number != 0;
}

/* What is not selected, but has below it what is. */
static bool is_superior(const struct listing *l, const struct node *n)
{
    if (l->how & OLD_LSUB)
        return n->subscribed_below && matches(l, n->name, true);
    if (!(l->how & SELECT_SUBSCRIBED))
        return n->parent && !n->number && !(l->how & SELECT_SPECIAL_USE) &&
               matches(l, n->name, true);
    return (l->how & SELECT_RECURSIVEMATCH) &&
           (n->number ? n->subscribed_below : n->unmatched_below);
}

/* ---- what is told of them */

/* Children are always told of (RFC 3348), but where LSUB names what is not there. */
static int put_attributes(struct listing *l, const struct node *n)
{
    bool old = l->how & OLD_LSUB, superior = old && !n->subscribed;
    const char *attributes[4] = { 0 };
    size_t count = 0;
    int error = 0;

    if (superior || (n->number == 0 && !old))
        attributes[count++] =
            l->how & EXTENDED || l->s->rev2 ? "\\NonExistent" : "\\Noselect";
    if (n->parent)
        attributes[count++] = "\\HasChildren";
    else if (n->number)
        attributes[count++] = "\\HasNoChildren";
    if ((l->how & RETURN_SUBSCRIBED) && n->subscribed)
        attributes[count++] = "\\Subscribed";
    if (n->role != FOR_ANYTHING && !old)
        attributes[count++] = imap_uses[n->role];
    for (size_t i = 0; i < count && !error; i++)
        error = buf_printf(&l->line, "%s%s", i > 0 ? " " : "", attributes[i]);
    return error;
}

/* mailbox-list = "(" [mbx-list-flags] ")" SP DQUOTE QUOTED-CHAR DQUOTE SP mailbox
 * [SP mbox-list-extended] */
static int tell(struct listing *l, const struct node *n)
{
    bool childinfo = (l->how & SELECT_RECURSIVEMATCH) && n->subscribed_below;
    int error =
        buf_put(&l->line, l->how & OLD_LSUB ? SPAN("* LSUB (") : SPAN("* LIST ("));
    if (!error)
        error = put_attributes(l, n);
    if (!error)
        error = buf_put(&l->line, SPAN(") \"/\" "));
    if (!error)
        error = imap_put_mailbox(l->s, &l->line, n->name);
    if (!error && childinfo)
        error = buf_put(&l->line, SPAN(" (\"CHILDINFO\" (\"SUBSCRIBED\"))"));
    if (!error)
        imap_put_line(l->s, &l->line);
    l->told += !error;
    return error;
}

/* RFC 5819 §2: of what is selected itself; a mailbox that cannot be told of has none. */
static int consider(struct listing *l, const struct node *n)
{
    bool selected = n->matches && is_selected(l, n);

    if (!selected && !(n->matches && is_superior(l, n)))
        return 0;
    int error = tell(l, n);
    if (!error && selected && n->number && (l->how & RETURN_STATUS))
        imap_tell_status(l->s, n->name, n->number, l->status);
    return error;
}

/* The superiors that have no entry of their own, and then the entry. */
static int consider_entry(struct listing *l, const struct list_entry *e)
{
    const struct list_reach *r = &e->reach;
    int error = 0;

    for (unsigned level = e->shared + 1u; level < e->levels && !error; level++) {
        struct node n = { .name = list_level(e->name, level),
                          .parent = r->mailbox >= level,
                          .subscribed_below = r->subscribed >= level,
                          .unmatched_below = r->unmatched >= level };
        n.matches = matches(l, n.name, false);
        error = count_work(l, n.name) ? consider(l, &n) : -ECANCELED;
    }
    r = &e->below;
    struct node n = { .name = e->name,
                      .number = e->number,
                      .role = e->role,
                      .subscribed = e->subscribed,
                      .matches = e->matches,
                      .parent = r->mailbox >= e->levels,
                      .subscribed_below = r->subscribed >= e->levels,
                      .unmatched_below = r->unmatched >= e->levels };
    return error ? error : consider(l, &n);
}

static int list_all(struct listing *l)
{
    struct list_tree *t = &l->tree;

    for (size_t i = 0; i < t->count; i++) {
        t->entries[i].matches = matches(l, t->entries[i].name, false);
        if (!count_work(l, t->entries[i].name))
            return -ECANCELED;
    }
    list_tree_measure(t);
    int error = 0;
    for (size_t i = 0; i < t->count && !error && !wire_error(l->s->wire); i++)
        error = consider_entry(l, &t->entries[i]);
    return error;
}

/* ---- */

static int ask_names(struct listing *l)
{
    struct store_names question = { .handle = l->s->handle };
    struct store_names_answer answer = { .sealed = -1 };
    int error = ask_store_names(&question, &answer, l->s->arena);

    if (error)
        return error;
    struct span records = answer.names;
    if (answer.sealed != -1) {
        l->mapped = sealed_map(answer.sealed, answer.size);
        l->mapped_size = answer.size;
        records = span_at(l->mapped, l->mapped ? answer.size : 0);
    }
    fd_close(&answer.sealed);
    return list_tree_open(&l->tree, records);
}

static void list(struct listing *l)
{
    int error = ask_names(l);

    if (!error)
        error = list_all(l);
    wire_note(l->s->wire, "%zu names", l->told);
    list_tree_close(&l->tree);
    buf_free(&l->line);
    if (l->mapped)
        sealed_unmap(l->mapped, l->mapped_size);
    if (error)
        imap_reply(l->s, "NO [UNAVAILABLE] mailboxes cannot be listed now, try again "
                         "later");
    else
        imap_reply(l->s, "OK done");
}

/* The empty pattern "is a special request to return the hierarchy delimiter", but not in
 * what RFC 5258 has made of LIST. */
static bool asks_for_delimiter(const struct listing *l, struct span rest)
{
    struct span said;

    return !(l->how & EXTENDED) && imap_take_astring(&rest, l->s->arena, &said) &&
           imap_take_sp(&rest) && imap_take_string(&rest, l->s->arena, &said) &&
           said.len == 0;
}

static void begin(struct imap *s, struct span rest, unsigned how)
{
    struct listing *l = arena_alloc(s->arena, sizeof(*l));

    if (!l) {
        imap_reply(s, "NO [UNAVAILABLE] out of memory, try again later");
        return;
    }
    *l = (struct listing){ .s = s, .how = how, .line = { .max = LIST_RESPONSE_MAX } };
    if (!take_list(l, rest)) {
        imap_reply_bad(s,
                       how & OLD_LSUB
                           ? "LSUB has a reference and a pattern, and no more"
                           : "LIST has a reference, patterns, and RFC 5258's options");
        return;
    }
    if (!asks_for_delimiter(l, rest)) {
        list(l);
        return;
    }
    wire_say(s->wire, "* %s (\\Noselect) \"/\" \"\"", how & OLD_LSUB ? "LSUB" : "LIST");
    imap_reply(s, "OK done");
}

void imap_list(void *session, const struct arg *args)
{
    begin(session, args[0].text, 0);
}

void imap_lsub(void *session, const struct arg *args)
{
    begin(session, args[0].text, OLD_LSUB);
}

void imap_namespace(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    wire_say(s->wire, "* NAMESPACE ((\"\" \"/\")) NIL NIL");
    imap_reply(s, "OK done");
}
