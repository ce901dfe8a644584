#include "files/verify.h"

#include "files/drawer_test.h"
#include "test/unit.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static char said[256];

static void hear(const char *fault, void *arg)
{
    (void)arg;
    snprintf(said, sizeof said, "%s", fault);
}

static void make(struct drawer *d)
{
    struct upload_begin b = { .path = SPAN("/g") };
    struct upload_begun u;
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/d")), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/d/f", UPLOAD_STORE, "12345"), 0);
    CHECK_EQ_INT(drawer_store(d, &bob, "/f", UPLOAD_STORE, "123"), 0);
    CHECK_EQ_INT(cabinet_write(d->cabinet, &alice, &b, &u), 0);
}

TEST(verify_knows_the_files)
{
    struct drawer d;
    struct files_report r;
    drawer_make(&d);
    CHECK_EQ_INT(files_verify(d.directory, &r, hear, NULL), -ENOENT);
    drawer_run_and_die(&d, make);
    CHECK_EQ_INT(files_verify(d.directory, &r, hear, NULL), 0);
    CHECK_EQ_UINT(r.accounts, 2);
    CHECK_EQ_UINT(r.files, 2);
    CHECK_EQ_UINT(r.octets, 8);
    CHECK_EQ_UINT(r.unfinished, 1);
    CHECK_EQ_UINT(r.unreachable, 0);
    CHECK_EQ_INT(symlinkat("/etc", d.directory, "accounts/7/home/link"), 0);
    CHECK_EQ_INT(mkdirat(d.directory, "accounts/7/home/d/\xff", 0700), 0);
    CHECK_EQ_INT(files_verify(d.directory, &r, hear, NULL), 0);
    CHECK_EQ_UINT(r.unreachable, 2);
    CHECK_EQ_INT(mkdirat(d.directory, "accounts/bob", 0700), 0);
    CHECK_EQ_INT(files_verify(d.directory, &r, hear, NULL), 1);
    CHECK_SPAN(span_of(said), "files/accounts/bob: is no account's folder");
    CHECK_EQ_INT(mkdirat(d.directory, "accounts/9", 0700), 0);
    CHECK_EQ_INT(files_verify(d.directory, &r, hear, NULL), 2);
    drawer_remove(&d);
}
