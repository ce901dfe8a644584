/* RFC 959 §4.2, §5.4 and appendix II, RFC 2428, RFC 2389. */
#include "ftp/reply_read.h"

#include "config/limits.h"
#include "test/unit.h"

#include <stdlib.h>

/* Reads `lines`, ended by LF each; the last step. */
static enum reply_step read_all(struct reply *r, const char *lines)
{
    enum reply_step step = REPLY_BROKEN;
    *r = (struct reply){ .text.max = FTP_REPLY_KEPT_MAX };
    for (struct span rest = span_of(lines); rest.len > 0;) {
        size_t end = span_find(rest, '\n');
        step = reply_read(r, span_first(rest, end));
        rest = span_skip(rest, end + 1);
    }
    return step;
}

static void check_reply(const char *lines, unsigned code, const char *text)
{
    struct reply r;
    CHECK_EQ_INT(read_all(&r, lines), REPLY_WHOLE);
    CHECK_EQ_UINT(r.code, code);
    CHECK(span_is(buf_span(&r.text), span_of(text)));
    buf_free(&r.text);
}

TEST(reply_of_one_line)
{
    check_reply("220 Service ready for new user.\n", 220,
                "Service ready for new user.");
    check_reply("226\n", 226, "");
    check_reply("226 \n", 226, "");
}

TEST(reply_of_many_lines_as_rfc_959_prints_it)
{
    check_reply("123-First line\nSecond line\n  234 A line beginning with numbers\n"
                "123 The last line\n",
                123,
                "First line\nSecond line\n  234 A line beginning with numbers\n"
                "The last line");
}

TEST(reply_of_many_lines_as_servers_have_it)
{
    check_reply("230-Welcome\n230-to this\n230 server\n", 230,
                "Welcome\nto this\nserver");
    check_reply("230-\n331 is not the end\n230\n", 230, "\n331 is not the end\n");
    check_reply("211-Features:\n MLST size*;\n211 End\n", 211,
                "Features:\n MLST size*;\nEnd");
}

TEST(reply_that_is_none)
{
    static const char *const lines[] = { "SSH-2.0-OpenSSH_9.2\n",
                                         "\n",
                                         "22\n",
                                         "999 high\n",
                                         "099 low\n",
                                         "220x\n",
                                         "HTTP/1.1 200 OK\n",
                                         "2200 four\n" };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct reply r;
        CHECK_EQ_INT(read_all(&r, lines[i]), REPLY_BROKEN);
        buf_free(&r.text);
    }
}

/* ATTACKS F15: a greeting that does not end. */
TEST(reply_without_end_is_bounded_f15)
{
    struct reply r = { .text.max = FTP_REPLY_KEPT_MAX };
    char line[1024];
    memset(line, 'x', sizeof(line));
    CHECK_EQ_INT(reply_read(&r, SPAN("220-Welcome")), REPLY_MORE);
    size_t lines = 0;
    while (reply_read(&r, span_at(line, sizeof(line))) == REPLY_MORE && lines < 1 << 21)
        lines++;
    CHECK(lines < FTP_REPLY_OCTETS_MAX / sizeof(line));
    CHECK(r.text.len <= FTP_REPLY_KEPT_MAX && r.text.cap <= FTP_REPLY_KEPT_MAX);
    buf_free(&r.text);
}

