/* keywords - see keywords.h. */
#include "imap/keywords.h"

#include "imap/grammar.h"
#include "imap/session.h"

#include "store/names.h"

#include <errno.h>

static const char *const system_flags[FLAG_PLACES] = {
#define X(enumerator, name) name,
    IMAP_FLAGS(X)
#undef X
};

static uint64_t system_flag_of(struct span name)
{
    for (unsigned i = 0; i < FLAG_PLACES; i++)
        if (span_is_nocase(name, span_of(system_flags[i])))
            return 1u << i;
    return 0;
}

static uint64_t keyword_of(const struct imap *s, struct span name)
{
    struct span records = buf_span(&s->mailbox.keywords);
    struct name n;

    while (name_take(&records, &n))
        if (span_is_nocase(n.name, name))
            return (uint64_t)1 << n.id;
    return 0;
}

uint64_t imap_flag_of(const struct imap *s, struct span name)
{
    uint64_t flag = system_flag_of(name);

    return flag ? flag : keyword_of(s, name);
}

/* ---- what a command says */

/* flag = "\Answered" / … / flag-keyword / flag-extension; "\Recent" is taken for nothing. */
static bool add_flag(struct flag_list *l, struct span flag)
{
    uint64_t known = system_flag_of(flag);

    l->flags |= known;
    if (known || span_is_nocase(flag, SPAN("\\Recent")))
        return true;
    if (flag.at[0] == '\\' || l->count == IMAP_KEYWORDS_MAX)
        return false;
    l->keywords[l->count++] = flag;
    return true;
}

bool imap_take_flags(struct span *rest, struct flag_list *l)
{
    struct span flag;

    do {
        if (!imap_take_flag(rest, &flag) || !add_flag(l, flag))
            return false;
    } while (imap_take_sp(rest));
    return true;
}

static void say_why_not(struct imap *s, int error)
{
    if (error == -EMLINK)
        imap_reply(s, "NO [LIMIT] the account has as many keywords as there can be");
    else if (error == -EINVAL)
        imap_reply(s, "NO [LIMIT] a keyword has %d octets at most", KEYWORD_MAX);
    else if (error == -EACCES)
        imap_reply(s, "NO [NOPERM] this login may not change flags");
    else
        imap_reply(s, "NO [UNAVAILABLE] keywords cannot be made now, try again later");
}

static int make_keyword(struct imap *s, struct span name, uint64_t *bit_r)
{
    struct store_keyword question = { .handle = s->handle, .name = name };
    struct store_keyword_answer answer;
    int error =
        name.len > KEYWORD_MAX ? -EINVAL : ask_store_keyword(&question, &answer, NULL);

    if (!error && (answer.bit < KEYWORD_FIRST || answer.bit >= 64))
        error = -EBADMSG;
    if (error)
        return error;
    wire_hold(s->wire, answer.lsn);
    *bit_r = (uint64_t)1 << answer.bit;
    return 0;
}

int imap_flags_of(struct imap *s, const struct flag_list *l, bool make, uint64_t *flags)
{
    bool any_new = false;
    int error = 0;

    *flags = l->flags;
    for (size_t i = 0; i < l->count && !error; i++) {
        uint64_t bit = keyword_of(s, l->keywords[i]);
        if (bit == 0 && make) {
            error = make_keyword(s, l->keywords[i], &bit);
            any_new = true;
        }
        *flags |= bit;
    }
    if (!error && any_new && s->state == SELECTED) {
        error = keywords_load(s);
        if (!error)
            keywords_tell(s);
    }
    if (error)
        say_why_not(s, error);
    return error;
}

/* ---- what is told */

static int put_names(const struct imap *s, struct buf *b, uint64_t flags)
{
    struct span records = buf_span(&s->mailbox.keywords);
    const char *space = "";
    struct name n;
    int error = 0;

    for (unsigned i = 0; i < FLAG_PLACES && !error; i++) {
        if (!(flags & (uint64_t)1 << i))
            continue;
        error = buf_printf(b, "%s%s", space, system_flags[i]);
        space = " ";
    }
    while (!error && name_take(&records, &n)) {
        if (!(flags & (uint64_t)1 << n.id))
            continue;
        error = buf_printf(b, "%s%.*s", space, SPAN_ARG(n.name));
        space = " ";
    }
    return error;
}

int imap_put_flags(const struct imap *s, struct buf *b, uint64_t flags)
{
    int error = buf_put(b, SPAN("("));

    if (!error)
        error = put_names(s, b, flags);
    return error ? error : buf_put(b, SPAN(")"));
}

int keywords_load(struct imap *s)
{
    struct store_keywords question = { .handle = s->handle };
    struct store_keywords_answer answer;
    struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    struct buf *kept = &s->mailbox.keywords;
    int error = arena ? ask_store_keywords(&question, &answer, arena) : -ENOMEM;

    if (!error && !names_are_sound(answer.keywords))
        error = -EBADMSG;
    if (!error) {
        buf_free(kept);
        kept->max = KEYWORDS_OCTETS_MAX;
        error = buf_put(kept, answer.keywords);
    }
    arena_close(&arena);
    return error;
}

static uint64_t known(const struct imap *s)
{
    struct span records = buf_span(&s->mailbox.keywords);
    uint64_t flags = FLAGS_ALL;
    struct name n;

    while (name_take(&records, &n))
        flags |= (uint64_t)1 << n.id;
    return flags;
}

bool keywords_are_known(const struct imap *s, uint64_t flags)
{
    return (flags & ~known(s)) == 0;
}

void keywords_tell(struct imap *s)
{
    struct buf b = { .max = 2 * KEYWORDS_OCTETS_MAX };
    const struct mailbox *m = &s->mailbox;
    uint64_t flags = known(s);
    int error = buf_put(&b, SPAN("* FLAGS "));

    if (!error)
        error = imap_put_flags(s, &b, flags);
    if (!error)
        error = buf_put(&b, SPAN("\r\n* OK [PERMANENTFLAGS ("));
    if (!error && !m->read_only)
        error = put_names(s, &b, flags);
    if (!error && !m->read_only && flags != FLAGS_KEPT)
        error = buf_put(&b, SPAN(" \\*"));
    if (!error)
        error = buf_put(&b, SPAN(")] these are kept"));
    if (!error)
        imap_put_line(s, &b);
    buf_free(&b);
}
