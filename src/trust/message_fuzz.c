/*
 * message_fuzz - a message of the fuzzer's own, judged whole: DKIM, ARC, DMARC, and what
 * is said of it.  Every answer of the DNS is its first line, so that keys and policies
 * are the fuzzer's, too.
 */
#include "trust/arc.h"
#include "trust/authserv.h"
#include "trust/results.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

struct line {
    struct span text;
    unsigned asked;
};

static void answer(void *arg, enum ask_kind kind, struct span name, struct arena *arena,
                   struct ask_answer *answer_r)
{
    struct line *l = arg;

    assert(name.len > 0 && name.len <= 253);
    assert(!memchr(name.at, '\r', name.len) && !memchr(name.at, '/', name.len));
    l->asked++;
    answer_r->outcome = ASK_NO_DATA;
    answer_r->rows = arena_alloc(arena, sizeof(struct span));
    if (kind != ASK_TXT || !answer_r->rows || l->text.len == 0)
        return;
    answer_r->outcome = ASK_FOUND;
    answer_r->rows[0] = l->text;
    answer_r->count = 1;
}

/* One line of folded fields, whatever was in it. */
static void check_results(const struct results *r)
{
    struct buf out = { .max = 1 << 20 };

    if (results_put(r, &out) == 0) {
        struct span rest = buf_span(&out);
        struct field field;
        bool noise = false;
        assert(header_take_field(&rest, &field, &noise));
        assert(rest.len == 0 && !noise);
        assert(authserv_is_claimed(&field, r->host));
        for (size_t i = 0; i < out.len; i++)
            assert(out.at[i] != '\0' && ((unsigned char)out.at[i] < 0x7f));
    }
    buf_free(&out);
}

static void judge(const struct fields *fields, struct span body, const struct ask *ask)
{
    struct spf_answer spf = { .result = SPF_PASS };
    struct dkim_verifier dkim;
    struct dmarc_answer dmarc;
    struct arc_chain chain;

    if (dkim_verify_begin(&dkim, fields, ask->arena) == 0 &&
        arc_begin(&chain, fields, ask->arena) == 0) {
        size_t half = body.len / 2;
        dkim_verify_take(&dkim, span_first(body, half));
        dkim_verify_take(&dkim, span_skip(body, half));
        arc_take(&chain, body);
        dkim_verify_end(&dkim, ask, 1700000000);
        arc_end(&chain, ask);
        dmarc_check(fields, &spf, SPAN("mail.crepes.fr"), &dkim, ask, &dmarc);
        check_results(&(struct results){
            .host = SPAN("hamburger.edu"),
            .mail_from = fields->count ? fields->at[0].value : SPAN(""),
            .spf = &spf,
            .dkim = &dkim,
            .dmarc = &dmarc });
        arc_close(&chain);
    }
    dkim_verify_close(&dkim);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct span all = span_at(octets, len);
    size_t first = span_find(all, '\n');
    struct line line = { .text = span_first(all, first) };
    struct ask ask = { answer, &line, arena_open(16 << 20) };
    struct span message = span_skip(all, first + (first < len));
    const char *end =
        message.len ? memmem(message.at, message.len, "\r\n\r\n", 4) : NULL;
    size_t header = end ? (size_t)(end - message.at) + 2 : message.len;
    struct fields fields;

    if (ask.arena && fields_read(span_first(message, header), ask.arena, &fields) == 0)
        judge(&fields, span_skip(message, end ? header + 2 : header), &ask);
    assert(line.asked <= DKIM_KEYS_MAX + ARC_SETS_MAX + 1 +
                             (DMARC_WALKS_MAX + 1) * DMARC_LABELS_MAX + 3 +
                             DKIM_SIGNATURES_MAX);
    arena_close(&ask.arena);
    return 0;
}