TEST(passive_replies)
{
    static const struct {
        const char *text;
        uint8_t host[4];
        uint16_t port; /* 0: none can be read */
    } table[] = {
        { "Entering Passive Mode (127,0,0,1,78,52).", { 127, 0, 0, 1 }, 20020 },
        { "Entering Passive Mode. 10,1,2,3,4,5", { 10, 1, 2, 3 }, 1029 },
        { "=127,0,0,1,78,52", { 127, 0, 0, 1 }, 20020 },
        { "mode 2 (127,0,0,1,78,52)", { 127, 0, 0, 1 }, 20020 },
        { "(127,0,0,1,0,0)", { 0 }, 0 },
        { "(256,0,0,1,78,52)", { 0 }, 0 },
        { "(127,0,0,1,78,256)", { 0 }, 0 },
        { "(127,0,0,1,78)", { 0 }, 0 },
        { "(127,0,0,1,78,52,1)", { 0 }, 0 },
        { "(127,0,0,1,18446744073709551616,1)", { 0 }, 0 },
        { "(-1,0,0,1,78,52)", { 0 }, 0 },
        { "(127,0,0,1,,52)", { 0 }, 0 },
        { "", { 0 }, 0 },
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        uint8_t host[4];
        uint16_t port = 0;
        bool good = reply_passive(span_of(table[i].text), host, &port);
        if (!CHECK_EQ_INT(good, table[i].port != 0) || !good)
            continue;
        CHECK_EQ_UINT(port, table[i].port);
        CHECK(memcmp(host, table[i].host, 4) == 0);
    }
}

TEST(extended_passive_replies)
{
    static const struct {
        const char *text;
        uint16_t port;
    } table[] = {
        { "Entering Extended Passive Mode (|||6446|)", 6446 }, /* RFC 2428 §3 */
        { "(!!!1!)", 1 },
        { "(|||65535|)", 65535 },
        { "(|||65536|)", 0 },
        { "(|||0|)", 0 },
        { "(||10.0.0.1|6446|)", 0 },
        { "(|||6446)", 0 },
        { "(|||6446|", 0 },
        { "|||6446|", 0 },
        { "(1116446 1)", 0 },
        { "(|||99999999999999999999|)", 0 },
        { "(", 0 },
        { "", 0 },
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        uint16_t port = 0;
        bool good = reply_extended_passive(span_of(table[i].text), &port);
        CHECK_EQ_INT(good, table[i].port != 0);
        if (good)
            CHECK_EQ_UINT(port, table[i].port);
    }
}

TEST(directory_replies)
{
    static const struct {
        const char *text, *path; /* NULL: none can be read */
    } table[] = {
        /* RFC 959 appendix II */
        { "\"/usr/dm/pathname\" directory created", "/usr/dm/pathname" },
        { "\"/usr/dm/foo\"\"bar\" directory created", "/usr/dm/foo\"bar" },
        { "is \"/\"", "/" },
        { "\"\"\"\"", "\"" },
        { "\"/a\"\"", NULL },
        { "\"/never ends", NULL },
        { "\"", NULL },
        { "\"\"", NULL },
        { "/usr/dm", NULL },
        { "\"12345678901234567890123456789012\"", NULL }, /* no room */
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        char path[32];
        bool good = reply_directory(span_of(table[i].text), path, sizeof(path));
        if (CHECK_EQ_INT(good, table[i].path != NULL) && good)
            CHECK(strcmp(path, table[i].path) == 0);
    }
}

TEST(features_of_real_servers)
{
    unsigned f =
        reply_features(SPAN("Features:\n AUTH TLS\n EPRT\n EPSV\n MDTM\n PASV\n"
                            " PBSZ\n PROT\n REST STREAM\n SIZE\n TVFS\nEnd"));
    CHECK_EQ_UINT(f, FEATURE_KNOWN | FEATURE_TLS | FEATURE_EPRT | FEATURE_EPSV |
                         FEATURE_MDTM | FEATURE_PROT | FEATURE_REST | FEATURE_SIZE |
                         FEATURE_TVFS);
    f = reply_features(SPAN("\n MLST type*;size*;\n MLSD\n HASH SHA-1;SHA-256*\n mfmt\n"
                            " SIZEABLE\n AUTH SSL;TLS-P;\n"));
    CHECK_EQ_UINT(f, FEATURE_KNOWN | FEATURE_MLST | FEATURE_HASH | FEATURE_MFMT |
                         FEATURE_TLS);
    CHECK_EQ_UINT(reply_features(SPAN("")), FEATURE_KNOWN);
}
