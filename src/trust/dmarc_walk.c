#include "trust/dmarc_walk.h"

#include "trust/tags.h"

#include <stdio.h>

/* One domain's one record. */
static bool find_record(struct span domain, const struct ask *ask, struct dmarc_walk *w)
{
    struct dmarc_record record;
    struct ask_answer answer;
    unsigned count = 0;
    char name[264];
    int n = snprintf(name, sizeof(name), "_dmarc.%.*s", SPAN_ARG(domain));

    if (n > 253)
        return false;
    trust_ask(ask, ASK_TXT, span_at(name, (size_t)n), &answer);
    w->failed |= answer.outcome == ASK_FAILED;
    for (size_t i = 0; i < answer.count; i++)
        if (dmarc_read_record(answer.rows[i], &record)) {
            w->found[w->count] = (struct dmarc_found){ domain, record };
            count++;
        }
    w->count += count == 1;
    return count == 1;
}

static unsigned count_labels(struct span domain)
{
    unsigned n = 1;
    for (size_t i = 0; i < domain.len; i++)
        n += domain.at[i] == '.';
    return n;
}

static struct span without_label(struct span domain)
{
    size_t n = span_find(domain, '.');
    return span_skip(domain, n + (n < domain.len));
}

/* The domain itself, then one label less each time; a long name goes on at seven. */
static struct span parent(struct span domain)
{
    unsigned labels = count_labels(domain);
    domain = without_label(domain);
    for (; labels > DMARC_LABELS_MAX; labels--)
        domain = without_label(domain);
    return domain;
}

/* What is one label below `above`, on the way to `domain`. */
static struct span below(struct span domain, struct span above)
{
    size_t more = domain.len - above.len;
    const char *dot = more > 1 ? memrchr(domain.at, '.', more - 1) : NULL;
    return dot ? span_skip(domain, (size_t)(dot - domain.at) + 1) : domain;
}

static struct span find_organization(const struct dmarc_walk *w, struct span domain)
{
    for (unsigned i = 0; i < w->count; i++) {
        const struct dmarc_found *f = &w->found[i];
        if (f->record.psd == PSD_NO)
            return f->domain;
        if (f->record.psd == PSD_YES && f->domain.len < domain.len)
            return below(domain, f->domain);
    }
    return w->count > 0 ? w->found[w->count - 1].domain : domain;
}

void dmarc_walk(struct span domain, const struct ask *ask, struct dmarc_walk *w)
{
    struct span at = domain;

    *w = (struct dmarc_walk){ .organization = domain };
    for (unsigned i = 0; at.len > 0 && i < DMARC_LABELS_MAX && !w->failed; i++) {
        if (find_record(at, ask, w) && w->found[w->count - 1].record.psd != PSD_UNKNOWN)
            break;
        at = parent(at);
    }
    w->organization = find_organization(w, domain);
}

const struct dmarc_found *dmarc_walk_policy(const struct dmarc_walk *w,
                                            struct span domain)
{
    for (unsigned i = 0; i < w->count; i++) {
        const struct dmarc_found *f = &w->found[i];
        if (span_is_nocase(f->domain, domain) ||
            span_is_nocase(f->domain, w->organization) || f->record.psd == PSD_YES)
            return f;
    }
    return NULL;
}
