#include "trust/results.h"

#include "trust/tags.h"

/* A value of a property (§2.2 pvalue): as a token where it is one, else quoted; what may
 * stand in neither is "?". */
static int put_value(struct buf *out, struct span s)
{
    bool token = s.len > 0;
    int error = 0;

    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`{|}~@", c));
        token = token && plain;
    }
    if (token)
        return buf_put(out, s);
    error = buf_put(out, SPAN("\""));
    for (size_t i = 0; i < s.len && !error; i++) {
        char c = s.at[i] >= 0x20 && s.at[i] < 0x7f ? s.at[i] : '?';
        if (c == '"' || c == '\\')
            error = buf_put(out, SPAN("\\"));
        if (!error)
            error = buf_put(out, span_at(&c, 1));
    }
    return error ? error : buf_put(out, SPAN("\""));
}

static int put_property(struct buf *out, const char *name, struct span value)
{
    int error = value.len ? buf_printf(out, "\r\n\t %s=", name) : 0;
    return error || value.len == 0 ? error : put_value(out, value);
}

static int put_method(struct buf *out, const char *method, const char *result,
                      const char *reason)
{
    return buf_printf(out, ";\r\n\t%s=%s%s%s%s", method, result,
                      reason ? " reason=\"" : "", reason ? reason : "",
                      reason ? "\"" : "");
}

static int put_spf(const struct results *r, struct buf *out)
{
    int error = put_method(out, "spf", spf_result_name(r->spf->result), NULL);
    if (error)
        return error;
    return r->mail_from.len > 0 ? put_property(out, "smtp.mailfrom", r->mail_from)
                                : put_property(out, "smtp.helo", r->helo);
}

/* header.b: enough of b= to tell signatures apart (RFC 6008) */
static struct span first_of_signature(const struct dkim_signature *s)
{
    struct span b = tag_trim(s->raw_signature);
    size_t n = 0;
    while (n < b.len && n < 8 && b.at[n] > ' ')
        n++;
    return span_first(b, n);
}

static int put_signature(const struct dkim_signature *s, struct buf *out)
{
    int error = put_method(out, "dkim", dkim_result_name(s->result), s->reason);
    if (!error)
        error = put_property(out, "header.d", s->domain);
    if (!error)
        error = put_property(out, "header.s", s->selector);
    if (!error && s->signature.len > 0)
        error =
            put_property(out, "header.a", span_of(dkim_algorithm_name(s->algorithm)));
    return error ? error : put_property(out, "header.b", first_of_signature(s));
}

static int put_dkim(const struct results *r, struct buf *out)
{
    int error = 0;
    if (r->dkim->signatures == 0)
        return put_method(out, "dkim", "none", NULL);
    for (unsigned i = 0; i < r->dkim->signatures && !error; i++)
        error = put_signature(&r->dkim->signature[i], out);
    return error;
}

static int put_dmarc(const struct results *r, struct buf *out)
{
    const struct dmarc_answer *d = r->dmarc;
    int error = put_method(out, "dmarc", dmarc_result_name(d->result), d->reason);
    if (!error && d->result == DMARC_FAIL)
        error = buf_printf(out, " policy.dmarc=%s", dmarc_policy_name(d->policy));
    return error ? error : put_property(out, "header.from", d->author);
}

int results_put(const struct results *r, struct buf *out)
{
    size_t before = out->len;
    int error = buf_printf(out, "Authentication-Results: %.*s", SPAN_ARG(r->host));

    if (!error && !r->spf && !r->dkim && !r->dmarc)
        error = buf_put(out, SPAN("; none"));
    if (!error && r->spf)
        error = put_spf(r, out);
    if (!error && r->dkim)
        error = put_dkim(r, out);
    if (!error && r->dmarc)
        error = put_dmarc(r, out);
    if (!error)
        error = buf_put(out, SPAN("\r\n"));
    if (error)
        out->len = before;
    return error;
}
