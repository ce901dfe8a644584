/* cabinet - files of accounts, in real directories. */
#include "files/drawer_test.h"

#include "base/own.h"
#include "os/files.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void with_drawer(void (*fn)(struct drawer *))
{
    struct drawer f;
    drawer_make(&f);
    drawer_open(&f);
    drawer_run(&f, fn);
    drawer_close(&f);
    drawer_remove(&f);
}

static int in_home(const struct drawer *f)
{
    return dir_open(f->directory, "accounts/7/home");
}

/* ---- what RFC 959 §4.1.3 asks for, one by one */

static void use_files(struct drawer *f)
{
    struct file_facts facts;
    char names[256];
    CHECK_EQ_INT(drawer_list(f, &alice, "/", "", names, sizeof names), 0);
    CHECK_SPAN(span_of(names), "");
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, SPAN("/menu")), 0);
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, SPAN("/menu")), -EEXIST);
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, SPAN("/no/menu")), -ENOENT);
    CHECK_EQ_INT(drawer_store(f, &alice, "/menu/today", UPLOAD_STORE, "soup"), 0);
    CHECK(drawer_has(f, &alice, "/menu/today", "soup"));
    CHECK_EQ_INT(drawer_store(f, &alice, "/menu/today", UPLOAD_STORE, "fish\n"), 0);
    CHECK(drawer_has(f, &alice, "/menu/today", "fish\n"));
    CHECK_EQ_INT(drawer_list(f, &alice, "/menu", "", names, sizeof names), 0);
    CHECK_SPAN(span_of(names), "today ");
    CHECK_EQ_INT(drawer_stat(f, &alice, "/menu/today", &facts), 0);
    CHECK_EQ_INT(facts.type, FILE_REGULAR);
    CHECK_EQ_UINT(facts.size, 5);
    CHECK_EQ_INT(drawer_stat(f, &alice, "/", &facts), 0);
    CHECK_EQ_INT(facts.type, FILE_DIRECTORY);
    CHECK(!(facts.perm & (PERM_DELETE | PERM_RENAME)) && (facts.perm & PERM_CREATE));
    CHECK_EQ_INT(cabinet_rmdir(f->cabinet, &alice, SPAN("/menu")), -ENOTEMPTY);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/menu/today"),
                                SPAN("/yesterday")),
                 0);
    CHECK(drawer_has(f, &alice, "/menu/today", NULL));
    CHECK_EQ_INT(cabinet_remove(f->cabinet, &alice, SPAN("/menu")), -EISDIR);
    CHECK_EQ_INT(cabinet_rmdir(f->cabinet, &alice, SPAN("/menu")), 0);
    CHECK_EQ_INT(cabinet_rmdir(f->cabinet, &alice, SPAN("/yesterday")), -ENOTDIR);
    CHECK_EQ_INT(cabinet_remove(f->cabinet, &alice, SPAN("/yesterday")), 0);
    CHECK_EQ_INT(cabinet_remove(f->cabinet, &alice, SPAN("/yesterday")), -ENOENT);
}

TEST(cabinet_keeps_files)
{
    with_drawer(use_files);
}

static void confuse_kinds(struct drawer *f)
{
    struct file_facts facts;
    struct upload_begun u;
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, SPAN("/d")), 0);
    CHECK_EQ_INT(drawer_store(f, &alice, "/f", UPLOAD_STORE, "x"), 0);
    CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, SPAN("/d"), &facts), -EISDIR);
    CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, SPAN("/"), &facts), -EISDIR);
    CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, SPAN("/f/g"), &facts), -ENOTDIR);
    CHECK_EQ_INT(drawer_store(f, &alice, "/d", UPLOAD_STORE, "x"), -EISDIR);
    CHECK_EQ_INT(drawer_store(f, &alice, "/", UPLOAD_STORE, "x"), -EISDIR);
    CHECK_EQ_INT(drawer_store(f, &alice, "/d", UPLOAD_APPEND, "x"), -EISDIR);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/f"), SPAN("/d")), -EISDIR);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/d"), SPAN("/f")), -ENOTDIR);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/d"), SPAN("/d/e")), -EINVAL);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/"), SPAN("/d/e")), -EBUSY);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/d"), SPAN("/")), -EBUSY);
    CHECK_EQ_INT(cabinet_rmdir(f->cabinet, &alice, SPAN("/")), -EBUSY);
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, SPAN("/")), -EEXIST);
    CHECK_EQ_INT(cabinet_remove(f->cabinet, &alice, SPAN("/")), -EISDIR);
    struct upload_begin bad = { .path = SPAN("/x"), .how = UPLOAD_HOWS };
    CHECK_EQ_INT(cabinet_write(f->cabinet, &alice, &bad, &u), -EINVAL);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/f"), SPAN("/f")), 0);
    CHECK(drawer_has(f, &alice, "/f", "x"));
}

