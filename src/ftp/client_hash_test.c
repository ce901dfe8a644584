/* Checksums: read, made, and compared behind a transfer. */
#include "ftp/client_hash.h"
#include "ftp/scripted_test.h"
#include "test/unit.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

static const char sha256_of_abc[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(hashes_of_known_octets)
{
    static const char *const known[][2] = {
        /* the examples of FIPS 180-4 and of MD5's own text, and the CRC */
        { "SHA-256", sha256_of_abc },
        { "sha-1", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "MD5", "900150983cd24fb0d6963f7d28e17f72" },
        { "CRC32", "352441c2" },
    };
    char digest[HASH_SIZE];
    int fd = memfd_create("ftp", MFD_CLOEXEC);
    CHECK(write(fd, "abc", 3) == 3);
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        CHECK_EQ_INT(hash_file(span_of(known[i][0]), fd, digest), 0);
        CHECK(strcmp(digest, known[i][1]) == 0);
    }
    CHECK_EQ_INT(hash_file(SPAN("WHIRLPOOL"), fd, digest), -EOPNOTSUPP);
    close(fd);
}

TEST(hashes_in_replies)
{
    struct span algorithm, digest;
    CHECK(hash_read(SPAN("MD5 0-2 900150983cd24fb0d6963f7d28e17f72 a b"), &algorithm,
                    &digest));
    CHECK_SPAN(algorithm, "MD5");
    CHECK_SPAN(digest, "900150983cd24fb0d6963f7d28e17f72");
    CHECK(hash_read(SPAN("CRC32 352441C2 a"), &algorithm, &digest));
    CHECK(!hash_read(SPAN("MD5 0-2 900150983cd24fb0 a"), &algorithm, &digest));
    CHECK(!hash_read(SPAN("MD5"), &algorithm, &digest));
    CHECK(!hash_read(SPAN(""), &algorithm, &digest));
    CHECK(hash_find(SPAN("the sum of a is\n352441C2"), 8, &digest));
    CHECK_SPAN(digest, "352441C2");
    CHECK(!hash_find(SPAN("352441C"), 8, &digest));
}

static void serve_hashes(struct scripted *s)
{
    scripted_log_in(s, " EPSV\r\n HASH SHA-1*;SHA-256\r\n");
    scripted_hear(s, "TYPE I\n");
    scripted_say(s, "200 I");
    scripted_send(s, "RETR a\n", SPAN("abc"));
    scripted_hear(s, "OPTS HASH SHA-256\n");
    scripted_say(s, "200 SHA-256");
    scripted_hear(s, "HASH a\n");
    scripted_say(s, "213 SHA-256 0-2 %s a", sha256_of_abc);
    scripted_send(s, "RETR b\n", SPAN("abd"));
    scripted_hear(s, "HASH b\n");
    scripted_say(s, "213 SHA-256 0-2 %s b", sha256_of_abc);
    scripted_send(s, "RETR c\n", SPAN("abc"));
    scripted_hear(s, "HASH c\n");
    scripted_say(s, "550 not that one");
}

static int get(struct ftp_client *c, const char *path, bool *checked_r)
{
    struct ftp_transfer t = { .path = path,
                              .fd = memfd_create("ftp", MFD_CLOEXEC),
                              .size = FTP_SIZE_UNKNOWN,
                              .check = true };
    int error = ftp_get(c, &t);
    *checked_r = t.checked_r;
    close(t.fd);
    return error;
}

static void use_hashes(struct scripted *s, struct ftp_client *c)
{
    bool checked;
    (void)s;
    CHECK_EQ_INT(get(c, "a", &checked), 0);
    CHECK(checked);
    CHECK_EQ_INT(get(c, "b", &checked), -EBADMSG);
    CHECK(!checked);
    CHECK_EQ_INT(get(c, "c", &checked), 0);
    CHECK(!checked);
}

TEST(ftp_client_compares_checksums)
{
    scripted_play(&(struct scripted){ .serve = serve_hashes, .use = use_hashes });
}

static void serve_crc(struct scripted *s)
{
    scripted_log_in(s, " EPSV\r\n XCRC filename;start;end\r\n");
    scripted_hear(s, "TYPE I\n");
    scripted_say(s, "200 I");
    scripted_send(s, "RETR a\n", SPAN("abc"));
    scripted_hear(s, "XCRC a\n");
    scripted_say(s, "250 352441C2");
}

static void use_crc(struct scripted *s, struct ftp_client *c)
{
    bool checked;
    (void)s;
    CHECK_EQ_INT(get(c, "a", &checked), 0);
    CHECK(checked);
}

TEST(ftp_client_compares_checksums_by_other_commands)
{
    scripted_play(&(struct scripted){ .serve = serve_crc, .use = use_crc });
}
