/* share - what of other accounts' files is seen below /Shared, and what may be done there. */
#include "files/drawer_test.h"
#include "ipc/right.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Alice (7) shares three folders with Bob (8), one for each access. */
static const struct shared shares[] = {
    { 7, "alice@crepes.fr", "/read", SHARE_READ },
    { 7, "alice@crepes.fr", "/in/add", SHARE_ADD },
    { 7, "alice@crepes.fr", "/write", SHARE_WRITE },
};
static size_t shared_count = 3, asked;

static int say_shared(uint64_t guest, uint32_t n, struct shared *shared_r, void *arg)
{
    (void)arg;
    asked++;
    if (guest != 8 || n >= shared_count)
        return -ENOENT;
    *shared_r = shares[n];
    return 0;
}

static void with_shares(void (*fn)(struct drawer *))
{
    struct drawer d;
    drawer_make(&d);
    d.shared = say_shared;
    shared_count = 3;
    drawer_open(&d);
    drawer_run(&d, fn);
    drawer_close(&d);
    drawer_remove(&d);
}

#define OF_ALICE "/Shared/alice@crepes.fr"

static void fill(struct drawer *d)
{
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/read")), 0);
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/in")), 0);
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/in/add")), 0);
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/write")), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/read/f", UPLOAD_STORE, "r"), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/in/add/f", UPLOAD_STORE, "a"), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/write/f", UPLOAD_STORE, "w"), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/private", UPLOAD_STORE, "p"), 0);
    CHECK_EQ_INT(drawer_store(d, &bob, "/own", UPLOAD_STORE, "b"), 0);
}

/* ---- looking */

static void check_names(struct drawer *d, const struct visitor *v, const char *path,
                        const char *pattern, const char *wanted)
{
    char names[256];
    if (CHECK_EQ_INT(drawer_list(d, v, path, pattern, names, sizeof names), 0))
        CHECK(strcmp(names, wanted) == 0);
}

static void walk(struct drawer *d)
{
    struct file_facts facts, other;
    fill(d);
    check_names(d, &bob, "/", "", "Shared own ");
    check_names(d, &bob, "/", "o*", "own ");
    check_names(d, &bob, "/Shared", "", "alice@crepes.fr ");
    check_names(d, &bob, OF_ALICE, "", "add read write ");
    check_names(d, &bob, OF_ALICE, "[rw]*", "read write ");
    check_names(d, &bob, OF_ALICE "/read", "", "f ");
    CHECK(drawer_has(d, &bob, OF_ALICE "/read/f", "r"));
    CHECK(drawer_has(d, &bob, OF_ALICE "/add/f", "a"));
    CHECK_EQ_INT(drawer_stat(d, &bob, "/Shared", &facts), 0);
    CHECK(facts.type == FILE_DIRECTORY && facts.perm == (PERM_ENTER | PERM_LIST));
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE, &other), 0);
    CHECK(facts.unique != other.unique);
    CHECK_EQ_INT(cabinet_read(d->cabinet, &bob, SPAN(OF_ALICE), &facts), -EISDIR);
    /* Each sees his own, and she has none of it. */
    check_names(d, &alice, "/", "", "in private read write ");
    CHECK_EQ_INT(drawer_stat(d, &alice, "/Shared", &facts), -ENOENT);
}

TEST(share_is_seen_by_its_guest)
{
    with_shares(walk);
}

static void look_for_others(struct drawer *d)
{
    struct file_facts facts;
    char names[64];
    static const char *const there_is_nothing[] = {
        "/Shared/bob@hamburger.edu",
        "/Shared/nobody@crepes.fr",
        "/Shared/alice@crepes.fr/private",
        "/Shared/alice@crepes.fr/in",
        "/Shared/alice@crepes.fr/none",
        "/Shared/ALICE@crepes.fr",
        "/Shared/alice@crepes.fr/none/f",
        "/Shared/7",
        "/Shared/7/read",
    };
    fill(d);
    for (size_t i = 0; i < sizeof there_is_nothing / sizeof *there_is_nothing; i++) {
        const char *path = there_is_nothing[i];
        CHECK_EQ_INT(drawer_stat(d, &bob, path, &facts), -ENOENT);
        CHECK_EQ_INT(drawer_list(d, &bob, path, "", names, sizeof names), -ENOENT);
        CHECK_EQ_INT(drawer_store(d, &bob, path, UPLOAD_STORE, "x"), -ENOENT);
        CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &bob, span_of(path)), -ENOENT);
        CHECK_EQ_INT(cabinet_remove(d->cabinet, &bob, span_of(path)), -ENOENT);
    }
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/read/../../private", &facts), -EINVAL);
}

TEST(share_tells_of_nothing_else)
{
    with_shares(look_for_others);
}

/* ---- the rights, one by one */

enum deed {
    READ,
    STORE_NEW,
    STORE_OVER,
    APPEND,
    MKDIR,
    REMOVE,
    RMDIR,
    RENAME,
    MODIFY,
    MOVE_TOP,
    RMDIR_TOP,
    DEEDS
};

