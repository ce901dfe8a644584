/*
 * Every kind of reply at every step of a session (S23), with and without PIPELINING and
 * CHUNKING: two recipients, and another message behind.  What must come of it is known
 * beforehand: only who was told 2yz at the end was sent the message; what was refused by
 * its own reply has that code; where the session breaks, all others are to be tried again;
 * and nothing is said behind a reply that is none.
 */
#include "smtp/client.h"

#include "test/unit.h"
#include "wire/pair_test.h"

#include <stdio.h>
#include <sys/socket.h>

/* How the server answers at the step that is tried. */
static const struct answer {
    const char *octets; /* NULL: it closes */
    unsigned code;      /* that is heard; 0: the session breaks */
} answers[] = {
    { "250 2.0.0 ok\r\n", 250 },
    { "250-2.0.0 o\r\n250 2.0.0 k\r\n", 250 },
    { "299\r\n", 299 },
    { "250 ok\n", 250 }, /* a bare LF is no reason to refuse mail */
    { "354 go\r\n", 354 },
    { "399 what\r\n", 399 },
    { "421 4.3.2 closing\r\n", 421 },
    { "450 4.2.1 busy\r\n", 450 },
    { "499\r\n", 499 },
    { "550 5.1.1 no\r\n", 550 },
    { "599 5.9.9 never\r\n", 599 },
    { "100 soon\r\n", 0 },
    { "199\r\n", 0 },
    { "000\r\n", 0 },
    { "600 x\r\n", 0 },
    { "999 x\r\n", 0 },
    { "\r\n", 0 },
    { "25\r\n", 0 },
    { "2500 ok\r\n", 0 },
    { "ok\r\n", 0 },
    { " 250 ok\r\n", 0 },
    { "250-a\r\n251 b\r\n", 0 },
    { "250-a\r\nb\r\n", 0 },
    { "250 a\rb\r\n", 0 },
    { "250-a", 0 },
    { NULL, 0 },
};
enum { ANSWERS = sizeof(answers) / sizeof(answers[0]) };

/* What is answered, in this order, when all goes well. */
enum asked {
    GREET,
    HELLO,
    MAIL,
    RCPT_1,
    RCPT_2,
    DATA,
    END,
    MAIL_B,
    RCPT_B,
    DATA_B,
    END_B,
    STEPS
};

struct manner {
    const char *ehlo;
    bool pipelining, chunking;
};
static const struct manner manners[] = {
    { "250 h\r\n", false, false },
    { "250-h\r\n250 PIPELINING\r\n", true, false },
    { "250-h\r\n250 CHUNKING\r\n", false, true },
    { "250-h\r\n250-PIPELINING\r\n250 CHUNKING\r\n", true, true },
};

struct trial {
    const struct manner *manner;
    enum asked at;
    const struct answer *answer;
    struct smtp_recipient first[2], second[1];
    struct pair pair;
    struct buf said; /* by the client, and not answered yet */
    bool in_data;
    unsigned mails;
    bool tried, spoke_on; /* the step was come to; something was said behind it */
};

static const struct smtp_client_settings settings = { .name = "crepes.fr" };

static void session(struct wire *wire, void *arg)
{
    struct trial *t = arg;
    struct smtp_client c;
    struct smtp_outgoing m = { .reverse_path = SPAN("alice@crepes.fr"),
                               .octets = SPAN("Subject: x\r\n\r\n.\r\n"),
                               .recipients = t->first,
                               .count = 2 };
    smtp_client_open(&c, wire, &settings);
    smtp_client_send(&c, &m);
    m.recipients = t->second;
    m.count = 1;
    smtp_client_send(&c, &m);
    smtp_client_close(&c);
}

/* ---- the server */

static const char *usual(const struct trial *t, enum asked step)
{
    if (step == GREET)
        return "220 h\r\n";
    if (step == HELLO)
        return t->manner->ehlo;
    return step == DATA || step == DATA_B ? "354 go\r\n" : "250 2.0.0 fine\r\n";
}

static void answer(struct trial *t, enum asked step)
{
    bool it = step == t->at;
    const char *octets = it ? t->answer->octets : usual(t, step);

    t->spoke_on |= t->tried;
    t->tried |= it;
    t->in_data =
        (step == DATA || step == DATA_B) && octets && strncmp(octets, "354", 3) == 0;
    if (octets && t->pair.peer != -1)
        pair_say(&t->pair, span_of(octets));
    if (it && (!octets || !strchr(octets, '\n')))
        pair_close(&t->pair);
}

/* Where the first command, or the message, ends that the client has said; 0: it has not. */
static size_t command_end(const struct trial *t)
{
    struct span said = buf_span(&t->said);
    const char *end = t->in_data ? "\r\n.\r\n" : "\r\n";
    const char *at = said.len ? memmem(said.at, said.len, end, strlen(end)) : NULL;
    size_t n = at ? (size_t)(at - said.at) + strlen(end) : 0;
    uint64_t chunk;

    if (t->in_data && said.len >= 3 && memcmp(said.at, ".\r\n", 3) == 0)
        return 3;
    said = span_skip(said, n && span_starts_nocase(said, SPAN("BDAT ")) ? 5 : said.len);
    if (!span_take_number(&said, 1000, &chunk))
        return n;
    return n + (size_t)chunk <= t->said.len ? n + (size_t)chunk : 0;
}