TEST(cabinet_says_what_is_no_file_and_what_no_directory)
{
    with_drawer(confuse_kinds);
}

/* ---- who may what */

static void try_rights(struct drawer *f)
{
    struct file_facts facts;
    const struct visitor nobody = { 0 };
    CHECK_EQ_INT(drawer_store(f, &alice, "/f", UPLOAD_STORE, "x"), 0);
    CHECK(drawer_has(f, &bob, "/f", NULL)); /* his own home has none */
    CHECK_EQ_INT(drawer_stat(f, &nobody, "/f", &facts), -EACCES);
    CHECK(drawer_has(f, &reader, "/f", "x"));
    CHECK_EQ_INT(drawer_stat(f, &reader, "/f", &facts), 0);
    CHECK_EQ_UINT(facts.perm, PERM_READ);
    CHECK_EQ_INT(drawer_store(f, &reader, "/g", UPLOAD_STORE, "x"), -EACCES);
    CHECK_EQ_INT(cabinet_remove(f->cabinet, &reader, SPAN("/f")), -EACCES);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &reader, SPAN("/f"), SPAN("/g")), -EACCES);
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &reader, SPAN("/d")), -EACCES);
    CHECK_EQ_INT(cabinet_rmdir(f->cabinet, &reader, SPAN("/d")), -EACCES);
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &reader, SPAN("/f"), FILE_MODE, 0600),
                 -EACCES);
}

TEST(cabinet_asks_what_a_visitor_may)
{
    with_drawer(try_rights);
}

/* F04: whatever the front lets through is looked at again. */
static void try_paths(struct drawer *f)
{
    static const char *const paths[] = { "",     "/..",      "/../accounts",
                                         "/a/.", "//",       "/a/../../../8/home",
                                         "a",    "/a\r\nb",  "/a/",
                                         "..",   "/\xff\xf4" };
    struct file_facts facts;
    char names[64];
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct span path = span_of(paths[i]);
        CHECK_EQ_INT(cabinet_stat(f->cabinet, &alice, path, &facts), -EINVAL);
        CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, path, &facts), -EINVAL);
        CHECK_EQ_INT(cabinet_remove(f->cabinet, &alice, path), -EINVAL);
        CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, path), -EINVAL);
        CHECK_EQ_INT(cabinet_rmdir(f->cabinet, &alice, path), -EINVAL);
        CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, path, SPAN("/x")), -EINVAL);
        CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/x"), path), -EINVAL);
        CHECK_EQ_INT(drawer_store(f, &alice, paths[i], UPLOAD_STORE, "x"), -EINVAL);
        CHECK_EQ_INT(drawer_list(f, &alice, paths[i], "", names, sizeof names),
                     -EINVAL);
    }
    CHECK_EQ_INT(drawer_list(f, &alice, "/", "*/..", names, sizeof names), -EINVAL);
}

TEST(cabinet_F04_no_path_leads_out)
{
    with_drawer(try_paths);
}

/* ---- what somebody else has put there */

/* T06, F05: a person with a shell, or a backup that was unpacked. */
static void meet_strange_things(struct drawer *f)
{
    struct file_facts facts;
    char names[256];
    CHECK_EQ_INT(drawer_store(f, &alice, "/f", UPLOAD_STORE, "x"), 0);
    OWN(fd_close) int home = in_home(f);
    CHECK_EQ_INT(symlinkat("/etc/passwd", home, "link"), 0);
    CHECK_EQ_INT(symlinkat("/etc", home, "out"), 0);
    CHECK_EQ_INT(symlinkat(".", home, "round"), 0);
    CHECK_EQ_INT(symlinkat("f", home, "inner"), 0);
    CHECK_EQ_INT(mkfifoat(home, "pipe", 0600), 0);
    CHECK_EQ_INT(mkdirat(home, "\xff", 0700), 0);
    CHECK_EQ_INT(drawer_list(f, &alice, "/", "", names, sizeof names), 0);
    CHECK_SPAN(span_of(names), "f inner link out pipe round ");
    CHECK_EQ_INT(drawer_stat(f, &alice, "/link", &facts), 0);
    CHECK_EQ_INT(facts.type, FILE_OTHER);
    CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, SPAN("/link"), &facts), -EACCES);
    CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, SPAN("/inner"), &facts), -EACCES);
    CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, SPAN("/pipe"), &facts), -EACCES);
    CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, SPAN("/out/passwd"), &facts), -ELOOP);
    CHECK_EQ_INT(cabinet_read(f->cabinet, &alice, SPAN("/round/f"), &facts), -ELOOP);
    CHECK_EQ_INT(drawer_list(f, &alice, "/out", "", names, sizeof names), -ELOOP);
    CHECK_EQ_INT(drawer_list(f, &alice, "/f", "", names, sizeof names), -ENOTDIR);
    CHECK_EQ_INT(drawer_store(f, &alice, "/out/x", UPLOAD_STORE, "x"), -ELOOP);
    CHECK_EQ_INT(drawer_store(f, &alice, "/link", UPLOAD_STORE, "x"), -EEXIST);
    CHECK_EQ_INT(drawer_store(f, &alice, "/pipe", UPLOAD_APPEND, "x"), -EACCES);
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/link"), FILE_MODE, 0777),
                 -EACCES);
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/pipe"), FILE_MODE, 0777),
                 -EACCES);
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, SPAN("/out/x")), -ELOOP);
    /* They can be cleared away: the link goes, not what it names. */
    CHECK_EQ_INT(cabinet_remove(f->cabinet, &alice, SPAN("/link")), 0);
    CHECK_EQ_INT(cabinet_remove(f->cabinet, &alice, SPAN("/out")), 0);
    CHECK_EQ_INT(cabinet_rename(f->cabinet, &alice, SPAN("/round"), SPAN("/r")), 0);
    CHECK_EQ_INT(access("/etc/passwd", F_OK), 0);
}

