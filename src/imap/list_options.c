/* list_options - the arguments of LIST and LSUB (RFC 9051 §9; RFC 5258 §6; RFC 5819 §4). */
#include "imap/grammar.h"
#include "imap/list.h"
#include "imap/mailbox_name.h"
#include "imap/status.h"

struct option {
    const char *word;
    unsigned bit;
};

static const struct option selections[] = { { "SUBSCRIBED", LIST_SUBSCRIBED },
                                            { "REMOTE", LIST_REMOTE },
                                            { "RECURSIVEMATCH", LIST_RECURSIVEMATCH },
                                            { 0 } };
static const struct option returnings[] = { { "SUBSCRIBED", LIST_SUBSCRIBED },
                                            { "CHILDREN", LIST_CHILDREN },
                                            { "STATUS", LIST_STATUS },
                                            { 0 } };

static bool take_option(struct span *rest, const struct option *options,
                        unsigned *bit_r)
{
    for (const struct option *o = options; o->word; o++)
        if (imap_take_word(rest, span_of(o->word))) {
            *bit_r = o->bit;
            return true;
        }
    return false;
}

/* "(" [option *(SP option)] ")" */
static bool take_options(struct span *rest, const struct option *options,
                         struct listing *l, unsigned *options_r)
{
    unsigned bit;

    if (!span_take(rest, SPAN("(")))
        return false;
    if (span_take(rest, SPAN(")")))
        return true;
    do {
        if (!take_option(rest, options, &bit))
            return false;
        if (bit == LIST_STATUS &&
            (!imap_take_sp(rest) || !imap_take_status_atts(rest, &l->status_atts)))
            return false;
        *options_r |= bit;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

/* In UTF-8; what is none in UTF-7 is no name's. */
static bool keep_pattern(struct listing *l, struct span said)
{
    struct buf utf8 = { .max = LIST_PATTERN_MAX };
    bool is_some = l->s->utf8 || mailbox_name_of_utf7(said, &utf8);
    struct span kept =
        is_some ? arena_copy(l->s->arena, l->s->utf8 ? said : buf_span(&utf8)) : said;

    buf_free(&utf8);
    if (is_some)
        l->patterns[l->pattern_count++] = kept;
    return kept.at != NULL;
}

/* reference and pattern are one text: "the reference name and the mailbox name are
 * concatenated". */
static bool add_pattern(struct listing *l, struct span reference, struct span pattern)
{
    struct buf whole = { .max = LIST_PATTERN_MAX };

    l->asks_delimiter |= pattern.len == 0;
    bool kept = l->pattern_count < LIST_PATTERNS_MAX &&
                buf_put(&whole, reference) == 0 && buf_put(&whole, pattern) == 0 &&
                keep_pattern(l, buf_span(&whole));
    buf_free(&whole);
    return kept;
}

static bool take_pattern(struct span *rest, struct listing *l, struct span reference)
{
    struct span pattern;

    return imap_take_list_mailbox(rest, l->s->arena, &pattern) &&
           add_pattern(l, reference, pattern);
}

/* "(" list-mailbox *(SP list-mailbox) ")" */
static bool take_patterns(struct span *rest, struct listing *l, struct span reference)
{
    if (l->lsub || !span_take(rest, SPAN("(")))
        return take_pattern(rest, l, reference);
    l->extended = true;
    do {
        if (!take_pattern(rest, l, reference))
            return false;
    } while (imap_take_sp(rest));
    return span_take(rest, SPAN(")"));
}

/* RFC 5258 §3.1: "MUST NOT occur as the only selection option (or only with REMOTE)" */
static bool are_sound(const struct listing *l)
{
    return !(l->selects & LIST_RECURSIVEMATCH) || (l->selects & LIST_SUBSCRIBED);
}

bool imap_take_listing(struct span *rest, struct listing *l)
{
    struct span reference;

    if (!l->lsub && rest->len > 0 && *rest->at == '(') {
        l->extended = true;
        if (!take_options(rest, selections, l, &l->selects) || !imap_take_sp(rest))
            return false;
    }
    if (!imap_take_astring(rest, l->s->arena, &reference) || !imap_take_sp(rest) ||
        !take_patterns(rest, l, reference))
        return false;
    if (!l->lsub && imap_take_sp(rest)) {
        l->extended = true;
        if (!imap_take_word(rest, SPAN("RETURN")) || !imap_take_sp(rest) ||
            !take_options(rest, returnings, l, &l->returns))
            return false;
    }
    return rest->len == 0 && are_sound(l);
}