static enum asked step_of(struct trial *t, struct span command)
{
    bool second = t->mails > 1;

    if (t->in_data || span_starts_nocase(command, SPAN("BDAT")))
        return second ? END_B : END;
    if (span_starts_nocase(command, SPAN("DATA")))
        return second ? DATA_B : DATA;
    if (span_starts_nocase(command, SPAN("MAIL")))
        return ++t->mails > 1 ? MAIL_B : MAIL;
    if (span_starts_nocase(command, SPAN("RCPT TO:<b")))
        return RCPT_1;
    if (span_starts_nocase(command, SPAN("RCPT TO:<c")))
        return RCPT_2;
    if (span_starts_nocase(command, SPAN("RCPT")))
        return RCPT_B;
    return span_starts_nocase(command, SPAN("EHLO")) ||
                   span_starts_nocase(command, SPAN("HELO"))
               ? HELLO
               : STEPS;
}

static void serve(struct trial *t)
{
    answer(t, GREET);
    while (t->pair.peer != -1) {
        CHECK(buf_put(&t->said, pair_hear(&t->pair)) == 0);
        size_t n = command_end(t);
        if (n == 0)
            return;
        enum asked step = step_of(t, span_first(buf_span(&t->said), n));
        buf_drop_front(&t->said, n);
        answer(t, step);
    }
}

/* ---- what must come of it */

static bool is_good(enum asked step, unsigned code)
{
    return step == DATA || step == DATA_B ? code == 354 : code / 100 == 2;
}

static bool breaks(enum asked step, unsigned code)
{
    return code == 421 || (!is_good(step, code) && code < 400);
}

/* Is the recipient with that RCPT among those that the step is about? */
static bool is_about(enum asked step, enum asked rcpt)
{
    if (step <= HELLO)
        return true;
    if (rcpt == RCPT_B)
        return step >= MAIL_B;
    return step < MAIL_B && (step == rcpt || (step != RCPT_1 && step != RCPT_2));
}

static enum smtp_outcome expected(const struct trial *t, enum asked rcpt)
{
    unsigned code = t->answer->code;
    bool before = t->at >= MAIL_B && rcpt != RCPT_B;

    if (before || !t->tried || is_good(t->at, code))
        return SMTP_SENT;
    if (breaks(t->at, code))
        return SMTP_LATER;
    if (!is_about(t->at, rcpt))
        return SMTP_SENT;
    return code < 500 ? SMTP_LATER : SMTP_NEVER;
}

static void check_fate(const struct trial *t, enum asked rcpt,
                       const struct smtp_fate *f)
{
    enum smtp_outcome outcome = expected(t, rcpt);
    bool refused = outcome != SMTP_SENT && t->answer->code >= 400;
    bool at_end = t->at == (rcpt == RCPT_B ? END_B : END);

    if (!CHECK_EQ_INT(f->outcome, outcome) ||
        (refused && !CHECK_EQ_UINT(f->code, t->answer->code)))
        printf("  step %d, recipient %d, '%s', manner %d\n", (int)t->at, (int)rcpt,
               t->answer->octets ? t->answer->octets : "(end)",
               (int)(t->manner - manners));
    if (f->uncertain)
        CHECK(at_end || (t->at == END && rcpt == RCPT_B));
    if (at_end && breaks(t->at, t->answer->code) && t->answer->code == 0)
        CHECK(f->uncertain);
    CHECK(outcome == SMTP_SENT || f->words[0] || refused);
    CHECK_EQ_UINT(f->status.class, outcome == SMTP_SENT    ? 2
                                   : outcome == SMTP_LATER ? 4
                                                           : 5);
}

static void try_one(struct trial *t)
{
    struct wire_settings wire = pair_settings;

    t->first[0] = (struct smtp_recipient){ .mailbox = SPAN("bob@hamburger.edu") };
    t->first[1] = (struct smtp_recipient){ .mailbox = SPAN("carol@hamburger.edu") };
    t->second[0] = (struct smtp_recipient){ .mailbox = SPAN("dora@hamburger.edu") };
    t->said = (struct buf){ .max = 1 << 20 };
    wire.is_client = true;
    if (!pair_open_as(&t->pair, SOCK_STREAM, &wire, session, t))
        return;
    serve(t);
    pair_close(&t->pair);
    CHECK(t->pair.over);
    check_fate(t, RCPT_1, &t->first[0].fate);
    check_fate(t, RCPT_2, &t->first[1].fate);
    check_fate(t, RCPT_B, &t->second[0].fate);
    if (!t->manner->pipelining && breaks(t->at, t->answer->code))
        CHECK(!t->spoke_on);
    buf_free(&t->said);
}

TEST(smtp_client_hears_every_reply_at_every_step)
{
    static struct trial t;
    unsigned tried = 0;

    pair_begin();
    for (int m = 0; m < 4; m++) {
        for (int i = 0; i < STEPS * ANSWERS; i++) {
            memset(&t, 0, sizeof(t));
            t.manner = &manners[m];
            t.at = (enum asked)(i / ANSWERS);
            t.answer = &answers[i % ANSWERS];
            try_one(&t);
            tried += t.tried;
        }
    }
    /* All but DATA where there is CHUNKING. */
    CHECK_EQ_UINT(tried, (2 * STEPS + 2 * (STEPS - 2)) * ANSWERS);
    pair_end();
}
