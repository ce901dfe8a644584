#include "cli/demo_settings.h"

#include "base/own.h"
#include "os/files.h"
#include "test/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void check_added(const char *before, const char *fresh, const char *after)
{
    char path[] = "/tmp/demo_settings.XXXXXX";
    struct span text;
    CHECK(mkdtemp(path) != NULL);
    OWN(fd_close) int site = dir_open(AT_FDCWD, path);
    CHECK_EQ_INT(file_replace(site, "packetboat.conf", span_of(before), 0600), 0);
    CHECK_EQ_INT(demo_settings_add(site, span_of(fresh)), 0);
    int fd = file_open(site, "packetboat.conf", O_RDONLY, 0);
    CHECK_EQ_INT(file_read_all(fd, &text, 4096), 0);
    unit_equal_span(text, span_of(after), __FILE__, __LINE__, before);
    free((void *)(uintptr_t)text.at);
    close(fd);
    unlinkat(site, "packetboat.conf", 0);
    rmdir(path);
}

TEST(demo_settings_have_what_is_new)
{
    static const char fresh[] = "# Written\n"
                                "hostname = a\n"
                                "listen smtp { address = 127.0.0.1  port = 25 }\n"
                                "listen imap { address = 127.0.0.1  port = 143 }\n"
                                "ftp { passive_ports = 1-2 }\n";
    check_added("hostname = b\n", "", "hostname = b\n");
    check_added(fresh, fresh, fresh);
    check_added("hostname = b\nlisten smtp { port = 2500 address = ::1 }\n"
                "#listen imap { }\nmessage_size = 1M",
                fresh,
                "hostname = b\nlisten smtp { port = 2500 address = ::1 }\n"
                "#listen imap { }\nmessage_size = 1M\n"
                "listen imap { address = 127.0.0.1  port = 143 }\n"
                "ftp { passive_ports = 1-2 }\n");
    check_added("", "listen lmtp { path = lmtp }\n", "listen lmtp { path = lmtp }\n");
}