TEST(cabinet_F05_T06_follows_no_link_and_opens_no_pipe)
{
    with_drawer(meet_strange_things);
}

/* F10 */
static void change_modes(struct drawer *f)
{
    struct file_facts facts;
    CHECK_EQ_INT(drawer_store(f, &alice, "/f", UPLOAD_STORE, "x"), 0);
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, SPAN("/d")), 0);
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/f"), FILE_MODE, 07755), 0);
    CHECK_EQ_INT(drawer_stat(f, &alice, "/f", &facts), 0);
    CHECK_EQ_UINT(facts.mode, 0755);
    OWN(fd_close) int home = in_home(f);
    struct stat st;
    CHECK_EQ_INT(fstatat(home, "f", &st, 0), 0);
    CHECK_EQ_UINT(st.st_mode & 07777u, 0755);
    CHECK_EQ_INT(drawer_store(f, &alice, "/f", UPLOAD_STORE, "y"), 0);
    CHECK_EQ_INT(drawer_stat(f, &alice, "/f", &facts), 0);
    CHECK_EQ_UINT(facts.mode, 0755); /* what replaces it inherits it */
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/f"), FILE_MODE, 0), 0);
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/d"), FILE_MODE, 0), 0);
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/d"), FILE_MODE, 0700), 0);
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/f"), FILE_MODE, 0600), 0);
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/f"), FILE_CHANGES, 0),
                 -EINVAL);
    /* RFC 3659 §2.3: before 1970, too. */
    CHECK_EQ_INT(cabinet_modify(f->cabinet, &alice, SPAN("/f"), FILE_MODIFIED,
                                (uint64_t)INT64_C(-1500000000)),
                 0);
    CHECK_EQ_INT(drawer_stat(f, &alice, "/f", &facts), 0);
    CHECK_EQ_INT(facts.modified, -1500000000);
}

TEST(cabinet_F10_changes_modes_and_times)
{
    with_drawer(change_modes);
}

/* ---- an account goes */

static void forget_alice(struct drawer *f)
{
    struct upload_begin b = { .path = SPAN("/g"), .how = UPLOAD_STORE };
    struct upload_begun u;
    struct file_facts facts;
    CHECK_EQ_INT(cabinet_mkdir(f->cabinet, &alice, SPAN("/d")), 0);
    CHECK_EQ_INT(drawer_store(f, &alice, "/d/f", UPLOAD_STORE, "x"), 0);
    CHECK_EQ_INT(drawer_store(f, &bob, "/f", UPLOAD_STORE, "x"), 0);
    CHECK_EQ_INT(cabinet_write(f->cabinet, &alice, &b, &u), 0);
    cabinet_release(f->cabinet, alice.handle);
    CHECK_EQ_INT(cabinet_forget(f->cabinet, alice.account), 0);
    CHECK_EQ_INT(drawer_stat(f, &alice, "/d", &facts), -ENOENT);
    CHECK_EQ_INT(drawer_store(f, &alice, "/d", UPLOAD_STORE, "x"), -ENOENT);
    CHECK_EQ_INT(cabinet_forget(f->cabinet, alice.account), -ENOENT);
    CHECK_EQ_INT(cabinet_forget(f->cabinet, 99), -ENOENT);
    CHECK(drawer_has(f, &bob, "/f", "x"));
    CHECK_EQ_INT(dir_open(f->directory, "accounts/7"), -ENOENT);
}

TEST(cabinet_forgets_an_account)
{
    with_drawer(forget_alice);
}
