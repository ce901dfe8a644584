#include "mime/charset.h"

#include <errno.h>
#include <iconv.h>

enum charset_kind { UTF_8, WINDOWS_1252, UTF_16, ICONV };

struct charset {
    enum charset_kind kind;
    const char *iconv_name;
    const char *names; /* lower case, one space between */
};

/* IANA's names and those that mail has; https://encoding.spec.whatwg.org/#names-and-labels
 * joins many of them. */
/* clang-format off */
static const struct charset charsets[] = {
    { UTF_8,        NULL,            "utf-8 us-ascii utf8 ascii ansi_x3.4-1968 unicode-1-1-utf-8" },
    { WINDOWS_1252, NULL,            "iso-8859-1 windows-1252 latin1 iso8859-1 iso_8859-1 cp1252 l1" },
    { ICONV, "ISO-8859-2",   "iso-8859-2 latin2 iso8859-2" },
    { ICONV, "ISO-8859-3",   "iso-8859-3 latin3" },
    { ICONV, "ISO-8859-4",   "iso-8859-4 latin4" },
    { ICONV, "ISO-8859-5",   "iso-8859-5" },
    { ICONV, "ISO-8859-6",   "iso-8859-6" },
    { ICONV, "ISO-8859-7",   "iso-8859-7" },
    { ICONV, "ISO-8859-8",   "iso-8859-8 iso-8859-8-i iso-8859-8-e" },
    { ICONV, "WINDOWS-1254", "iso-8859-9 windows-1254 latin5 cp1254" },
    { ICONV, "ISO-8859-10",  "iso-8859-10 latin6" },
    { ICONV, "ISO-8859-13",  "iso-8859-13" },
    { ICONV, "ISO-8859-14",  "iso-8859-14" },
    { ICONV, "ISO-8859-15",  "iso-8859-15 latin9 latin-9 iso8859-15" },
    { ICONV, "ISO-8859-16",  "iso-8859-16" },
    { ICONV, "WINDOWS-1250", "windows-1250 cp1250" },
    { ICONV, "WINDOWS-1251", "windows-1251 cp1251" },
    { ICONV, "WINDOWS-1253", "windows-1253 cp1253" },
    { ICONV, "WINDOWS-1255", "windows-1255 cp1255" },
    { ICONV, "WINDOWS-1256", "windows-1256 cp1256" },
    { ICONV, "WINDOWS-1257", "windows-1257 cp1257" },
    { ICONV, "WINDOWS-1258", "windows-1258 cp1258" },
    { ICONV, "KOI8-R",       "koi8-r" },
    { ICONV, "KOI8-U",       "koi8-u" },
    { ICONV, "IBM866",       "ibm866 cp866" },
    { ICONV, "IBM850",       "ibm850 cp850" },
    { ICONV, "IBM437",       "ibm437 cp437" },
    { ICONV, "MACINTOSH",    "macintosh x-mac-roman" },
    { ICONV, "TIS-620",      "tis-620 windows-874 iso-8859-11" },
    { ICONV, "GB18030",      "gb18030 gbk gb2312 gb_2312-80 cp936 x-gbk euc-cn" },
    { ICONV, "BIG5-HKSCS",   "big5 big5-hkscs cn-big5" },
    { ICONV, "EUC-TW",       "euc-tw" },
    { ICONV, "CP932",        "shift_jis shift-jis sjis x-sjis windows-31j cp932 ms_kanji" },
    { ICONV, "EUC-JP",       "euc-jp x-euc-jp" },
    { ICONV, "ISO-2022-JP-2", "iso-2022-jp iso-2022-jp-2 iso-2022-jp-1 csiso2022jp" },
    { ICONV, "UHC",          "euc-kr ks_c_5601-1987 ksc5601 cp949 windows-949 uhc" },
    { ICONV, "ISO-2022-KR",  "iso-2022-kr" },
    { UTF_16,       NULL,            "utf-16" },
    { ICONV, "UTF-16LE",     "utf-16le" },
    { ICONV, "UTF-16BE",     "utf-16be" },
};
/* clang-format on */

enum { CHARSETS = sizeof charsets / sizeof *charsets };

static iconv_t converters[CHARSETS];
static bool is_open[CHARSETS];

size_t charsets_open(void)
{
    size_t count = 0;
    for (size_t i = 0; i < CHARSETS; i++) {
        if (charsets[i].kind == ICONV && !is_open[i]) {
            converters[i] = iconv_open("UTF-8", charsets[i].iconv_name);
            is_open[i] = converters[i] != (iconv_t)-1;
        }
        count += charsets[i].kind != ICONV || is_open[i];
    }
    return count;
}

void charsets_close(void)
{
    for (size_t i = 0; i < CHARSETS; i++) {
        if (is_open[i])
            iconv_close(converters[i]);
        is_open[i] = false;
    }
}

/* ---- names */

static bool is_among(const char *names, struct span name)
{
    struct span rest = span_of(names);
    while (rest.len > 0) {
        size_t n = 0;
        while (n < rest.len && rest.at[n] != ' ')
            n++;
        if (span_is_nocase(span_first(rest, n), name))
            return true;
        rest = span_skip(rest, n < rest.len ? n + 1 : n);
    }
    return false;
}

