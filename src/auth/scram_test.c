/* scram_test - the examples of RFC 7677 §3 and RFC 5802 §5, and what is none (A14). */
#include "auth/scram.h"

#include "test/unit.h"

#include <stdio.h>

#define CLIENT_NONCE  "rOprNGfwEbeRWgbNEkqO"
#define SERVER_NONCE  "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define BARE          "n=user,r=" CLIENT_NONCE
#define SERVER_FIRST  "r=" CLIENT_NONCE SERVER_NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define WITHOUT_PROOF "c=biws,r=" CLIENT_NONCE SERVER_NONCE
#define PROOF         "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SIGNATURE     "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static bool derive(struct scram_secret *keys, struct span password)
{
    size_t len;
    keys->iterations = 4096;
    return CHECK(base64_decode(SPAN("W22ZaJ0SNY7soEsUEjb6gQ=="), (char *)keys->salt,
                               sizeof keys->salt, &len)) &&
           CHECK_EQ_UINT(len, sizeof keys->salt) && CHECK(scram_derive(password, keys));
}

TEST(scram_exchange_of_rfc_7677)
{
    struct scram_secret keys;
    struct scram_first first;
    struct scram_final final;
    uint8_t signature[SCRAM_KEY_OCTETS];
    char text[SCRAM_SERVER_FIRST_SIZE];
    CHECK(scram_take_first(SPAN("n,," BARE), &first));
    CHECK_EQ_INT(first.binding, 'n');
    CHECK_SPAN(first.gs2_header, "n,,");
    CHECK_SPAN(first.authzid, "");
    CHECK_SPAN(first.bare, BARE);
    CHECK_SPAN(first.username, "user");
    CHECK_SPAN(first.nonce, CLIENT_NONCE);
    CHECK(scram_take_final(SPAN(WITHOUT_PROOF ",p=" PROOF), &final));
    CHECK_SPAN(final.without_proof, WITHOUT_PROOF);
    CHECK_SPAN(final.binding, "biws");
    CHECK_SPAN(final.nonce, CLIENT_NONCE SERVER_NONCE);
    if (!derive(&keys, SPAN("pencil")))
        return;
    size_t len =
        scram_server_first(&keys, first.nonce, SPAN(SERVER_NONCE), text, sizeof text);
    CHECK_SPAN(span_at(text, len), SERVER_FIRST);
    CHECK(scram_prove(&keys, SPAN(BARE "," SERVER_FIRST "," WITHOUT_PROOF), final.proof,
                      signature));
    base64_encode(span_at(signature, sizeof signature), text);
    CHECK_STR(text, SIGNATURE);
}

