#include "test/trust/judge.h"

#include "trust/results.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static void print_on_one_line(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] != '\r' && text.at[i] != '\n')
            putchar(text.at[i] == '\t' ? ' ' : text.at[i]);
    putchar('\n');
}

void judge_all(const struct ask *ask, struct span line)
{
    struct span message = judge_read(judge_word(&line), ask->arena);
    size_t header = judge_header_length(message);
    struct spf_client client;
    struct spf_answer spf;
    struct dkim_verifier dkim;
    struct dmarc_answer dmarc;
    struct fields fields;
    struct buf out = { .max = 1 << 20 };

    judge_client(&line, &client);
    struct span sender = judge_word(&line);
    judge_sender(sender, &client);
    assert(fields_read(span_first(message, header), ask->arena, &fields) == 0);
    assert(dkim_verify_begin(&dkim, &fields, ask->arena) == 0);
    if (header < message.len)
        dkim_verify_take(&dkim, span_skip(message, header + 2));
    spf_check(&client, ask, &spf);
    dkim_verify_end(&dkim, ask, strtoull(line.at, NULL, 10));
    dmarc_check(&fields, &spf, client.domain, &dkim, ask, &dmarc);
    struct results results = { .host = SPAN("hamburger.edu"),
                               .mail_from = sender,
                               .helo = client.helo,
                               .spf = &spf,
                               .dkim = &dkim,
                               .dmarc = &dmarc };
    assert(results_put(&results, &out) == 0);
    print_on_one_line(buf_span(&out));
    dkim_verify_close(&dkim);
    buf_free(&out);
}
