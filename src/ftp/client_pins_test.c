#include "ftp/client_pins.h"

#include "test/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(pins_are_kept_and_replaced)
{
    char dir[] = "/tmp/packetboat-pins.XXXXXX", file[128], sub[64];
    struct stat st;
    if (!CHECK(mkdtemp(dir)))
        return;
    snprintf(sub, sizeof(sub), "%s/sub", dir);
    snprintf(file, sizeof(file), "%s/pins", sub);
    CHECK_EQ_INT(pin_look(NULL, "a:21", "x"), PIN_UNKNOWN);
    CHECK_EQ_INT(pin_look(file, "a:21", "x"), PIN_UNKNOWN);
    CHECK_EQ_INT(pin_set(file, "a:21", "SHA256:00"), 0);
    CHECK_EQ_INT(pin_set(file, "b:21", "SHA256:11"), 0);
    CHECK_EQ_INT(pin_look(file, "a:21", "SHA256:00"), PIN_SAME);
    CHECK_EQ_INT(pin_look(file, "A:21", "SHA256:00"), PIN_SAME);
    CHECK_EQ_INT(pin_look(file, "a:21", "SHA256:000"), PIN_OTHER);
    CHECK_EQ_INT(pin_look(file, "a:2", "SHA256:00"), PIN_UNKNOWN);
    CHECK_EQ_INT(pin_set(file, "a:21", "SHA256:22"), 0);
    CHECK_EQ_INT(pin_look(file, "a:21", "SHA256:00"), PIN_OTHER);
    CHECK_EQ_INT(pin_look(file, "a:21", "SHA256:22"), PIN_SAME);
    CHECK_EQ_INT(pin_look(file, "b:21", "SHA256:11"), PIN_SAME);
    CHECK(stat(file, &st) == 0 && (st.st_mode & 0777) == 0600);
    unlink(file);
    rmdir(sub);
    rmdir(dir);
}

TEST(fingerprints_are_printed)
{
    char text[FTP_FINGERPRINT_SIZE];
    uint8_t digest[32] = { 0x4f, 0x00, 0xff };
    fingerprint_print(digest, text);
    CHECK_STR(text, "SHA256:"
                    "4f00ff0000000000000000000000000000000000000000000000000000000000");
}
