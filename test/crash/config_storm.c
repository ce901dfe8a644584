/*
 * config_storm - T09: random and mutated configuration files, very many.
 *
 *     config_storm COUNT [SEED]
 *
 * Each is either taken, and then the block is sound, or refused with a line of the file
 * and words that a terminal may show.
 */
#include "config/settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROOM = 4096 };

static const char good[] =
    "# a site\n"
    "hostname = mail.example.org\n"
    "listen smtp { address = 0.0.0.0  port = 25 }\n"
    "listen pop3 {\n    address = \"::\"\n    port = 110\n}\n"
    "message_size = 20M /* octets */\n"
    "plaintext_login = loopback // from here\n"
    "source { sessions = 7  network_sessions = 9  exempt = { 10.0.0.0/8, \"::1\" } }\n"
    "login_seconds = 9\nmx_copies = 2\n";

static const char *const pieces[] = {
    "{",         "}",
    "=",         "+=",
    "\"",        "'",
    "\n",        "#",
    "/*",        "*/",
    "//",        "\\",
    "${HOME}",   "\xff\xfe",
    "\x1b[",     "listen",
    "smtp",      "source",
    "exempt",    "sessions",
    "port = 99", "include(\"/etc/passwd\")",
    ",",         "(",
    ")",         "9999999999999999999999",
    "-1",        "0x10",
    "1e9",
};

static uint64_t state;

static uint32_t any(uint32_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32) % below;
}

static size_t put(char *text, size_t len, size_t at, const char *more, size_t n)
{
    if (len + n > ROOM)
        return len;
    memmove(text + at + n, text + at, len - at);
    memcpy(text + at, more, n);
    return len + n;
}

static size_t mutate(char *text, size_t len)
{
    size_t at = any((uint32_t)len + 1), n = any(12);
    char octet = (char)any(256);
    const char *piece = pieces[any(sizeof pieces / sizeof *pieces)];
    switch (any(5)) {
    case 0:
        return put(text, len, at, piece, strlen(piece));
    case 1:
        return put(text, len, at, &octet, 1);
    case 2:
        n = n < len - at ? n : len - at;
        memmove(text + at, text + at + n, len - at - n);
        return len - n;
    case 3:
        return put(text, len, at, good + any(sizeof good - 20), n);
    default:
        if (at < len)
            text[at] ^= (char)(1U << any(8));
        return len;
    }
}

static size_t compose(char *text)
{
    size_t len = 0;
    if (any(8) == 0) { /* noise, or our words in any order */
        size_t most = any(300);
        bool words = any(2);
        while (len < most) {
            char octet = (char)any(256);
            const char *piece = pieces[any(sizeof pieces / sizeof *pieces)];
            len = words ? put(text, len, len, piece, strlen(piece))
                        : put(text, len, len, &octet, 1);
        }
        return len;
    }
    memcpy(text, good, len = sizeof good - 1);
    for (unsigned i = any(6); i > 0; i--)
        len = mutate(text, len);
    return len;
}

/* "f:LINE: words", the line one of the file's. */
static bool names_a_line(const char *error, struct span text)
{
    struct span rest = span_of(error);
    uint64_t line, lines = 1;
    for (size_t i = 0; i < text.len; i++)
        lines += text.at[i] == '\n';
    return span_take(&rest, SPAN("f:")) && span_take_number(&rest, lines, &line) &&
           line > 0 && span_take(&rest, SPAN(": ")) && rest.len > 0;
}

int main(int argc, char **argv)
{
    static char text[ROOM];
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    state = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    printf("T09: %ld files, seed %llu\n", count, (unsigned long long)state);
    state = state * 0x9e3779b97f4a7c15U | 1;
    long taken = 0, refused = 0, failed = 0;
    for (long i = 0; i < count; i++) {
        struct settings s;
        char error[256] = "";
        struct span file = span_at(text, compose(text));
        int result = settings_parse("f", file, &s, error, sizeof error);
        bool fine = result == 0         ? settings_are_sound(&s)
                    : result == -EINVAL ? names_a_line(error, file)
                                        : false;
        taken += result == 0;
        refused += result != 0;
        if (!fine && failed++ < 5)
            printf("T09 FAILED: %d '%s' for:\n%.*s\n----\n", result, error,
                   SPAN_ARG(file));
    }
    printf("T09: %ld taken, %ld refused\n", taken, refused);
    failed += taken == 0 || refused == 0;
    printf("%ld passed, %ld failed\n", taken + refused - (failed > 0), failed);
    return failed != 0;
}
