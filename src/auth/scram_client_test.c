/* scram_client_test - the example of RFC 7677 §3, our own server's side, and what is none. */
#include "auth/scram_client.h"

#include "auth/scram.h"
#include "test/unit.h"

#define OWN   "rOprNGfwEbeRWgbNEkqO"
#define NONCE OWN "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT  "W22ZaJ0SNY7soEsUEjb6gQ=="

static size_t begin(struct scram_client *c, struct span name, char *text, size_t size)
{
    return scram_client_first(c, name, SPAN(OWN), text, size);
}

TEST(scram_client_exchange_of_rfc_7677)
{
    struct scram_client c;
    char text[2048];
    size_t n = begin(&c, SPAN("user"), text, sizeof(text));
    CHECK_SPAN(span_at(text, n), "n,,n=user,r=" OWN);
    CHECK(!scram_client_trusts(&c,
                               SPAN("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")));
    n = scram_client_final(&c, SPAN("pencil"), SPAN("r=" NONCE ",s=" SALT ",i=4096"),
                           text, sizeof(text));
    CHECK_SPAN(span_at(text, n), "c=biws,r=" NONCE ",p="
                                 "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    CHECK(scram_client_trusts(&c,
                              SPAN("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")));
    CHECK(
        scram_client_trusts(&c,
                            SPAN(
                                "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=,x=y")));
    CHECK(!scram_client_trusts(&c,
                               SPAN("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")));
    CHECK(!scram_client_trusts(&c,
                               SPAN("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95A==")));
    CHECK(!scram_client_trusts(&c, SPAN("e=other-error")));
    CHECK(!scram_client_trusts(&c, SPAN("v=")));
    CHECK(!scram_client_trusts(&c, SPAN("")));
}

/* A name with what the grammar keeps for itself, against the server's own reading. */
TEST(scram_client_against_our_server)
{
    struct scram_secret keys = { .iterations = 4096, .salt = "0123456789abcde" };
    struct scram_client c;
    struct scram_first first;
    struct scram_final final;
    char said[2048], answer[2048], all[4096], name[64];
    uint8_t signature[SCRAM_KEY_OCTETS];
    size_t len, n = begin(&c, SPAN("a=b,c"), said, sizeof(said));
    CHECK(scram_take_first(span_at(said, n), &first));
    CHECK(scram_unescape(first.username, name, sizeof(name), &len));
    CHECK_SPAN(span_at(name, len), "a=b,c");
    CHECK(scram_derive(SPAN("ketchup"), &keys));
    size_t m =
        scram_server_first(&keys, first.nonce, SPAN("ours"), answer, sizeof(answer));
    struct span bare = first.bare;
    len = bare.len;
    memcpy(all, bare.at, bare.len);
    all[len++] = ',';
    memcpy(all + len, answer, m);
    len += m;
    all[len++] = ',';
    n = scram_client_final(&c, SPAN("ketchup"), span_at(answer, m), said, sizeof(said));
    if (!CHECK(n > 0 && scram_take_final(span_at(said, n), &final)))
        return;
    memcpy(all + len, final.without_proof.at, final.without_proof.len);
    len += final.without_proof.len;
    CHECK(scram_prove(&keys, span_at(all, len), final.proof, signature));
    CHECK(memcmp(signature, c.signature, sizeof(signature)) == 0);
}

TEST(scram_client_hears_what_is_none)
{
    static const char *const lines[] = {
        "",
        "r=" NONCE,
        "r=" NONCE ",s=" SALT,
        "r=" NONCE ",s=" SALT ",i=",
        "r=" NONCE ",s=" SALT ",i=4095",    /* RFC 7677 §4 */
        "r=" NONCE ",s=" SALT ",i=2000001", /* work without an end */
        "r=" NONCE ",s=" SALT ",i=99999999999999999999",
        "r=" NONCE ",s=" SALT ",i=4096x",
        "r=" NONCE ",s=,i=4096",
        "r=" NONCE ",s=W22,i=4096",
        "r=" OWN ",s=" SALT ",i=4096", /* nothing of the server's */
        "r=x" NONCE ",s=" SALT ",i=4096",
        "r=" OWN "\1,s=" SALT ",i=4096",
        "m=x,r=" NONCE ",s=" SALT ",i=4096",
        "s=" SALT ",r=" NONCE ",i=4096",
        "e=unknown-user",
    };
    char text[2048];
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct scram_client c;
        CHECK(begin(&c, SPAN("user"), text, sizeof(text)) > 0);
        CHECK_EQ_UINT(scram_client_final(&c, SPAN("pencil"), span_of(lines[i]), text,
                                         sizeof(text)),
                      0);
        CHECK(!scram_client_trusts(
            &c, SPAN("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")));
    }
}

TEST(scram_client_has_no_room)
{
    struct scram_client c;
    char text[2048], name[SCRAM_BARE_MAX];
    memset(name, ',', sizeof(name));
    CHECK_EQ_UINT(begin(&c, span_at(name, sizeof(name)), text, sizeof(text)), 0);
    CHECK_EQ_UINT(begin(&c, SPAN(""), text, sizeof(text)), 0);
    CHECK_EQ_UINT(begin(&c, SPAN("a\0b"), text, sizeof(text)), 0);
    CHECK_EQ_UINT(begin(&c, SPAN("user"), text, 20), 0);
    CHECK_EQ_UINT(begin(&c, SPAN("user"), text, sizeof(text)), 32);
    CHECK_EQ_UINT(scram_client_final(&c, SPAN("pencil"),
                                     SPAN("r=" NONCE ",s=" SALT ",i=4096"), text, 60),
                  0);
}