TEST(scram_proof_that_is_none)
{
    static const struct span messages[] = {
        { BARE "," SERVER_FIRST "," WITHOUT_PROOF,
          sizeof(BARE "," SERVER_FIRST "," WITHOUT_PROOF) - 1 },
        { "n=User,r=" CLIENT_NONCE "," SERVER_FIRST "," WITHOUT_PROOF,
          sizeof("n=User,r=" CLIENT_NONCE "," SERVER_FIRST "," WITHOUT_PROOF) - 1 },
        { BARE "," SERVER_FIRST ",c=eSws,r=" CLIENT_NONCE SERVER_NONCE,
          sizeof(BARE "," SERVER_FIRST ",c=eSws,r=" CLIENT_NONCE SERVER_NONCE) - 1 },
        { "", sizeof("") - 1 },
    };
    struct scram_secret keys;
    struct scram_final final;
    uint8_t signature[SCRAM_KEY_OCTETS];
    CHECK(scram_take_final(SPAN(WITHOUT_PROOF ",p=" PROOF), &final));
    if (!derive(&keys, SPAN("pencil")))
        return;
    CHECK(scram_prove(&keys, messages[0], final.proof, signature));
    for (size_t i = 1; i < sizeof messages / sizeof *messages; i++)
        CHECK(!scram_prove(&keys, messages[i], final.proof, signature));
    for (size_t bit = 0; bit < 8 * sizeof final.proof; bit++) {
        final.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
        CHECK(!scram_prove(&keys, messages[0], final.proof, signature));
        final.proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    if (derive(&keys, SPAN("Pencil")))
        CHECK(!scram_prove(&keys, messages[0], final.proof, signature));
}

/* clang-format off */
static const struct { const char *message; char binding; const char *header, *cb_name,
    *authzid, *username, *nonce; } firsts[] = {
    /* RFC 5802 §5 */
    { "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", 'n', "n,,", "", "", "user", "fyko+d2lbbFgONRv9qkxdawL" },
    /* §6 and §7 */
    { "y,,n=user,r=x", 'y', "y,,", "", "", "user", "x" },
    { "p=tls-exporter,,n=user,r=x", 'p', "p=tls-exporter,,", "tls-exporter", "", "user", "x" },
    { "p=tls-server-end-point,a=bob,n=bob,r=x", 'p', "p=tls-server-end-point,a=bob,", "tls-server-end-point", "bob", "bob", "x" },
    { "n,a=a=2Cb,n=a=2Cb=3Dc,r=x", 'n', "n,a=a=2Cb,", "", "a=2Cb", "a=2Cb=3Dc", "x" },
    { "n,,n=user,r=x,a=b,Z==,x=y=z", 'n', "n,,", "", "", "user", "x" },
    { "n,,n=\xc3\xa9t\xc3\xa9,r=~!", 'n', "n,,", "", "", "\xc3\xa9t\xc3\xa9", "~!" },
};

static const char *const bad_firsts[] = {
    "", "n", "n,", "n,,", "n,,n=", "n,,n=user", "n,,n=user,", "n,,n=user,r=", "n,,r=x,n=user",
    "x,,n=user,r=x", "N,,n=user,r=x", "nn,,n=user,r=x", "p,,n=user,r=x", "p=,,n=user,r=x",
    "p=tls_exporter,,n=user,r=x", "p=a b,,n=user,r=x", "p=tls-exporter,n=user,r=x",
    "n,n=user,r=x", "n,a=,n=user,r=x", "n,b=bob,n=user,r=x", "n,a==,n=user,r=x",
    "n,,m=must,n=user,r=x", "n,,n=user,r=x,m=must", "n,,n=us=er,r=x", "n,,n=user=2,r=x",
    "n,,n=user=2c,r=x", "n,,n=user,r=x y", "n,,n=user,r=\xc3\xa9", "n,,n=user,r=x,",
    "n,,n=user,r=x,1=y", "n,,n=user,r=x,ab", "n,,n=user,r=x,a=", " n,,n=user,r=x",
    "n,,n=user,,r=x",
};

static const char *const bad_finals[] = {
    "", "p=" PROOF, ",p=" PROOF, "c=biws,p=" PROOF, "r=x,p=" PROOF, "r=x,c=biws,p=" PROOF,
    "c=,r=x,p=" PROOF, "c=biws,r=,p=" PROOF, "c=biws,r=x", "c=biws,r=x,", "c=biws,r=x,p=",
    "c=biws,r=x,p=AAAA", "c=biws,r=x,p=" PROOF "A", "c=biws,r=x,p=" PROOF "AAAA",
    "c=biws,r=x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=",
    "c=biws,r=x,p=" PROOF ",a=b", "c=biws,r=x,m=y,p=" PROOF, "c=biws,r=x,a,p=" PROOF,
    "C=biws,r=x,p=" PROOF, "c=biws r=x,p=" PROOF, "c=biws,r=\x7f,p=" PROOF,
};
/* clang-format on */

TEST(scram_first_messages)
{
    struct scram_first f;
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        CHECK(scram_take_first(span_of(firsts[i].message), &f));
        CHECK_EQ_INT(f.binding, firsts[i].binding);
        CHECK(span_is(f.gs2_header, span_of(firsts[i].header)));
        CHECK(span_is(f.cb_name, span_of(firsts[i].cb_name)));
        CHECK(span_is(f.authzid, span_of(firsts[i].authzid)));
        CHECK(span_is(f.username, span_of(firsts[i].username)));
        CHECK(span_is(f.nonce, span_of(firsts[i].nonce)));
        CHECK(span_is(f.bare, span_of(firsts[i].message + f.gs2_header.len)));
    }
}

TEST(scram_messages_that_are_none)
{
    struct scram_first first;
    struct scram_final final;
    for (size_t i = 0; i < sizeof bad_firsts / sizeof *bad_firsts; i++)
        if (!CHECK(!scram_take_first(span_of(bad_firsts[i]), &first)))
            printf("  %s\n", bad_firsts[i]);
    CHECK(!scram_take_first(SPAN("n,,n=us\0er,r=x"), &first));
    CHECK(!scram_take_first(SPAN("n,,n=user,r=x,a=\0"), &first));
    for (size_t i = 0; i < sizeof bad_finals / sizeof *bad_finals; i++)
        if (!CHECK(!scram_take_final(span_of(bad_finals[i]), &final)))
            printf("  %s\n", bad_finals[i]);
    CHECK(scram_take_final(SPAN("c=biws,r=x,a=b,p=" PROOF), &final));
}

TEST(scram_names_are_unescaped)
{
    char name[8];
    size_t len = 0;
    CHECK(scram_unescape(SPAN("a=2Cb=3Dc"), name, sizeof name, &len));
    CHECK_SPAN(span_at(name, len), "a,b=c");
    CHECK(!scram_unescape(SPAN("a=2cb"), name, sizeof name, &len));
    CHECK(!scram_unescape(SPAN("a="), name, sizeof name, &len));
    CHECK(!scram_unescape(SPAN("a=2"), name, sizeof name, &len));
    CHECK(scram_unescape(SPAN("12345678"), name, sizeof name, &len) && len == 8);
    CHECK(!scram_unescape(SPAN("123456789"), name, sizeof name, &len));
}
