/* directory_test - who is here, and that it stays so. */
#include "auth/directory.h"

#include "base/own.h"
#include "os/files.h"
#include "test/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* A directory of its own, which becomes the working directory while a test runs. */
struct place {
    char path[64];
    int dir, before;
    struct directory *directory;
};

static bool begin(struct place *p)
{
    *p = (struct place){ .path = "/tmp/packetboat-auth-XXXXXX" };
    p->before = open(".", O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (!CHECK(mkdtemp(p->path)))
        return false;
    p->dir = open(p->path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    return CHECK_EQ_INT(directory_open(&p->directory, p->dir), 0);
}

static void end(struct place *p)
{
    directory_close(&p->directory);
    unlinkat(p->dir, "auth.db", 0);
    unlinkat(p->dir, "auth.db-wal", 0);
    CHECK_EQ_INT(fchdir(p->before), 0);
    CHECK_EQ_INT(rmdir(p->path), 0);
    fd_close(&p->dir);
    fd_close(&p->before);
}

static bool reopen(struct place *p)
{
    directory_close(&p->directory);
    return CHECK_EQ_INT(directory_open(&p->directory, p->dir), 0);
}

static uint64_t add(struct place *p, const char *address)
{
    uint64_t account = 0;
    CHECK_EQ_INT(directory_add(p->directory, span_of(address), SPAN("$y$hash"),
                               &account),
                 0);
    return account;
}

static enum auth_verdict recipient(struct place *p, const char *address,
                                   uint64_t *account_r)
{
    *account_r = 0;
    return directory_recipient(p->directory, span_of(address), account_r);
}

TEST(directory_empty)
{
    struct place p;
    uint64_t account;
    struct span s;
    struct credentials none;
    if (!begin(&p))
        return;
    CHECK_EQ_INT(recipient(&p, "bob@hamburger.edu", &account), AUTH_NOT_OURS);
    CHECK_EQ_INT(recipient(&p, "postmaster", &account), AUTH_NO_SUCH_USER);
    CHECK_EQ_INT(directory_login(p.directory, SPAN("bob"), &none), -ENOENT);
    CHECK_EQ_INT(directory_next(p.directory, 0, &account, &s), -ENOENT);
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("bob@x"), &account), -ENOENT);
    CHECK_EQ_INT(directory_passwd(p.directory, SPAN("bob@x"), SPAN("h"), &account),
                 -ENOENT);
    end(&p);
}

/* clang-format off */
static const struct {
    const char *address;
    enum auth_verdict verdict;
} recipients[] = {
    { "bob@hamburger.edu",              AUTH_OK },
    { "BOB@HAMBURGER.EDU",              AUTH_OK },
    { "\"bob\"@hamburger.edu",          AUTH_OK },
    { "bob@hamburger.edu.",             AUTH_OK },
    { "postmaster@hamburger.edu",       AUTH_OK },
    { "Postmaster",                     AUTH_OK },
    { "carol@hamburger.edu",            AUTH_NO_SUCH_USER },
    { "\"bob \"@hamburger.edu",         AUTH_NO_SUCH_USER },
    { "alice@crepes.fr",                AUTH_NOT_OURS },
    { "bob@mail.hamburger.edu",         AUTH_NOT_OURS },
    { "bob@edu",                        AUTH_NOT_OURS },
    { "bob@[127.0.0.1]",                AUTH_NOT_OURS },
    /* S08 */
    { "alice%crepes.fr@hamburger.edu",  AUTH_NO_SUCH_USER },
    { "crepes.fr!alice@hamburger.edu",  AUTH_NO_SUCH_USER },
    { "\"alice@crepes.fr\"@hamburger.edu", AUTH_NO_SUCH_USER },
    { "bob@hamburger.edu@crepes.fr",    AUTH_BAD_ADDRESS },
    { "@hamburger.edu:alice@crepes.fr", AUTH_BAD_ADDRESS },
    { "alice",                          AUTH_BAD_ADDRESS },
    { "bob",                            AUTH_BAD_ADDRESS },
    { "",                               AUTH_BAD_ADDRESS },
    /* S09 */
    { "bob;id@hamburger.edu",           AUTH_BAD_ADDRESS },
    { "|id@hamburger.edu",              AUTH_NO_SUCH_USER },
    { "$(id)@hamburger.edu",            AUTH_BAD_ADDRESS },
    { "bob\n@hamburger.edu",            AUTH_BAD_ADDRESS },
};
/* clang-format on */

