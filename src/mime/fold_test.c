#include "mime/fold.h"

#include "mime/charset.h"
#include "test/unit.h"

#include <stdlib.h>

enum { LENGTH_MAX = 60, ROUNDS = 20000 };

/* The same, an octet at a time; of what is not ASCII only é (U+00E9), which is e. */
static void fold_slowly(struct span s, struct out *o)
{
    bool space = false, any = false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.at[i];
        if (c <= ' ' || c == 127) {
            space = any;
            continue;
        }
        if (space)
            out_put(o, ' ');
        space = false;
        any = true;
        if (c == 0xc3)
            c = 'e', i++;
        out_put(o, (char)(c >= 'A' && c <= 'Z' ? c + 32 : c));
    }
}

static struct span make_text(unsigned *seed, char *text)
{
    static const char *const pieces[] = {
        "a", "Z", "@", "[", "`", "{", "0", "~", "!",    "word", "WORDS",      " ",
        " ", " ", " ", "x", "y", "z", "Q", ".", "\r\n", "\x7f", "\xc3\xa9",   "\t",
        "A", "B", "C", "d", "e", "f", "g", "h", "-",    ",",    "longerword", "\n",
    };
    size_t len = 0, wanted = (size_t)rand_r(seed) % (LENGTH_MAX - 16);
    while (len < wanted) {
        struct span piece =
            span_of(pieces[(size_t)rand_r(seed) % (sizeof pieces / sizeof *pieces)]);
        memcpy(text + len, piece.at, piece.len);
        len += piece.len;
    }
    return span_at(text, len);
}

TEST(fold_in_words_is_fold_in_octets)
{
    unsigned seed = 4;
    for (int i = 0; i < ROUNDS; i++) {
        char text[LENGTH_MAX], fast[LENGTH_MAX], slow[LENGTH_MAX];
        struct span s = make_text(&seed, text);
        struct out a = { .at = fast, .max = (size_t)rand_r(&seed) % LENGTH_MAX };
        struct out b = { .at = slow, .max = a.max };
        if (i % 2) { /* behind something */
            out_put(&a, ':');
            out_put(&b, ':');
        }
        fold(s, &a);
        fold_slowly(s, &b);
        CHECK_EQ_UINT(a.len, b.len);
        CHECK_EQ_UINT(a.wanted, b.wanted);
        if (!CHECK(span_is(out_span(&a), out_span(&b))))
            return;
    }
}

TEST(fold_writes_nothing_past_its_room)
{
    char octets[64];
    struct span s = SPAN("One Two Three Four Five Six Seven Eight Nine Ten");
    for (size_t max = 0; max <= s.len; max++) {
        struct out o = { .at = octets, .max = max };
        memset(octets, '#', sizeof octets);
        fold(s, &o);
        CHECK_EQ_UINT(o.len, max);
        CHECK_EQ_UINT(o.wanted, s.len);
        CHECK_EQ_INT(octets[max], '#');
    }
}
