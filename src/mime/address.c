#include "mime/address.h"

#include "config/limits.h"
#include "mime/lex.h"

enum { NAME_MAX_OCTETS = 1024, PART_MAX_OCTETS = 512 };

struct reader {
    struct span rest;
    void (*on_address)(const struct address *, void *);
    void *arg;
    unsigned left; /* rows that may still come */
    bool in_group;

    /* ---- the address in the making */
    char names[NAME_MAX_OCTETS], comments[NAME_MAX_OCTETS];
    char locals[PART_MAX_OCTETS], domains[PART_MAX_OCTETS];
    struct out name, comment, local, domain;
    size_t name_before_local; /* the name, if what comes last is a local-part */
    bool has_words, has_domain, has_angle;
    bool after_dot;
};

static void begin(struct reader *r)
{
    r->name = OUT(r->names);
    r->comment = OUT(r->comments);
    r->local = OUT(r->locals);
    r->domain = OUT(r->domains);
    r->name_before_local = 0;
    r->has_words = r->has_domain = r->has_angle = r->after_dot = false;
}

static void emit(struct reader *r, enum record_address_kind kind, struct span name)
{
    struct address a = { kind, name, { NULL, 0 }, { NULL, 0 } };
    if (kind == RECORD_MAILBOX) {
        a.local_part = out_span(&r->local);
        a.domain = out_span(&r->domain);
    }
    if (r->left > 0)
        r->on_address(&a, r->arg);
    r->left -= r->left > 0;
}

static struct span name_of(const struct reader *r)
{
    struct span name = r->has_angle
                           ? out_span(&r->name)
                           : span_first(out_span(&r->name), r->name_before_local);
    name = lex_trim(name);
    if (name.len == 0)
        name = lex_trim(out_span(&r->comment));
    return name.len > 0 ? name : (struct span){ NULL, 0 };
}

static void end_address(struct reader *r)
{
    if (r->has_words || r->has_angle || r->has_domain)
        emit(r, RECORD_MAILBOX, name_of(r));
    begin(r);
}

static void end_group(struct reader *r)
{
    end_address(r);
    if (r->in_group)
        emit(r, RECORD_GROUP_END, (struct span){ NULL, 0 });
    r->in_group = false;
}

/* ":" behind a phrase begins a group; anywhere else it is noise. */
static void begin_group(struct reader *r)
{
    if (!r->in_group && !r->has_angle && !r->has_domain) {
        emit(r, RECORD_GROUP, lex_trim(out_span(&r->name)));
        r->in_group = true;
    }
    begin(r);
}

static void skip_one(struct reader *r)
{
    steps(1);
    r->rest = span_skip(r->rest, 1);
}

/* ---- words */

static bool is_complete(const struct reader *r)
{
    return r->has_angle || r->has_domain;
}

/* A word or a dot comes, behind white space or not: does a local-part begin with it? */
static void before_word(struct reader *r, bool spaced, bool is_dot)
{
    if (is_complete(r))
        return;
    if (spaced && !is_dot && !r->after_dot) {
        r->name_before_local = r->name.len;
        r->local = OUT(r->locals);
    }
    if (spaced && r->name.len > 0)
        out_put(&r->name, ' ');
    r->after_dot = is_dot;
    r->has_words = true;
}

/* It may be of the name or of the local-part: "@" will tell.  Behind a whole address it
 * is noise. */
static void take_text(struct reader *r)
{
    SCRATCH char octets[NAME_MAX_OCTETS];
    struct out text = OUT(octets);
    struct span word;
    if (r->rest.at[0] == '"') {
        lex_take_quoted(&r->rest, &text);
    } else if (r->rest.at[0] == '.') {
        out_put(&text, '.');
        skip_one(r);
    } else if (lex_take_word(&r->rest, &lex_specials, &word)) {
        out_span_put(&text, word);
    }
    if (is_complete(r))
        return;
    out_span_put(&r->name, out_span(&text));
    out_span_put(&r->local, out_span(&text));
}

