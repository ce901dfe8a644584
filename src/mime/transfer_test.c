/* transfer - M06: every encoding is undone in one way, whatever the pieces. */
#include "mime/transfer.h"
#include "test/unit.h"

/* Octet by octet, and by more: what is left comes again before the next. */
static void check_pieces(enum record_encoding encoding, const char *from,
                         const char *to, bool sound)
{
    struct span s = span_of(from);
    for (size_t piece = 1; piece < 9; piece++) {
        char octets[256];
        struct out o = OUT(octets);
        struct transfer t = { .encoding = encoding };
        size_t begin = 0;
        for (size_t end = 0; begin < s.len || end == 0;) {
            end = end + piece < s.len ? end + piece : s.len;
            begin +=
                transfer_take(&t, span_at(s.at + begin, end - begin), end == s.len, &o);
            if (end == s.len)
                break;
        }
        CHECK_EQ_UINT(begin, s.len);
        unit_equal_span(out_span(&o), span_of(to), __FILE__, __LINE__, from);
        unit_equal_uint(!t.broken, sound, __FILE__, __LINE__, from);
    }
}

static void check_transfer(enum record_encoding encoding, const char *from,
                           const char *to, bool sound)
{
    char octets[256];
    struct out o = OUT(octets), measure = { 0 };
    bool was_sound = transfer_decode(encoding, span_of(from), &o);
    unit_equal_span(out_span(&o), span_of(to), __FILE__, __LINE__, from);
    unit_equal_uint(was_sound, sound, __FILE__, __LINE__, from);
    transfer_decode(encoding, span_of(from), &measure);
    CHECK_EQ_UINT(measure.wanted, o.len);
    check_pieces(encoding, from, to, sound);
}

/* ATTACKS.md M06 */
TEST(m06_base64_is_decoded_in_one_way)
{
    enum record_encoding e = RECORD_BASE64;
    check_transfer(e, "aGVsbG8gd29ybGQ=\r\n", "hello world", true);
    check_transfer(e, "aGVs\r\nbG8=", "hello", true);
    check_transfer(e, "", "", true);
    check_transfer(e, "aGVsb", "hel", false);
    check_transfer(e, "aGVsbG8", "hello", false);
    check_transfer(e, "aG*Vs", "hel", false);
    check_transfer(e, "aA==aA==", "hh", false);
    check_transfer(e, "==QUFB", "AAA", false);
    check_transfer(e, "aA==\r\n", "h", true);
    check_transfer(e, "aA=\r\n=", "h", true);
    check_transfer(e, "aA=", "h", false);
    check_transfer(e, "aGVsbG8==", "hello", false);
    check_transfer(e, "=", "", false);
}

TEST(m06_quoted_printable_is_decoded_in_one_way)
{
    enum record_encoding e = RECORD_QUOTED_PRINTABLE;
    check_transfer(e, "Now's the time =\r\nfor all folk to come=\r\n to the aid",
                   "Now's the time for all folk to come to the aid", true);
    check_transfer(e, "caf=C3=A9 =e2=82=ac", "caf\xc3\xa9 \xe2\x82\xac", true);
    check_transfer(e, "a  \t\r\nb \n c ", "a\r\nb\n c", true);
    check_transfer(e, "a= \t\r\nb=\nc=", "abc", true);
    check_transfer(e, "a=G1=4 =", "a=G1=4 ", false);
    check_transfer(e, "=3D=20\r\n", "= \r\n", true);
}