TEST(directory_recipients)
{
    struct place p;
    uint64_t account;
    if (!begin(&p))
        return;
    uint64_t bob = add(&p, "Bob@hamburger.edu");
    for (size_t i = 0; i < sizeof recipients / sizeof *recipients; i++) {
        if (!CHECK_EQ_INT(recipient(&p, recipients[i].address, &account),
                          recipients[i].verdict))
            printf("for %s\n", recipients[i].address);
        CHECK_EQ_UINT(account, recipients[i].verdict == AUTH_OK ? bob : 0);
    }
    end(&p);
}

TEST(directory_refuses_to_add)
{
    struct place p;
    uint64_t account;
    if (!begin(&p))
        return;
    add(&p, "bob@hamburger.edu");
    static const struct {
        const char *address;
        int error;
    } refused[] = {
        { "bob@hamburger.edu", -EEXIST },
        { "BOB@hamburger.edu.", -EEXIST },
        { "bob", -EINVAL },
        { "bob@", -EINVAL },
        { "bob@[127.0.0.1]", -EINVAL },
        { "b b@hamburger.edu", -EINVAL },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK_EQ_INT(directory_add(p.directory, span_of(refused[i].address), SPAN("h"),
                                   &account),
                     refused[i].error);
    end(&p);
}

TEST(directory_survives)
{
    struct place p;
    uint64_t account;
    struct credentials c;
    if (!begin(&p))
        return;
    uint64_t bob = add(&p, "bob@hamburger.edu"), carol = add(&p, "carol@hamburger.edu");
    CHECK(bob > 0 && carol > bob);
    CHECK_EQ_INT(directory_passwd(p.directory, SPAN("carol@hamburger.edu"),
                                  SPAN("$y$new"), &account),
                 0);
    CHECK_EQ_UINT(account, carol);
    if (reopen(&p)) {
        CHECK_EQ_INT(directory_login(p.directory, SPAN("bob@HAMBURGER.edu"), &c), 0);
        CHECK_EQ_UINT(c.account, bob);
        CHECK_SPAN(c.name, "bob@hamburger.edu");
        CHECK_SPAN(c.hash, "$y$hash");
        CHECK_EQ_INT(directory_login(p.directory, SPAN("carol"), &c), 0);
        CHECK_EQ_UINT(c.account, carol);
        CHECK_SPAN(c.hash, "$y$new");
        CHECK_EQ_INT(recipient(&p, "postmaster", &account), AUTH_OK);
        CHECK_EQ_UINT(account, bob);
    }
    end(&p);
}

TEST(directory_numbers_are_never_used_again)
{
    struct place p;
    uint64_t account;
    if (!begin(&p))
        return;
    add(&p, "bob@hamburger.edu");
    uint64_t carol = add(&p, "carol@hamburger.edu");
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("carol@hamburger.edu"), &account),
                 0);
    CHECK_EQ_UINT(account, carol);
    CHECK_EQ_INT(recipient(&p, "carol@hamburger.edu", &account), AUTH_NO_SUCH_USER);
    if (reopen(&p)) {
        CHECK_EQ_INT(recipient(&p, "carol@hamburger.edu", &account), AUTH_NO_SUCH_USER);
        CHECK(add(&p, "carol@hamburger.edu") > carol);
    }
    end(&p);
}

