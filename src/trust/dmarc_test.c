#include "trust/dmarc.h"

#include "test/trust/zone.h"
#include "test/unit.h"
#include "trust/dmarc_walk.h"

#include <stdio.h>

/* The author's domain, what SPF and DKIM have proved, and the answer as "result policy". */
struct row {
    const char *zone, *from, *spf, *dkim, *wanted;
};

static void check(const struct row *row)
{
    struct zone z = { 0 };
    struct ask ask = { zone_ask, &z, arena_open(1 << 20) };
    struct spf_answer spf = { .result = row->spf ? SPF_PASS : SPF_FAIL };
    struct dkim_verifier dkim = { .signatures = row->dkim ? 1 : 0 };
    struct dmarc_answer answer;
    struct fields fields;
    char header[1024], said[256];

    zone_add(&z, row->zone);
    snprintf(header, sizeof(header), "From: %s\r\n", row->from);
    dkim.signature[0] = (struct dkim_signature){ .result = DKIM_PASS };
    dkim.signature[0].domain = span_of(row->dkim ? row->dkim : "");
    CHECK_EQ_INT(fields_read(span_of(header), ask.arena, &fields), 0);
    dmarc_check(&fields, &spf, span_of(row->spf ? row->spf : "elsewhere.example"),
                &dkim, &ask, &answer);
    snprintf(said, sizeof(said), "%s %s", dmarc_result_name(answer.result),
             dmarc_policy_name(answer.policy));
    unit_equal_span(span_of(said), span_of(row->wanted), __FILE__, __LINE__, row->from);
    CHECK(z.asked <= 60);
    arena_close(&ask.arena);
    zone_clear(&z);
}

#define REJECT "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=reject\n"

TEST(dmarc_alignment_and_policy)
{
    static const struct row rows[] = {
        { "", "a@crepes.fr", "crepes.fr", NULL, "none none" },
        { REJECT, "a@crepes.fr", NULL, NULL, "fail reject" },
        { REJECT, "a@crepes.fr", "crepes.fr", NULL, "pass none" },
        { REJECT, "a@CREPES.fr", NULL, "crepes.FR", "pass none" },
        /* relaxed: of one organization; strict: the same */
        { REJECT, "a@crepes.fr", "bounces.crepes.fr", NULL, "pass none" },
        { REJECT, "a@mail.crepes.fr", NULL, "crepes.fr", "pass none" },
        { REJECT, "a@mail.crepes.fr", NULL, "other.crepes.fr", "pass none" },
        { REJECT, "a@crepes.fr", "xcrepes.fr", "fr", "fail reject" },
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=quarantine; aspf=s; adkim=s\n",
          "a@crepes.fr", "b.crepes.fr", "b.crepes.fr", "fail quarantine" },
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=quarantine; aspf=s; adkim=s\n",
          "a@crepes.fr", "b.crepes.fr", "crepes.fr", "pass none" },
        /* sp= and np= */
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=none; sp=quarantine; np=reject\n"
          "A\tmail.crepes.fr\t192.0.2.1\n",
          "a@mail.crepes.fr", NULL, NULL, "fail quarantine" },
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=none; sp=quarantine; np=reject\n",
          "a@nothing.crepes.fr", NULL, NULL, "fail reject" },
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=none; sp=quarantine; np=reject\n",
          "a@crepes.fr", NULL, NULL, "fail none" },
        /* a subdomain's own record comes first */
        { REJECT "TXT\t_dmarc.mail.crepes.fr\tv=DMARC1; p=none\n", "a@mail.crepes.fr",
          NULL, NULL, "fail none" },
        /* t=y: one step less */
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=reject; t=y\n", "a@crepes.fr", NULL, NULL,
          "fail quarantine" },
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=quarantine; t=y\n", "a@crepes.fr", NULL,
          NULL, "fail none" },
        { "FAIL\t_dmarc.crepes.fr\t\n", "a@crepes.fr", NULL, NULL, "temperror none" },
        /* a public suffix (psd=y) and a domain that says it is none (psd=n) */
        { "TXT\t_dmarc.fr\tv=DMARC1; p=reject; psd=y\n", "a@crepes.fr", NULL,
          "other.fr", "fail reject" },
        { "TXT\t_dmarc.fr\tv=DMARC1; p=reject; psd=y\n", "a@a.crepes.fr", NULL,
          "b.crepes.fr", "pass none" },
        { REJECT "TXT\t_dmarc.paris.crepes.fr\tv=DMARC1; p=reject; psd=n\n",
          "a@paris.crepes.fr", "crepes.fr", "crepes.fr", "fail reject" },
        /* no policy but somebody to tell */
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=wrong; rua=mailto:d@crepes.fr\n",
          "a@crepes.fr", NULL, NULL, "fail none" },
        { "TXT\t_dmarc.crepes.fr\tv=DMARC1; p=wrong\n", "a@crepes.fr", NULL, NULL,
          "none none" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i]);
}

/* D06: two records are none; From that could be read in two ways is an error */
TEST(dmarc_of_odd_messages)
{
    static const struct row rows[] = {
        { REJECT REJECT, "a@crepes.fr", NULL, NULL, "none none" },
        { REJECT, "a@crepes.fr, b@example.org", "crepes.fr", NULL, "permerror none" },
        { REJECT, "a@crepes.fr, b@crepes.fr", NULL, NULL, "fail reject" },
        { REJECT, "a@crepes.fr\r\nFrom: b@example.org", NULL, NULL, "permerror none" },
        { REJECT, "undisclosed:;", NULL, NULL, "permerror none" },
        { REJECT, "\"a@example.org\" <b@crepes.fr>", NULL, NULL, "fail reject" },
        { REJECT, "a@crepes.fr\r\nnonsense\r\nX: y", NULL, NULL, "permerror none" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i]);
}

TEST(dmarc_walk_of_a_long_name_asks_eight_times)
{
    struct zone z = { 0 };
    struct ask ask = { zone_ask, &z, arena_open(1 << 20) };
    struct dmarc_walk walk;

    zone_add(&z, "TXT\t_dmarc.i.example.com\tv=DMARC1; p=none\n");
    dmarc_walk(SPAN("a.b.c.d.e.f.g.h.i.j.k.l.i.example.com"), &ask, &walk);
    CHECK_EQ_UINT(z.asked, 8);
    CHECK_SPAN(walk.organization, "i.example.com");
    arena_close(&ask.arena);
    zone_clear(&z);
}

/* D05: a signature over a part of the body speaks for nobody */
TEST(dmarc_does_not_believe_a_part)
{
    struct zone z = { 0 };
    struct ask ask = { zone_ask, &z, arena_open(1 << 20) };
    struct spf_answer spf = { .result = SPF_NONE };
    struct dkim_verifier dkim = { .signatures = 1 };
    struct dmarc_answer answer;
    struct fields fields;

    zone_add(&z, REJECT);
    dkim.signature[0] = (struct dkim_signature){ .result = DKIM_PASS, .partial = true };
    dkim.signature[0].domain = SPAN("crepes.fr");
    CHECK_EQ_INT(fields_read(SPAN("From: a@crepes.fr\r\n"), ask.arena, &fields), 0);
    dmarc_check(&fields, &spf, SPAN(""), &dkim, &ask, &answer);
    CHECK_EQ_INT(answer.result, DMARC_FAIL);
    CHECK_EQ_INT(answer.policy, DMARC_REJECT);
    arena_close(&ask.arena);
    zone_clear(&z);
}