static int path_store(struct drawer *d, const char *path, const char *name,
                      enum upload_how how)
{
    char whole[128];
    snprintf(whole, sizeof whole, "%s/%s", path, name);
    return drawer_store(d, &bob, whole, how, "x");
}

static struct span path_in(const char *path, const char *name)
{
    static char whole[2][128];
    static int turn;
    char *to = whole[turn++ % 2];
    snprintf(to, sizeof whole[0], "%s%s", path, name);
    return span_of(to);
}

static int try_directory(struct cabinet *c, const char *path, enum deed deed)
{
    switch (deed) {
    case MKDIR:
        return cabinet_mkdir(c, &bob, path_in(path, "/d"));
    case RMDIR:
        return cabinet_rmdir(c, &bob, path_in(path, "/d"));
    case RENAME:
        return cabinet_rename(c, &bob, path_in(path, "/f"), path_in(path, "/g"));
    case MOVE_TOP:
        return cabinet_rename(c, &bob, span_of(path), path_in(path, "x"));
    default:
        return cabinet_rmdir(c, &bob, span_of(path));
    }
}

static int try(struct drawer *d, const char *path, enum deed deed)
{
    struct file_facts facts;
    struct cabinet *c = d->cabinet;
    int fd;
    switch (deed) {
    case READ:
        fd = cabinet_read(c, &bob, path_in(path, "/f"), &facts);
        return fd >= 0 ? close(fd) : fd;
    case STORE_NEW:
        return path_store(d, path, "new", UPLOAD_STORE);
    case STORE_OVER:
        return path_store(d, path, "f", UPLOAD_STORE);
    case APPEND:
        return path_store(d, path, "f", UPLOAD_APPEND);
    case REMOVE:
        return cabinet_remove(c, &bob, path_in(path, "/new"));
    case MODIFY:
        return cabinet_modify(c, &bob, path_in(path, "/f"), FILE_MODE, 0600);
    default:
        return try_directory(c, path, deed);
    }
}

/* clang-format off */
static const int matrix[][DEEDS] = {
    /*               READ NEW      OVER     APPEND   MKDIR    REMOVE   RMDIR    RENAME   MODIFY   top      top */
    [SHARE_READ]  = { 0, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -EACCES, -ENOENT, -EACCES },
    [SHARE_ADD]   = { 0, 0,       -EEXIST, -EEXIST, 0,       -EACCES, -EACCES, -EACCES, -EACCES, -ENOENT, -EACCES },
    [SHARE_WRITE] = { 0, 0,       0,       0,       0,       0,       0,       0,       -ENOENT, -ENOENT, -EACCES },
};
/* clang-format on */

static void try_all(struct drawer *d)
{
    static const char *const paths[] = { OF_ALICE "/read", OF_ALICE "/add",
                                         OF_ALICE "/write" };
    fill(d);
    for (int access = 0; access < SHARE_ACCESSES; access++)
        for (enum deed deed = 0; deed < DEEDS; deed++)
            if (!CHECK_EQ_INT(try(d, paths[access], deed), matrix[access][deed]))
                printf("deed %d in %s\n", (int)deed, paths[access]);
    CHECK(drawer_has(d, &alice, "/read/f", "r"));
    CHECK(drawer_has(d, &alice, "/in/add/f", "a"));
    CHECK(drawer_has(d, &alice, "/in/add/new", "x"));
    CHECK(drawer_has(d, &alice, "/write/g", "xx"));
}

TEST(share_allows_what_its_access_says)
{
    with_shares(try_all);
}

static void look_at_perm(struct drawer *d)
{
    struct file_facts facts;
    const uint32_t looks = PERM_ENTER | PERM_LIST;
    fill(d);
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/read", &facts), 0);
    CHECK_EQ_UINT(facts.perm, looks);
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/read/f", &facts), 0);
    CHECK_EQ_UINT(facts.perm, PERM_READ);
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/add", &facts), 0);
    CHECK_EQ_UINT(facts.perm, looks | PERM_CREATE | PERM_MKDIR);
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/add/f", &facts), 0);
    CHECK_EQ_UINT(facts.perm, PERM_READ);
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/write", &facts), 0);
    CHECK_EQ_UINT(facts.perm, looks | PERM_CREATE | PERM_MKDIR | PERM_PURGE);
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/write/f", &facts), 0);
    CHECK_EQ_UINT(facts.perm,
                  PERM_APPEND | PERM_DELETE | PERM_RENAME | PERM_READ | PERM_WRITE);
}

TEST(share_perm_fact_says_what_may_be_done)
{
    with_shares(look_at_perm);
}

