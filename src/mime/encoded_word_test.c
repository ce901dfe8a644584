#include "mime/encoded_word.h"

#include "mime/charset.h"
#include "test/unit.h"

#include <stdlib.h>

static void check(const char *text, const char *wanted)
{
    char octets[4096];
    struct out o = OUT(octets);
    charsets_open();
    encoded_words_decode(span_of(text), &o);
    unit_equal_span(out_span(&o), span_of(wanted), __FILE__, __LINE__, text);
    charsets_close();
}

TEST(encoded_words_of_rfc_2047)
{
    /* §8 */
    check("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>",
          "Keith Moore <moore@cs.utk.edu>");
    check("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld J\xc3\xb8rn Simonsen");
    check("=?ISO-8859-1?Q?Andr=E9?= Pirard", "Andr\xc3\xa9 Pirard");
    check("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= "
          "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
          "If you can read this you understand the example.");
    check("=?ISO-8859-1?Q?Olle_J=E4rnefors?=", "Olle J\xc3\xa4rnefors");
    check("=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=", "Patrik F\xc3\xa4ltstr\xc3\xb6m");
    check("=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=",
          "\xd7\x9d\xd7\x95\xd7\x9c\xd7\xa9 \xd7\x9f\xd7\x91 "
          "\xd7\x99\xd7\x9c\xd7\x98\xd7\xa4\xd7\xa0");
    check("(=?ISO-8859-1?Q?a?=)", "(a)");
    check("(=?ISO-8859-1?Q?a?= b)", "(a b)");
    check("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)");
    check("(=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=)", "(ab)");
    check("(=?ISO-8859-1?Q?a_b?=)", "(a b)");
    check("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)");
    /* RFC 2231 §5 */
    check("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore");
}

/* ATTACKS.md M05 */
TEST(m05_encoded_words_as_attacks)
{
    check("=?utf-8?q?unterminated", "=?utf-8?q?unterminated");
    check("=?utf-8?q?a?", "=?utf-8?q?a?");
    check("=?utf-8?x?a?=", "=?utf-8?x?a?=");
    check("=??q?a?=", "=??q?a?=");
    check("=?utf-8?q?\?=", "");
    check("=?utf-8?q?a=0D=0ABcc:_x=00y?=", "a  Bcc: xy");
    check("=?utf-8?b?YQ0KQmNjOiB4AHk=?=", "a  Bcc: xy");
    check("=?utf-8?q?=E2=82?= =?utf-8?q?=AC?=", "\xe2\x82\xac");
    check("=?utf-8?q?=E2=82?= x", "\xef\xbf\xbd\xef\xbf\xbd x");
    check("=?no-such?q?a=FFb?=", "a\xef\xbf\xbd"
                                 "b");
    check("=?utf-7?q?+ADw-script+AD4-?=", "+ADw-script+AD4-");
    /* a shift that is not taken back does not reach the next word */
    check("=?iso-2022-jp?b?GyRCJCI=?= =?us-ascii?q?abc?=", "\xe3\x81\x82"
                                                           "abc");
    check("=?iso-2022-jp?b?GyRCJCI=?= x =?iso-2022-jp?q?abc?=", "\xe3\x81\x82 x abc");
    check("raw \xff\xc3\xa9", "raw \xef\xbf\xbd\xc3\xa9");
}

static uint64_t steps_of(const char *unit, size_t n, size_t *len_r)
{
    size_t len = strlen(unit);
    char *text = malloc(n * len), octets[8192];
    struct out o = OUT(octets);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * len, unit, len);
    mime_steps = 0;
    encoded_words_decode(span_at(text, n * len), &o);
    *len_r = o.len;
    free(text);
    CHECK(mime_steps <= 50 * n * len);
    return mime_steps;
}

TEST(m05_encoded_words_are_bounded_and_linear)
{
    static const char *const units[] = { "=?utf-8?q?a?= ", "=?utf-8?q?a", "=?",   "=?a",
                                         "=?utf-8?q?",     "?=",          "=?\?", "a ",
                                         "=?a?q?=?",       "=?x?b?YQ?=" };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t len;
        uint64_t once = steps_of(units[i], 50000, &len);
        uint64_t twice = steps_of(units[i], 100000, &len);
        CHECK(twice * 10 <= once * 22);
        CHECK(len <= 8192);
    }
}
