/* shares - which folders are shared with whom, and that it is kept. */
#include "auth/shares.h"
#include "auth/site_test.h"
#include "config/limits.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>

static int set(struct site *s, const char *owner, const char *path, const char *guest,
               enum share_access access)
{
    return directory_share_set(s->directory, span_of(owner), span_of(path),
                               span_of(guest), access);
}

static int unset(struct site *s, const char *owner, const char *path, const char *guest)
{
    return directory_share_remove(s->directory, span_of(owner), span_of(path),
                                  span_of(guest));
}

/* "OWNER PATH GUEST ACCESS;" of each that the guest sees, or of all. */
static void check_shares(struct site *s, uint64_t guest, const char *wanted)
{
    char all[512] = "";
    struct share_shown shown;
    size_t len = 0;
    for (size_t n = 0;
         directory_share(s->directory, guest, n, &shown) == 0 && len < sizeof all; n++)
        len += (size_t)snprintf(all + len, sizeof all - len, "%.*s %.*s %.*s %d;",
                                SPAN_ARG(shown.owner_address), SPAN_ARG(shown.path),
                                SPAN_ARG(shown.guest_address), shown.access);
    CHECK(strcmp(all, wanted) == 0);
}

TEST(share_is_kept)
{
    struct site s;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    uint64_t carol = site_add(&s, "carol@hamburger.edu");
    site_add(&s, "alice@crepes.fr");
    CHECK_EQ_INT(set(&s, "bob", "/photos", "carol", SHARE_READ), 0);
    CHECK_EQ_INT(set(&s, "bob", "/a/b", "Carol@hamburger.edu", SHARE_ADD), 0);
    CHECK_EQ_INT(set(&s, "alice@crepes.fr", "/photos", "carol", SHARE_WRITE), 0);
    CHECK_EQ_INT(set(&s, "carol", "/x", "bob", SHARE_READ), 0);
    CHECK_EQ_INT(set(&s, "bob", "/photos", "carol", SHARE_WRITE), 0); /* more */
    for (int i = 0; i < 2; i++) {
        check_shares(&s, carol,
                     "bob@hamburger.edu /a/b carol@hamburger.edu 1;"
                     "bob@hamburger.edu /photos carol@hamburger.edu 2;"
                     "alice@crepes.fr /photos carol@hamburger.edu 2;");
        check_shares(&s, bob, "carol@hamburger.edu /x bob@hamburger.edu 0;");
        site_reopen(&s);
    }
    CHECK_EQ_INT(unset(&s, "bob", "/photos", "carol"), 0);
    CHECK_EQ_INT(unset(&s, "bob", "/photos", "carol"), -ENODATA);
    CHECK_EQ_INT(unset(&s, "bob", "/photos", "nobody"), -EADDRNOTAVAIL);
    for (int i = 0; i < 2; i++) {
        check_shares(&s, carol,
                     "bob@hamburger.edu /a/b carol@hamburger.edu 1;"
                     "alice@crepes.fr /photos carol@hamburger.edu 2;");
        site_reopen(&s);
    }
    site_end(&s);
}

TEST(share_goes_with_its_owner_and_its_guest)
{
    struct site s;
    uint64_t gone;
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    site_add(&s, "carol@hamburger.edu");
    site_add(&s, "dave@hamburger.edu");
    CHECK_EQ_INT(set(&s, "bob", "/b", "carol", SHARE_READ), 0);
    CHECK_EQ_INT(set(&s, "carol", "/c", "bob", SHARE_READ), 0);
    CHECK_EQ_INT(set(&s, "dave", "/d", "bob", SHARE_READ), 0);
    CHECK_EQ_INT(directory_remove(s.directory, SPAN("carol"), &gone), 0);
    for (int i = 0; i < 2; i++) {
        check_shares(&s, 0, "dave@hamburger.edu /d bob@hamburger.edu 0;");
        site_reopen(&s);
    }
    site_end(&s);
}

TEST(share_is_refused_where_it_could_not_be_seen)
{
    struct site s;
    char name[ADDRESS_OCTETS_MAX];
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    site_add(&s, "carol@hamburger.edu");
    site_add(&s, "a/b@hamburger.edu");
    CHECK_EQ_INT(set(&s, "nobody", "/a", "bob", SHARE_READ), -ENOENT);
    CHECK_EQ_INT(set(&s, "bob", "/a", "nobody", SHARE_READ), -EADDRNOTAVAIL);
    CHECK_EQ_INT(set(&s, "bob", "/a", "BOB", SHARE_READ), -ELOOP);
    CHECK_EQ_INT(set(&s, "a/b", "/a", "bob", SHARE_READ), -ENAMETOOLONG);
    CHECK_EQ_INT(set(&s, "bob", "/x/a", "carol", SHARE_READ), 0);
    CHECK_EQ_INT(set(&s, "bob", "/a", "carol", SHARE_READ), -ENOTUNIQ);
    CHECK_EQ_INT(set(&s, "bob", "/x", "carol", SHARE_READ), 0);
    for (int i = 2; i < SHARES_OF_ONE; i++) {
        snprintf(name, sizeof name, "/n%d", i);
        CHECK_EQ_INT(set(&s, "bob", name, "carol", SHARE_READ), 0);
    }
    CHECK_EQ_INT(set(&s, "bob", "/one/more", "carol", SHARE_READ), -ENOSPC);
    CHECK_EQ_INT(set(&s, "bob", "/x", "carol", SHARE_WRITE), 0); /* it is there */
    site_end(&s);
}
