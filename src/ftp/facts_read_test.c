/* RFC 3659 §7. */
#include "ftp/facts_read.h"

#include "test/unit.h"

TEST(facts_as_rfc_3659_prints_them)
{
    struct ftp_entry e;
    /* §7.7.4 */
    CHECK(
        facts_read(SPAN("Type=file;Size=1024990;Perm=r; /tmp/cap60.pl198.tar.gz"), &e));
    CHECK_EQ_INT(e.type, FTP_FILE);
    CHECK(e.has_size && e.size == 1024990 && !e.has_time);
    CHECK_SPAN(e.perm, "r");
    CHECK_SPAN(e.name, "/tmp/cap60.pl198.tar.gz");
    CHECK(facts_read(SPAN("Type=dir;Modify=19981107085215;Perm=el; /tmp"), &e));
    CHECK_EQ_INT(e.type, FTP_DIRECTORY);
    CHECK(e.has_time && e.time_is_exact && e.time == 910428735);
    /* §7.2: a name with spaces and semicolons; §7.8.1: without facts */
    CHECK(facts_read(SPAN("Type=file; a;b = c "), &e));
    CHECK_SPAN(e.name, "a;b = c ");
    CHECK(facts_read(SPAN("  leading"), &e));
    CHECK_SPAN(e.name, " leading");
}

TEST(types_of_entries)
{
    static const struct {
        const char *line;
        enum ftp_type type;
    } table[] = {
        { "type=cdir; .", FTP_HERE },
        { "type=pdir; ..", FTP_ABOVE },
        { "TYPE=DIR; d", FTP_DIRECTORY },
        { "type=OS.unix=slink:/etc/passwd; l", FTP_LINK },
        { "type=OS.unix=symlink; l", FTP_LINK },
        { "type=OS.unix=chr-13/29; /dev/tty", FTP_OTHER },
        { "type=; x", FTP_OTHER },
        { "size=1; x", FTP_OTHER },
        { " x", FTP_FILE },
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct ftp_entry e;
        if (CHECK(facts_read(span_of(table[i].line), &e)))
            CHECK_EQ_INT(e.type, table[i].type);
    }
}

TEST(facts_that_are_none)
{
    static const char *const lines[] = { "",          "name",         "type=file;name",
                                         "type=file", "type file; x", "type=file; ",
                                         "type; x" };
    struct ftp_entry e;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        CHECK(!facts_read(span_of(lines[i]), &e));
    CHECK(facts_read(SPAN("size=-1;modify=20261321000000;unix.mode=0999; x"), &e));
    CHECK(!e.has_size && !e.has_time && !e.has_mode);
    CHECK(facts_read(SPAN("size=99999999999999999999;unix.mode=04755; x"), &e));
    CHECK(!e.has_size && e.has_mode && e.mode == 04755);
}

TEST(time_val)
{
    int64_t t;
    CHECK(time_val_read(SPAN("19700101000000"), &t) && t == 0);
    CHECK(time_val_read(SPAN("20261121093000.123"), &t) && t == 1795253400);
    CHECK(time_val_read(SPAN("20000229235960"), &t) && t == 951868800);
    static const char *const bad[] = { "",
                                       "1998110708521",
                                       "199811070852155",
                                       "20010229000000",
                                       "20260001000000",
                                       "20261301000000",
                                       "20261121240000",
                                       "20261121093000.",
                                       "20261121093000.x",
                                       "191001070852x5" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        CHECK(!time_val_read(span_of(bad[i]), &t));
}
