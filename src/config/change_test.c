/* change_test - what a running site can take, and what waits for its next start. */
#include "config/change.h"

#include "test/unit.h"

static struct settings parsed(const char *text)
{
    struct settings s;
    char error[256];
    CHECK_EQ_INT(settings_parse("f", span_of(text), &s, error, sizeof error), 0);
    return s;
}

TEST(change_keeps_what_is_decided_at_the_start)
{
    static const char listen[] = "listen smtp { address = 127.0.0.1 port = 25 }\n";
    static const struct {
        const char *text, *names;
        uint64_t message_size;
    } rows[] = {
        { "hostname = a\n", "listen", MESSAGE_SIZE },
        { "hostname = a\nmessage_size = 1M\n", "listen", 1 << 20 },
        { "hostname = b\nuid_base = 5000\nmx_copies = 3\njournal_segment = 2M\n",
          "hostname, listen, mx_copies, journal_segment, uid_base", MESSAGE_SIZE },
        { "hostname = a\nlisten smtp { address = 127.0.0.1 port = 25 }\n"
          "message_size = 2M\nlogin_seconds = 9\n",
          "", 2 << 20 },
        { "hostname = a\nlisten smtp { address = 127.0.0.2 port = 25 }\n", "listen",
          MESSAGE_SIZE },
    };
    char text[256];
    snprintf(text, sizeof text, "hostname = a\n%s", listen);
    struct settings now = parsed(text);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct settings next = parsed(rows[i].text);
        char names[128];
        size_t count = settings_keep(&now, &next, names, sizeof names);
        unit_equal_span(span_of(names), span_of(rows[i].names), __FILE__, __LINE__,
                        rows[i].text);
        CHECK((count == 0) == (names[0] == '\0'));
        CHECK_STR(next.hostname, "a");
        CHECK_EQ_UINT(next.listeners, 1);
        CHECK_STR(next.listen[0].address, "127.0.0.1");
        CHECK_EQ_UINT(next.uid_base, UID_BASE);
        CHECK_EQ_UINT(next.message_size, rows[i].message_size);
        CHECK(settings_are_sound(&next));
    }
}