/* ---- addr-spec, behind "@" */

static void take_domain(struct reader *r)
{
    struct span word;
    bool after_dot = true;
    r->has_domain = true;
    r->domain = OUT(r->domains);
    for (;;) {
        lex_skip(&r->rest, &r->comment);
        if (r->rest.len == 0)
            return;
        if (r->rest.at[0] == '[' && r->domain.len == 0) {
            lex_take_literal(&r->rest, &r->domain);
            return;
        }
        if (r->rest.at[0] == '.') {
            skip_one(r);
            out_put(&r->domain, '.');
            after_dot = true;
        } else if (after_dot && lex_take_word(&r->rest, &lex_specials, &word)) {
            out_span_put(&r->domain, word);
            after_dot = false;
        } else {
            return;
        }
    }
}

/* obs-route = "@" domain *( "," "@" domain ) ":" */
static void skip_route(struct reader *r)
{
    struct span word;
    while (r->rest.len > 0 && r->rest.at[0] != ':' && r->rest.at[0] != '>') {
        if (!lex_take_word(&r->rest, &lex_specials, &word))
            skip_one(r);
        lex_skip(&r->rest, NULL);
    }
    if (r->rest.len > 0 && r->rest.at[0] == ':')
        skip_one(r);
}

static void take_local_part(struct reader *r)
{
    struct span word;
    for (;;) {
        lex_skip(&r->rest, NULL);
        if (r->rest.len == 0)
            return;
        if (r->rest.at[0] == '"') {
            lex_take_quoted(&r->rest, &r->local);
        } else if (r->rest.at[0] == '.') {
            skip_one(r);
            out_put(&r->local, '.');
        } else if (lex_take_word(&r->rest, &lex_specials, &word)) {
            out_span_put(&r->local, word);
        } else {
            return;
        }
    }
}

/* angle-addr, behind "<"; without its ">" it ends where the list goes on. */
static void take_angle(struct reader *r)
{
    if (r->has_domain) { /* what looked like an address was a name */
        out_put(&r->name, '@');
        out_span_put(&r->name, out_span(&r->domain));
        r->domain = OUT(r->domains);
    }
    r->has_angle = true;
    r->local = OUT(r->locals);
    lex_skip(&r->rest, NULL);
    if (r->rest.len > 0 && r->rest.at[0] == '@')
        skip_route(r);
    take_local_part(r);
    if (r->rest.len > 0 && r->rest.at[0] == '@') {
        skip_one(r);
        take_domain(r);
    }
    while (r->rest.len > 0 && r->rest.at[0] != '>' && r->rest.at[0] != ',' &&
           r->rest.at[0] != ';')
        skip_one(r);
    if (r->rest.len > 0 && r->rest.at[0] == '>')
        skip_one(r);
}

/* ---- the list */

static void take_special(struct reader *r, char c)
{
    skip_one(r);
    if (c == ',')
        end_address(r);
    else if (c == ';')
        end_group(r);
    else if (c == ':')
        begin_group(r);
    else if (c == '<' && !r->has_angle)
        take_angle(r);
    else if (c == '@' && !r->has_angle && !r->has_domain)
        take_domain(r);
}

bool addresses_read(struct span value,
                    void (*on_address)(const struct address *, void *), void *arg)
{
    SCRATCH struct reader r;
    r.rest = value;
    r.on_address = on_address;
    r.arg = arg;
    r.left = MIME_ADDRESSES_MAX;
    r.in_group = false;
    begin(&r);
    for (;;) {
        size_t before = r.rest.len;
        lex_skip(&r.rest, &r.comment);
        if (r.rest.len == 0 || r.left == 0)
            break;
        char c = r.rest.at[0];
        if (c == '"' || c == '.' || !lex_is_in(&lex_specials, c)) {
            before_word(&r, r.rest.len < before, c == '.');
            take_text(&r);
        } else {
            take_special(&r, c);
        }
    }
    end_group(&r);
    return r.rest.len == 0;
}