/* The login's own rights, and the configuration's, count there as well. */
static void come_with_less(struct drawer *d)
{
    const struct visitor looker = { 4, 8, RIGHT_FILES }, nobody = { 5, 8, 0 };
    struct file_facts facts;
    fill(d);
    CHECK(drawer_has(d, &looker, OF_ALICE "/write/f", "w"));
    CHECK_EQ_INT(drawer_store(d, &looker, OF_ALICE "/write/n", UPLOAD_STORE, "x"),
                 -EACCES);
    CHECK_EQ_INT(drawer_stat(d, &nobody, "/Shared", &facts), -EACCES);
    CHECK_EQ_INT(drawer_stat(d, &nobody, OF_ALICE "/read/f", &facts), -EACCES);
    snprintf(d->files.read_only[d->files.read_onlys++], FILES_TREE_OCTETS_MAX,
             "/write");
    snprintf(d->files.hidden[d->files.hiddens++], FILES_TREE_OCTETS_MAX, "/read/f");
    CHECK_EQ_INT(drawer_store(d, &bob, OF_ALICE "/write/n", UPLOAD_STORE, "x"), -EROFS);
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/read/f", &facts), -ENOENT);
    check_names(d, &bob, OF_ALICE "/read", "", "");
}

TEST(share_gives_no_more_than_the_login_has)
{
    with_shares(come_with_less);
}

/* ---- ways out */

static void try_to_escape(struct drawer *d)
{
    struct file_facts facts;
    fill(d);
    CHECK_EQ_INT(symlinkat("../private", d->directory, "accounts/7/home/write/link"),
                 0);
    CHECK_EQ_INT(symlinkat("..", d->directory, "accounts/7/home/write/up"), 0);
    CHECK(cabinet_read(d->cabinet, &bob, SPAN(OF_ALICE "/write/link"), &facts) < 0);
    CHECK(drawer_stat(d, &bob, OF_ALICE "/write/up/private", &facts) < 0);
    /* From account to account nothing is moved, either way; nor to where he may not. */
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &bob, SPAN("/own"),
                                SPAN(OF_ALICE "/write/o")),
                 -EXDEV);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &bob, SPAN(OF_ALICE "/write/f"),
                                SPAN("/f")),
                 -EXDEV);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &bob, SPAN(OF_ALICE "/read/f"),
                                SPAN(OF_ALICE "/write/r")),
                 -EACCES);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &bob, SPAN("/Shared"), SPAN("/mine")),
                 -EACCES);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &bob, SPAN("/own"), SPAN("/Shared")),
                 -EACCES);
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &bob, SPAN("/Shared")), -EEXIST);
    CHECK_EQ_INT(drawer_store(d, &bob, "/Shared/x", UPLOAD_STORE, "x"), -ENOENT);
    CHECK(drawer_has(d, &alice, "/write/f", "w"));
    CHECK(drawer_has(d, &bob, "/own", "b"));
}

TEST(share_has_no_way_out)
{
    with_shares(try_to_escape);
}

/* What somebody called so before it was ours is not in the way, and not lost. */
static void have_a_directory_of_that_name(struct drawer *d)
{
    fill(d);
    CHECK_EQ_INT(mkdirat(d->directory, "accounts/8/home/Shared", 0700), 0);
    CHECK_EQ_INT(mkdirat(d->directory, "accounts/8/home/Shared/old", 0700), 0);
    check_names(d, &bob, "/", "", "Shared own ");
    check_names(d, &bob, "/Shared", "", "alice@crepes.fr ");
}

TEST(share_covers_a_directory_of_its_name)
{
    with_shares(have_a_directory_of_that_name);
}

/* ---- when it changes */

static void change(struct drawer *d)
{
    struct file_facts facts;
    fill(d);
    check_names(d, &bob, OF_ALICE, "", "add read write ");
    size_t before = asked;
    for (int i = 0; i < 100; i++)
        CHECK(drawer_has(d, &bob, OF_ALICE "/read/f", "r"));
    CHECK_EQ_UINT(asked, before); /* it is remembered */
    shared_count = 1;
    cabinet_shares_changed(d->cabinet);
    check_names(d, &bob, OF_ALICE, "", "read ");
    CHECK_EQ_INT(drawer_stat(d, &bob, OF_ALICE "/write/f", &facts), -ENOENT);
    shared_count = 0;
    cabinet_shares_changed(d->cabinet);
    check_names(d, &bob, "/", "", "own ");
    CHECK_EQ_INT(drawer_stat(d, &bob, "/Shared", &facts), -ENOENT);
}

TEST(share_ends_at_once)
{
    with_shares(change);
}

/* What is stored there is the owner's, and counts for her. */
static void store_for_her(struct drawer *d)
{
    static char big[100000 + 1];
    uint64_t used;
    fill(d);
    memset(big, 'x', sizeof big - 1);
    CHECK_EQ_INT(drawer_store(d, &bob, OF_ALICE "/write/big", UPLOAD_STORE, big), 0);
    CHECK_EQ_INT(cabinet_used(d->cabinet, 7, &used), 0);
    CHECK_EQ_UINT(used, 100000 + 4);
    CHECK_EQ_INT(cabinet_used(d->cabinet, 8, &used), 0);
    CHECK_EQ_UINT(used, 1);
}

TEST(share_counts_for_its_owner)
{
    with_shares(store_for_her);
}
