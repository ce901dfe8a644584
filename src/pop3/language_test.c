/* Every reply that is written in the room's sources, in every language. */
#include "pop3/session.h"

#include "test/unit.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>

enum { ENGLISH, GERMAN, FRENCH, LANGUAGES };

/* These have no words, or are said before a client can choose. */
static bool is_for_all(struct span text)
{
    static const char *const texts[] = {
        "+OK",
        "+OK ",
        "-ERR ",
        "+OK %s %s",
        "+OK %s POP3 server ready",
        "+OK %" PRIu64 " %" PRIu64,
        "-ERR [SYS/TEMP] too many connections, try again later",
        "-ERR [SYS/TEMP] too many connections from your network, try again later",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (span_is(span_of(texts[i]), text))
            return true;
    return false;
}

/* The string literal that begins here, with what PRIu64 joins to it. */
static size_t take_literal(struct span source, char *text_r, size_t size)
{
    size_t len = 0;

    source = span_skip(source, 1);
    for (;;) {
        size_t n = span_find(source, '"');
        if (len + n + sizeof PRIu64 > size || n == source.len)
            return 0;
        memcpy(text_r + len, source.at, n);
        len += n;
        text_r[len] = '\0';
        source = span_skip(source, n + 1);
        if (!span_take(&source, SPAN(" PRIu64")))
            return len;
        memcpy(text_r + len, PRIu64, sizeof PRIu64);
        len += sizeof PRIu64 - 1;
        if (!span_take(&source, SPAN(" \"")))
            return len;
    }
}

/* What vprintf would take: the conversions, in their order. */
static void conversions_of(const char *text, char *conversions_r)
{
    for (; *text; text++)
        if (*text == '%')
            for (text++; strchr("zlsu", *text); text++)
                *conversions_r++ = *text;
    *conversions_r = '\0';
}

/* "-ERR [SYS/TEMP]": what a client reads, and no person. */
static struct span status_of(const char *text)
{
    struct span all = span_of(text);
    size_t bracket = span_find(all, ']'), space = span_find(all, ' ');
    return span_first(all, bracket < all.len ? bracket + 1 : space);
}

static void check_text(const char *path, const char *english)
{
    char wanted[64], got[64];

    for (unsigned i = GERMAN; i < LANGUAGES; i++) {
        const char *text = pop3_text(i, english);
        if (!CHECK(text != english)) {
            printf("%s: \"%s\" has no other language\n", path, english);
            return;
        }
        conversions_of(english, wanted);
        conversions_of(text, got);
        CHECK(span_is(span_of(got), span_of(wanted)));
        CHECK(span_is(status_of(text), status_of(english)));
        CHECK(strlen(text) + DOMAIN_OCTETS_MAX < POP3_REPLY_MAX);
    }
}

static int check_source(const char *path)
{
    static char source[64 << 10];
    char text[256];
    int texts = 0;
    FILE *file = fopen(path, "re");
    if (!CHECK(file != NULL))
        return 0;
    size_t size = fread(source, 1, sizeof source - 1, file);
    fclose(file);
    source[size] = '\0';
    for (const char *at = source; (at = strchr(at, '"')) != NULL; at++) {
        struct span rest = span_at(at, size - (size_t)(at - source));
        if (!span_starts_nocase(rest, SPAN("\"+OK")) &&
            !span_starts_nocase(rest, SPAN("\"-ERR")))
            continue;
        size_t len = take_literal(rest, text, sizeof text);
        if (CHECK(len > 0) && !is_for_all(span_at(text, len))) {
            check_text(path, text);
            texts++;
        }
    }
    return texts;
}

TEST(pop3_language_knows_every_reply)
{
    glob_t found;
    int texts = 0;

    if (!CHECK(glob("src/pop3/*.c", 0, NULL, &found) == 0))
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        if (!strstr(path, "_test.c") && !strstr(path, "_fuzz.c") &&
            !strstr(path, "/language.c"))
            texts += check_source(path);
    }
    globfree(&found);
    CHECK(texts > 20);
}

TEST(pop3_language_leaves_english_alone)
{
    static const char text[] = "-ERR no such message";
    CHECK(pop3_text(ENGLISH, text) == text);
}
