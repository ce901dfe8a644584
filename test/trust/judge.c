#include "test/trust/judge.h"

#include "test/trust/zone.h"
#include "trust/spf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_MAX = 64 << 20 };

struct span judge_word(struct span *line)
{
    size_t n = span_find(*line, '\t');
    struct span word = span_first(*line, n);
    *line = span_skip(*line, n + (n < line->len));
    return word;
}

void judge_client(struct span *line, struct spf_client *client)
{
    char address[64];

    *client = (struct spf_client){ .receiver = SPAN("receiver.example") };
    assert(span_to_string(judge_word(line), address, sizeof(address)));
    assert(spf_client_address(client, address));
    client->helo = judge_word(line);
}

void judge_sender(struct span sender, struct spf_client *client)
{
    const char *at = sender.len ? memrchr(sender.at, '@', sender.len) : NULL;
    size_t n = at ? (size_t)(at - sender.at) : 0;

    client->local_part = span_first(sender, n);
    client->domain = at ? span_skip(sender, n + 1) : sender;
    if (sender.len == 0)
        client->domain = client->helo;
}

static void judge_spf(const struct ask *ask, struct span line)
{
    struct spf_client client;
    struct spf_answer answer;

    judge_client(&line, &client);
    judge_sender(line, &client);
    spf_check(&client, ask, &answer);
    printf("%s\t%.*s\n", spf_result_name(answer.result), SPAN_ARG(answer.explanation));
}

static const struct {
    struct span word;
    void (*judge)(const struct ask *, struct span line);
} words[] = {
    { { "SPF", 3 }, judge_spf },   { { "DKIM", 4 }, judge_dkim },
    { { "SIGN", 4 }, judge_sign }, { { "ARC", 3 }, judge_arc },
    { { "SEAL", 4 }, judge_seal }, { { "ALL", 3 }, judge_all },
};

static void obey(struct zone *zone, char *text, size_t len)
{
    struct ask ask = { zone_ask, zone, arena_open(ARENA_MAX) };
    struct span line = span_at(text, len), word = judge_word(&line);
    bool known = span_is(word, SPAN("CLEAR"));

    if (known)
        zone_clear(zone);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (span_is(word, words[i].word)) {
            line.len = zone_unescape(text + (line.at - text), line.len);
            text[line.at - text + (ptrdiff_t)line.len] = '\0';
            words[i].judge(&ask, line);
            known = true;
        }
    if (!known)
        zone_add(zone, text);
    arena_close(&ask.arena);
}

int main(void)
{
    struct zone zone = { 0 };
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    setvbuf(stdout, NULL, _IOLBF, 0);
    while ((len = getline(&line, &room, stdin)) > 0) {
        if (line[len - 1] == '\n')
            line[--len] = '\0';
        obey(&zone, line, (size_t)len);
    }
    free(line);
    zone_clear(&zone);
    return 0;
}
