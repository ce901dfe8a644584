/* The section files. */
#include "config/settings.h"

#include "test/unit.h"

#include <errno.h>

static int parse(const char *text, struct settings *s, char error[256])
{
    error[0] = '\0';
    return settings_parse("packetboat.conf", span_of(text), s, error, 256);
}

TEST(settings_files_refuses)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        { "hostname = a\nfiles { anonymous = yes }\n",
          "packetboat.conf:2: anonymous 'yes' is not 'no' or 'read' or 'incoming'" },
        { "hostname = a\nfiles { keep_unfinished = 10000 }\n",
          "packetboat.conf:2: keep_unfinished '10000' is not between 0 and 8760" },
        { "hostname = a\nfiles { hidden = {\"/a/../b\"} }\n",
          "packetboat.conf:2: hidden '/a/../b' is not a path that begins with '/', or "
          "a "
          "name" },
        { "hostname = a\nfiles { read_only = {\"a/b\"} }\n",
          "packetboat.conf:2: read_only 'a/b' is not a path that begins with '/', or a "
          "name" },
        { "hostname = a\nfiles { hidden = {\"/\"} }\n",
          "packetboat.conf:2: hidden '/' is not a path that begins with '/', or a "
          "name" },
        { "hostname = a\nfiles { hidden = {a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q} }\n",
          "packetboat.conf:2: more than 16 trees are hidden" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct settings s;
        char error[256];
        CHECK_EQ_INT(parse(rows[i].text, &s, error), -EINVAL);
        unit_equal_span(span_of(error), span_of(rows[i].error), __FILE__, __LINE__,
                        rows[i].text);
    }
}

TEST(settings_files)
{
    struct settings s;
    char error[256];
    CHECK_EQ_INT(parse("hostname = a\n", &s, error), 0);
    CHECK_EQ_UINT(s.files.anonymous, ANONYMOUS_NO);
    CHECK_EQ_UINT(s.files.keep_unfinished, FILES_KEEP_HOURS);
    CHECK_EQ_UINT(s.files.hiddens + s.files.read_onlys, 0);
    CHECK_EQ_INT(parse("hostname = a\n"
                       "files {\n"
                       "  anonymous = incoming  keep_unfinished = 0\n"
                       "  hidden = { \".*\", \"/private\" }  read_only = { \"/pub/a\" "
                       "}\n"
                       "}\n",
                       &s, error),
                 0);
    CHECK_EQ_UINT(s.files.anonymous, ANONYMOUS_INCOMING);
    CHECK_EQ_UINT(s.files.keep_unfinished, 0);
    CHECK_EQ_UINT(s.files.hiddens, 2);
    CHECK_SPAN(span_of(s.files.hidden[1]), "/private");
    CHECK_SPAN(span_of(s.files.read_only[0]), "/pub/a");
    CHECK(settings_are_sound(&s));
    s.files.hidden[1][1] = '\n';
    CHECK(!settings_are_sound(&s));
    s.files.hidden[1][1] = 'p';
    s.files.read_onlys = FILES_TREES_SET_MAX + 1;
    CHECK(!settings_are_sound(&s));
}
