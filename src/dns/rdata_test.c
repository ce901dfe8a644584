/* rdata_test - a record's data, as strangers send it. */
#include "dns/rdata.h"

#include "test/unit.h"

static int read_as(enum dns_kind kind, struct span rdata, char row[DNS_ROW_MAX])
{
    memset(row, 0, DNS_ROW_MAX);
    return rdata_read(kind, rdata, row);
}

#define READS(kind, rdata, row_)                                                       \
    do {                                                                               \
        int len_ = read_as(kind, SPAN(rdata), row);                                    \
        CHECK_EQ_INT(len_, (int)sizeof(row_) - 1);                                     \
        CHECK(span_is(span_at(row, sizeof(row_) - 1), SPAN(row_)));                    \
    } while (0)

TEST(rdata_reads)
{
    char row[DNS_ROW_MAX];
    READS(DNS_A, "\1\2\3\4", "\1\2\3\4");
    READS(DNS_AAAA, "0123456789abcdef", "0123456789abcdef");
    READS(DNS_MX, "\0\012\4mail\11hamburger\3edu\0", "\0\012mail.hamburger.edu");
    READS(DNS_MX, "\0\0\0", "\0\0"); /* the null MX, RFC 7505 §3 */
    READS(DNS_TXT, "\3abc\0\2de", "abcde");
    READS(DNS_TXT, "\0", "");
    READS(DNS_TLSA, "\3\1\1x", "\3\1\1x");
    READS(DNS_PTR, "\1a\1_\0", "a._");
    READS(DNS_CNAME, "\0", "");
}

TEST(rdata_refuses)
{
    char row[DNS_ROW_MAX];
    static const struct {
        enum dns_kind kind;
        struct span rdata;
    } rows[] = {
        { DNS_A, { "\1\2\3", 3 } },
        { DNS_A, { "\1\2\3\4\5", 5 } },
        { DNS_AAAA, { "\1\2\3\4", 4 } },
        { DNS_TLSA, { "\3\1\1", 3 } },
        { DNS_TXT, { "", 0 } },
        { DNS_TXT, { "\4abc", 4 } },        /* a string cut short */
        { DNS_PTR, { "", 0 } },             /* no end */
        { DNS_PTR, { "\1a", 2 } },          /* no end */
        { DNS_PTR, { "\2a\0", 3 } },        /* a label cut short */
        { DNS_PTR, { "\1a\0x", 4 } },       /* more behind it */
        { DNS_PTR, { "\300\014", 2 } },     /* compressed */
        { DNS_PTR, { "\3a.b\0", 5 } },      /* a dot within a label */
        { DNS_PTR, { "\3a\0b\0", 5 } },     /* NUL */
        { DNS_PTR, { "\3a b\0", 5 } },      /* a space */
        { DNS_PTR, { "\2\\a\0", 4 } },      /* would be an escape */
        { DNS_PTR, { "\2\303\251\0", 4 } }, /* no ASCII */
        { DNS_MX, { "\0", 1 } },
        { DNS_MX, { "\0\1", 2 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        CHECK_EQ_INT(read_as(rows[i].kind, rows[i].rdata, row), -1);
}

TEST(rdata_bounds_names_and_texts)
{
    static char long_text[17 * 256];
    char name[256], row[DNS_ROW_MAX];
    /* 63 + 63 + 63 + 61 and three dots: 253, the most */
    size_t len = 0;
    for (int i = 0; i < 4; i++) {
        int label = i < 3 ? 63 : 61;
        name[len++] = (char)label;
        memset(name + len, 'a', (size_t)label);
        len += (size_t)label;
    }
    name[len++] = '\0';
    CHECK_EQ_UINT(len, 255);
    CHECK_EQ_INT(read_as(DNS_PTR, span_at(name, len), row), DNS_NAME_MAX);
    name[192] = 62; /* one more octet than RFC 1035 §2.3.4 allows */
    name[254] = 'a';
    name[255] = '\0';
    CHECK_EQ_INT(read_as(DNS_PTR, span_at(name, 256), row), -1);

    for (size_t i = 0; i < sizeof long_text; i++)
        long_text[i] = i % 256 ? 'x' : (char)255;
    CHECK_EQ_INT(read_as(DNS_TXT, span_at(long_text, 16 * 256), row), 16 * 255);
    CHECK_EQ_INT(read_as(DNS_TXT, span_at(long_text, 17 * 256), row), -1);
}