/* What removing leaves must be the same in memory and after a restart. */
static void check_heirs(struct place *p, uint64_t carol, uint64_t alice)
{
    uint64_t account;
    CHECK_EQ_INT(recipient(p, "postmaster@hamburger.edu", &account), AUTH_OK);
    CHECK_EQ_UINT(account, carol);
    CHECK_EQ_INT(recipient(p, "postmaster@crepes.fr", &account), AUTH_OK);
    CHECK_EQ_UINT(account, alice);
    CHECK_EQ_INT(recipient(p, "postmaster@gone.example", &account), AUTH_NOT_OURS);
    CHECK_EQ_INT(recipient(p, "dave@gone.example", &account), AUTH_NOT_OURS);
    CHECK_EQ_INT(recipient(p, "postmaster", &account), AUTH_OK);
    CHECK_EQ_UINT(account, carol);
}

TEST(directory_postmaster_has_an_heir)
{
    struct place p;
    uint64_t account;
    if (!begin(&p))
        return;
    add(&p, "bob@hamburger.edu");
    uint64_t alice = add(&p, "alice@crepes.fr");
    uint64_t carol = add(&p, "carol@hamburger.edu");
    add(&p, "dave@gone.example");
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("bob@hamburger.edu"), &account), 0);
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("dave@gone.example"), &account), 0);
    check_heirs(&p, carol, alice);
    if (reopen(&p))
        check_heirs(&p, carol, alice);
    end(&p);
}

TEST(directory_postmaster_by_name)
{
    struct place p;
    uint64_t account;
    if (!begin(&p))
        return;
    uint64_t bob = add(&p, "bob@hamburger.edu");
    uint64_t own = add(&p, "postmaster@hamburger.edu");
    CHECK_EQ_INT(directory_add(p.directory, SPAN("postmaster@hamburger.edu"), SPAN("h"),
                               &account),
                 -EEXIST);
    for (int i = 0; i < 2 && CHECK(reopen(&p)); i++) {
        CHECK_EQ_INT(recipient(&p, "postmaster", &account), AUTH_OK);
        CHECK_EQ_UINT(account, own);
    }
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("postmaster@hamburger.edu"),
                                  &account),
                 0);
    for (int i = 0; i < 2 && CHECK(reopen(&p)); i++) {
        CHECK_EQ_INT(recipient(&p, "postmaster", &account), AUTH_OK);
        CHECK_EQ_UINT(account, bob);
    }
    end(&p);
}

TEST(directory_walk)
{
    struct place p;
    uint64_t account = 0;
    struct span name;
    if (!begin(&p))
        return;
    add(&p, "c@x");
    add(&p, "a@x");
    add(&p, "b@y");
    CHECK_EQ_INT(directory_remove(p.directory, SPAN("a@x"), &account), 0);
    CHECK_EQ_INT(directory_next(p.directory, 0, &account, &name), 0);
    CHECK_SPAN(name, "c@x");
    CHECK_EQ_INT(directory_next(p.directory, account, &account, &name), 0);
    CHECK_SPAN(name, "b@y");
    CHECK_EQ_INT(directory_next(p.directory, account, &account, &name), -ENOENT);
    CHECK_EQ_INT(directory_next(p.directory, UINT64_MAX, &account, &name), -ENOENT);
    end(&p);
}

/* A database that somebody has spoilt is refused, not believed and not crashed upon. */
TEST(directory_spoilt)
{
    struct place p;
    if (!begin(&p))
        return;
    add(&p, "bob@hamburger.edu");
    directory_close(&p.directory);
    int fd = openat(p.dir, "auth.db", O_WRONLY | O_CLOEXEC);
    CHECK_EQ_INT(pwrite(fd, "not a database at all", 21, 0), 21);
    close(fd);
    CHECK_EQ_INT(directory_open(&p.directory, p.dir), -EUCLEAN);
    CHECK(!p.directory);
    end(&p);
}
