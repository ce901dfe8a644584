/* What servers print: each line with what a reader must make of it. */
#include "ftp/listing_read.h"

#include "test/unit.h"

enum { NOW = 1795253400 }; /* 2026-11-21 09:30 */

static const struct {
    const char *line, *name;
    enum ftp_type type;
    int64_t size; /* -1: none is said */
    int64_t time;
} table[] = {
    /* ---- Unix */
    { "-rw-r--r--   1 root     other        531 Jan 29  1996 README", "README",
      FTP_FILE, 531, 822873600 },
    { "dr-xr-xr-x   2 root     other        512 Apr  8  1994 etc", "etc", FTP_DIRECTORY,
      512, 765763200 },
    { "-rw-------    1 1000     1000         1024 Nov 21 09:29 a b  c ", "a b  c ",
      FTP_FILE, 1024, NOW - 60 },
    /* a day to come is last year's */
    { "-rw-r--r-- 1 bob users 7 Dec 24 12:00 x", "x", FTP_FILE, 7, 1766577600 },
    /* tomorrow may be today elsewhere */
    { "-rw-r--r-- 1 bob users 7 Nov 22 09:00 x", "x", FTP_FILE, 7, NOW + 84600 },
    { "-rw-r--r-- 1 bob users 7 Feb 29 2024  leading", " leading", FTP_FILE, 7,
      1709164800 },
    { "lrwxrwxrwx 1 bob users 7 Nov 21 2025 bin -> usr/bin", "bin", FTP_LINK, 7,
      1763683200 },
    { "-rw-r--r-- 1 bob users 7 Nov 21 2025 a -> b", "a -> b", FTP_FILE, 7,
      1763683200 },
    { "drwxrwsr-t+ 1 bob users 0 Nov 21 2025 d", "d", FTP_DIRECTORY, 0, 1763683200 },
    { "crw-rw-rw- 1 root wheel 2, 2 Nov 21 2025 null", "null", FTP_OTHER, -1,
      1763683200 },
    /* no group; no links and no owner; a user's name with a number after it */
    { "-rw-r--r-- 1 bob 531 Jan 29 1996 x", "x", FTP_FILE, 531, 822873600 },
    { "-rw-r--r-- 531 Jan 29 1996 x", "x", FTP_FILE, 531, 822873600 },
    { "-rw-r--r-- 1 domain users 12 531 Jan 29 1996 x", "x", FTP_FILE, 531, 822873600 },
    /* the day first; ISO; --full-time */
    { "-rw-r--r-- 1 bob users 7 29 Jan 1996 x", "x", FTP_FILE, 7, 822873600 },
    { "-rw-r--r-- 1 bob users 7 2026-11-21 09:30 x", "x", FTP_FILE, 7, NOW },
    { "-rw-r--r-- 1 bob users 7 2026-11-21 09:30:01.000000000 +0000 x", "x", FTP_FILE,
      7, NOW + 1 },
    /* a name that looks like a date */
    { "-rw-r--r-- 1 bob users 7 Nov 21 09:30 Nov 21 09:30 x", "Nov 21 09:30 x",
      FTP_FILE, 7, NOW },
    /* ---- Windows */
    { "04-27-00  09:09PM       <DIR>          licensed", "licensed", FTP_DIRECTORY, -1,
      956869740 },
    { "07-18-00  10:16AM       <DIR>          pub lic", "pub lic", FTP_DIRECTORY, -1,
      963915360 },
    { "04-14-00  03:47PM                  589 readme.htm", "readme.htm", FTP_FILE, 589,
      955727220 },
    { "11-21-2026  09:30                589 a b", "a b", FTP_FILE, 589, NOW },
    { "11/21/2026  12:30 AM                589 x", "x", FTP_FILE, 589, NOW - 32400 },
    /* ---- EPLF */
    { "+i8388621.29609,m824255902,/,\tdev", "dev", FTP_DIRECTORY, -1, 824255902 },
    { "+i8388621.44468,m839956783,r,s10376,\tRFCEPLF", "RFCEPLF", FTP_FILE, 10376,
      839956783 },
    /* ---- VMS */
    { "CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   "
      "(RWED,RWED,,)",
      "CII-MANUAL.TEX", FTP_FILE, -1, 822886392 },
    { "CORE.DIR;1          1  8-NOV-1999 08:02 [SYSTEM]    (RWE,RWE,RE,RE)", "CORE",
      FTP_DIRECTORY, -1, 942048120 },
    /* ---- NetWare */
    { "d [R----F--] supervisor            512       Jan 16  1998    login", "   login",
      FTP_DIRECTORY, 512, 884908800 },
    { "- [R----F--] rhesus             214059       Oct 20  1999 cx.exe", "cx.exe",
      FTP_FILE, 214059, 940377600 },
};