const struct charset *charset_find(struct span name)
{
    for (size_t i = 0; i < CHARSETS; i++)
        if (is_among(charsets[i].names, name))
            return charsets[i].kind != ICONV || is_open[i] ? &charsets[i] : NULL;
    return NULL;
}

bool charset_is_utf8(const struct charset *c)
{
    return c && c->kind == UTF_8;
}

/* ---- UTF-8, RFC 3629 §4 */

static bool is_tail(struct span s, size_t count)
{
    if (s.len <= count)
        return false;
    for (size_t i = 1; i <= count; i++)
        if (((unsigned char)s.at[i] & 0xc0) != 0x80)
            return false;
    return true;
}

uint32_t utf8_take(struct span *s)
{
    static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
    unsigned char lead = (unsigned char)s->at[0];
    size_t tail = lead < 0xc0 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t c = lead < 0x80 ? lead : lead & (0x3fu >> tail);
    bool valid = lead < 0x80 || (lead >= 0xc2 && lead <= 0xf4 && is_tail(*s, tail));
    for (size_t i = 1; i <= tail && valid; i++)
        c = c << 6 | ((unsigned char)s->at[i] & 0x3f);
    if (c < least[tail] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        valid = false;
    *s = span_skip(*s, valid ? tail + 1 : 1);
    return valid ? c : 0xfffd;
}

static void copy_utf8(struct span text, struct out *o)
{
    while (text.len > 0 && o->len < o->max) {
        if ((unsigned char)text.at[0] < 0x80) {
            out_put(o, text.at[0]);
            text = span_skip(text, 1);
        } else {
            out_put_character(o, utf8_take(&text));
        }
    }
    o->wanted += text.len;
}

static bool is_control(uint32_t c)
{
    return c < ' ' || (c >= 127 && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

void utf8_clean(struct span text, struct out *o)
{
    steps(text.len);
    while (text.len > 0) {
        uint32_t c = utf8_take(&text);
        if (!is_control(c))
            out_put_character(o, c);
        else if (c == '\t' || c == '\n' || c == '\r' || c > 0x2000)
            out_put(o, ' ');
    }
}

bool utf8_is_plain(struct span text)
{
    steps(text.len);
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < ' ' || (unsigned char)text.at[i] >= 127)
            return false;
    return true;
}

/* ---- conversion */

static void copy_windows_1252(struct span octets, struct out *o)
{
    static const uint16_t c1[32] = {
        0x20ac, 0xfffd, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
        0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0xfffd, 0x017d, 0xfffd,
        0xfffd, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
        0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0xfffd, 0x017e, 0x0178,
    };
    for (size_t i = 0; i < octets.len; i++) {
        unsigned char c = (unsigned char)octets.at[i];
        out_put_character(o, c >= 0x80 && c < 0xa0 ? c1[c - 0x80] : c);
    }
}

static void copy_ascii(struct span octets, struct out *o)
{
    for (size_t i = 0; i < octets.len; i++) {
        unsigned char c = (unsigned char)octets.at[i];
        out_put_character(o, c < 0x80 ? c : 0xfffd);
    }
}

/* iconv's word on what is left: go on behind one octet, or not. */
static bool skip_wrong(int error, char **at, size_t *left, struct out *o)
{
    if (error == E2BIG)
        return true;
    out_put_character(o, 0xfffd);
    if (error != EILSEQ || *left == 0)
        return false;
    ++*at;
    --*left;
    return true;
}

static void copy_iconv(iconv_t converter, struct span octets, struct out *o)
{
    SCRATCH char chunk[1024];
    char *at = (char *)(uintptr_t)octets.at;
    size_t left = octets.len;
    bool more = true;
    iconv(converter, NULL, NULL, NULL, NULL);
    while (more && o->len < o->max) {
        char *to = chunk;
        size_t room = sizeof chunk;
        errno = 0;
        size_t result = left > 0 ? iconv(converter, &at, &left, &to, &room)
                                 : iconv(converter, NULL, NULL, &to, &room);
        int error = errno;
        more = left > 0 || result == (size_t)-1;
        copy_utf8(span_at(chunk, sizeof chunk - room), o);
        if (result == (size_t)-1 && !skip_wrong(error, &at, &left, o))
            more = false;
    }
    o->wanted += left;
}

/* RFC 2781 §4.3: as the mark says, else big-endian.  (glibc's UTF-16 remembers the mark
 * of the text before.) */
static const struct charset *order_of(struct span *octets)
{
    bool little = span_take(octets, SPAN("\xff\xfe"));
    if (!little)
        span_take(octets, SPAN("\xfe\xff"));
    return charset_find(little ? SPAN("utf-16le") : SPAN("utf-16be"));
}

void charset_to_utf8(const struct charset *c, struct span octets, struct out *o)
{
    steps(octets.len);
    if (c && c->kind == UTF_16)
        c = order_of(&octets);
    if (!c)
        copy_ascii(octets, o);
    else if (c->kind == UTF_8)
        copy_utf8(octets, o);
    else if (c->kind == WINDOWS_1252)
        copy_windows_1252(octets, o);
    else
        copy_iconv(converters[c - charsets], octets, o);
}
