#include "imap/mailbox_name.h"

#include "test/unit.h"

#include "config/limits.h"

static struct span utf8_of(struct span utf7, struct buf *b)
{
    buf_clear(b);
    if (!mailbox_name_of_utf7(utf7, b)) {
        buf_clear(b);
        buf_put(b, SPAN("?"));
    }
    return buf_span(b);
}

static struct span utf7_of(struct span utf8, struct buf *b)
{
    buf_clear(b);
    CHECK_EQ_INT(mailbox_name_to_utf7(utf8, b), 0);
    return buf_span(b);
}

TEST(mailbox_names_in_modified_utf_7)
{
    struct buf b = { .max = 1000 };
    struct {
        const char *utf8, *utf7;
    } names[] = {
        /* RFC 3501 §5.1.3's own */
        { "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/"
          "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
          "~peter/mail/&U,BTFw-/&ZeVnLIqe-" },
        { "Entw\xc3\xbcrfe", "Entw&APw-rfe" },
        { "Tom & Jerry", "Tom &- Jerry" },
        { "&\xc3\xbc&", "&-&APw-&-" },
        { "\xf0\x9f\x93\xa7", "&2D3c5w-" },
        { "", "" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        CHECK(span_is(utf8_of(span_of(names[i].utf7), &b), span_of(names[i].utf8)));
        CHECK(span_is(utf7_of(span_of(names[i].utf8), &b), span_of(names[i].utf7)));
    }
    buf_free(&b);
}

TEST(one_name_has_one_form_I06)
{
    static const char *const wrong[] = {
        "&",                  /* not ended */
        "&APw",               /* nor this one */
        "&AA-",               /* half a unit */
        "&AAA-",              /* U+0000 */
        "&ADw-",              /* "<", which stands for itself */
        "&Jjo",               /* RFC 3501 §5.1.3's unterminated example */
        "&Jjo!",              /* and the other */
        "&U,BTFw-&ZeVnLIqe-", /* "superfluous shift", §5.1.3 */
        "&APx-",              /* bits left over */
        "&AP w-",             /* no digit */
        "&2D0-",              /* half of a pair */
        "&3Oc-",              /* the other half */
        "&2D0AYQ-",           /* a pair that is none */
        "Entw\xc3\xbcrfe",    /* not encoded */
        "&AIA-",              /* a control */
        "a\tb",
    };
    struct buf b = { .max = 1000 };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (!CHECK_SPAN(utf8_of(span_of(wrong[i]), &b), "?"))
            CHECK_STR(wrong[i], "");
    buf_free(&b);
}