TEST(listings_of_many_servers)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct ftp_entry e;
        if (!CHECK(listing_read(span_of(table[i].line), NOW, &e)))
            continue;
        unit_equal_span(e.name, span_of(table[i].name), __FILE__, __LINE__,
                        table[i].line);
        CHECK_EQ_INT(e.type, table[i].type);
        CHECK_EQ_INT(e.has_size ? (int64_t)e.size : -1, table[i].size);
        CHECK(e.has_time);
        unit_equal_int(e.time, table[i].time, __FILE__, __LINE__, table[i].line);
    }
}

TEST(what_else_a_listing_says)
{
    struct ftp_entry e;
    CHECK(listing_read(SPAN("lrwsr-x--T 1 bob users 7 Nov 21 2025 l -> to"), NOW, &e));
    CHECK_EQ_UINT(e.mode, 05750);
    CHECK_SPAN(e.target, "to");
    CHECK_SPAN(e.owner, "bob");
    CHECK_SPAN(e.group, "users");
    CHECK(listing_read(SPAN("-rw-r--r-- 1 bob 7 Nov 21 2025 l\r"), NOW, &e));
    CHECK_SPAN(e.name, "l");
    CHECK_SPAN(e.owner, "bob");
    CHECK_SPAN(e.group, "");
}

TEST(what_is_no_entry)
{
    static const char *const lines[] = {
        "",
        "total 12",
        "Directory SYS$SYSDEVICE:[ANON]",
        "ls: cannot access 'x': No such file or directory",
        "-rw-r--r-- 1 bob users x Nov 21 2025 x",
        "-rw-r--r-- 1 bob users 7 Nov 31 2025 x",
        "-rw-r--r-- 1 bob users 7 Nov 21 2025",
        "-rw-r--r-- 1 bob users 7 Nov 21 2025 ",
        "-rw-r--r--",
        "-rwxrwxrwq 1 bob users 7 Nov 21 2025 x",
        "13-41-00  09:09PM       <DIR>          x",
        "04-27-00  09:09PM",
        "+i8388621.29609,m824255902,/,",
        "+",
        ";1 1 8-NOV-1999 08:02",
        "A.B; 1 8-NOV-1999 08:02",
        "Total of 11 Files, 10966 Blocks.",
    };
    struct ftp_entry e;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!CHECK(!listing_read(span_of(lines[i]), NOW, &e)))
            CHECK(strcmp(lines[i], "") == 0);
}

/* ATTACKS F15: names that lead elsewhere. */
TEST(names_that_stay_where_they_are_put_f15)
{
    static const char *const good[] = { "a", "...",      "a b", "-rf",
                                        "~", "\xc3\xa9", "a\\b" };
    static const char *const bad[] = { "",    ".",    "..",      "../x", "/etc/passwd",
                                       "a/b", "a\nb", "\x1b[2J", "a\rb", "a\x7f" };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        CHECK(name_is_single(span_of(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!name_is_single(span_of(bad[i])));
    CHECK(!name_is_single(SPAN("a\0b")));
    CHECK(!name_is_single(SPAN("a\xc2\x9b"
                               "31mb"))); /* CSI */
    CHECK(name_is_single(SPAN("\xc2\xa0\xc3\x9b")));
    char longest[256];
    memset(longest, 'x', sizeof(longest));
    CHECK(name_is_single(span_at(longest, 255)));
    CHECK(!name_is_single(span_at(longest, 256)));
}
