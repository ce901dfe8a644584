/* administration_test - domains, quotas, app passwords, identities, SCRAM keys. */
#include "auth/app_password.h"
#include "auth/site_test.h"
#include "base/own.h"
#include "config/limits.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>

TEST(domain_is_data_of_its_own)
{
    struct site s;
    uint64_t account;
    struct domain_shown shown;
    if (!site_begin(&s))
        return;
    CHECK_EQ_INT(directory_domain_add(s.directory, SPAN("Hamburger.EDU.")), 0);
    CHECK_EQ_INT(directory_domain_add(s.directory, SPAN("hamburger.edu")), -EEXIST);
    CHECK_EQ_INT(site_recipient(&s, "bob@hamburger.edu", &account), AUTH_NO_SUCH_USER);
    CHECK_EQ_INT(site_recipient(&s, "postmaster", &account), AUTH_NO_SUCH_USER);
    static const char *const bad[] = { "",    "a b", "-x", "a..b", "[127.0.0.1]",
                                       "x@y", "@x",  "x/y" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_EQ_INT(directory_domain_add(s.directory, span_of(bad[i])), -EINVAL);
    site_add(&s, "bob@hamburger.edu");
    CHECK_EQ_INT(directory_domain_remove(s.directory, SPAN("hamburger.edu")),
                 -ENOTEMPTY);
    CHECK_EQ_INT(directory_remove(s.directory, SPAN("bob"), &account), 0);
    if (site_reopen(&s)) {
        CHECK_EQ_INT(directory_domain(s.directory, 0, &shown), 0);
        CHECK_SPAN(shown.name, "hamburger.edu");
        CHECK_EQ_UINT(shown.accounts, 0);
        CHECK(shown.settings.detail && shown.settings.quota == QUOTA_NONE);
        CHECK_EQ_INT(directory_domain(s.directory, 1, &shown), -ENOENT);
    }
    CHECK_EQ_INT(directory_domain_remove(s.directory, SPAN("crepes.fr")), -ENOENT);
    CHECK_EQ_INT(directory_domain_remove(s.directory, SPAN("hamburger.edu")), 0);
    for (int i = 0; i < 2 && site_reopen(&s); i++)
        CHECK_EQ_INT(site_recipient(&s, "bob@hamburger.edu", &account), AUTH_NOT_OURS);
    site_end(&s);
}

/* One quota is for mail and files. */
TEST(administration_one_quota_for_all)
{
    struct site s;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    struct directory *d = s.directory;
    CHECK(directory_knows(d, bob, HELD_FILES)); /* there is nothing to know */
    CHECK_EQ_INT(directory_quota(d, SPAN("bob"), 1000), 0);
    CHECK(!directory_knows(d, bob, HELD_FILES));
    CHECK(directory_knows(d, 77, HELD_FILES));
    CHECK_EQ_UINT(directory_reserve(d, bob, HELD_FILES, 300, 200), 200);
    CHECK(directory_knows(d, bob, HELD_FILES));
    CHECK(!directory_knows(d, bob, HELD_MAIL));
    CHECK_EQ_UINT(directory_reserve(d, bob, HELD_MAIL, 100, 1000), 400);
    CHECK_EQ_UINT(directory_reserve(d, bob, HELD_FILES, 500, 1), 0);
    directory_used(d, bob, HELD_MAIL, 0);
    CHECK_EQ_UINT(directory_reserve(d, bob, HELD_FILES, 500, 1000), 500);
    struct account_shown shown;
    uint64_t held, limit;
    CHECK_EQ_INT(directory_holds(d, bob, HELD_MAIL, 7, &held, &limit), 0);
    CHECK_EQ_UINT(held, 507);
    CHECK_EQ_UINT(limit, 1000);
    CHECK_EQ_INT(directory_holds(d, 999, HELD_MAIL, 7, &held, &limit), -ENOENT);
    CHECK_EQ_INT(directory_account(d, SPAN("bob"), &shown), 0);
    CHECK_EQ_UINT(shown.used, 500); /* as it was said before */
    site_end(&s);
}

static void check_room(struct site *s, const char *address, enum auth_verdict verdict,
                       uint64_t limit, uint64_t room)
{
    struct reach reach = { 0 };
    CHECK_EQ_INT(directory_recipient(s->directory, span_of(address), &reach), verdict);
    CHECK_EQ_UINT(reach.limit, limit);
    CHECK_EQ_UINT(reach.room, room);
}

TEST(quota)
{
    struct site s;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    uint64_t carol = site_add(&s, "carol@hamburger.edu");
    site_alias(&s, "staff@hamburger.edu", "bob@hamburger.edu carol@hamburger.edu");
    check_room(&s, "bob@hamburger.edu", AUTH_OK, QUOTA_NONE, QUOTA_NONE);
    struct domain_settings all = { .sets_quota = true, .quota = 1000 };
    CHECK_EQ_INT(directory_domain_set(s.directory, SPAN("hamburger.edu"), &all), 0);
    CHECK_EQ_INT(directory_quota(s.directory, SPAN("carol"), 500), 0);
    CHECK_EQ_INT(directory_quota(s.directory, SPAN("dave"), 500), -ENOENT);
    site_reopen(&s);
    directory_used(s.directory, bob, HELD_MAIL, 900);
    directory_used(s.directory, carol, HELD_MAIL, 100);
    directory_used(s.directory, 77, HELD_MAIL, 100);
    check_room(&s, "bob@hamburger.edu", AUTH_OK, 1000, 100);
    check_room(&s, "carol@hamburger.edu", AUTH_OK, 500, 400);
    check_room(&s, "staff@hamburger.edu", AUTH_OK, 500, 100);
    directory_used(s.directory, bob, HELD_MAIL, 1000);
    CHECK_EQ_UINT(directory_reserve(s.directory, bob, HELD_MAIL, 1200, 5), 0);
    CHECK_EQ_UINT(directory_reserve(s.directory, bob, HELD_MAIL, 990, 5), 5);
    CHECK_EQ_UINT(directory_reserve(s.directory, bob, HELD_MAIL, 990, 50), 10);
    check_room(&s, "bob@hamburger.edu", AUTH_OK, 1000, 10);
    CHECK_EQ_UINT(directory_reserve(s.directory, bob, HELD_MAIL, 1000, UINT64_MAX), 0);
    CHECK_EQ_UINT(directory_reserve(s.directory, 77, HELD_MAIL, 1000, 1), QUOTA_NONE);
    check_room(&s, "bob@hamburger.edu", AUTH_OVER_QUOTA, 1000, 0);
    check_room(&s, "staff@hamburger.edu", AUTH_OVER_QUOTA, 500, 0);
    CHECK_EQ_INT(directory_quota(s.directory, SPAN("bob"), QUOTA_NONE), 0);
    check_room(&s, "bob@hamburger.edu", AUTH_OK, QUOTA_NONE, QUOTA_NONE);
    CHECK_EQ_UINT(directory_reserve(s.directory, bob, HELD_MAIL, 1 << 30, 1),
                  QUOTA_NONE);
    site_reopen(&s);
    check_room(&s, "bob@hamburger.edu", AUTH_OK, QUOTA_NONE, QUOTA_NONE);
    CHECK_EQ_INT(directory_quota(s.directory, SPAN("bob"), QUOTA_DEFAULT), 0);
    check_room(&s, "bob@hamburger.edu", AUTH_OK, 1000, 1000);
    site_end(&s);
}

static const struct app_password *found(struct site *s, const char *password)
{
    static struct credentials c;
    CHECK_EQ_INT(directory_login(s->directory, SPAN("bob"), &c), 0);
    return app_password_find(&c, span_of(password));
}

TEST(app_passwords)
{
    struct site s;
    char kept[64], other[64];
    uint64_t id = 0, second, account = 0;
    struct span password;
    OWN(arena_close) struct arena *arena = arena_open(4096);
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    CHECK_EQ_INT(directory_app_password_add(s.directory, SPAN("bob"), SPAN("phone"), 5,
                                            arena, &id, &password),
                 0);
    span_to_string(password, kept, sizeof kept);
    CHECK_EQ_UINT(password.len, 23);
    CHECK_EQ_INT(directory_app_password_add(s.directory, SPAN("bob"), SPAN("tablet"), 1,
                                            arena, &second, &password),
                 0);
    span_to_string(password, other, sizeof other);
    CHECK(strcmp(kept, other) != 0);
    CHECK_EQ_INT(directory_app_password_add(s.directory, SPAN("bob"), SPAN("phone"), 1,
                                            arena, &account, &password),
                 -EEXIST);
    CHECK_EQ_INT(directory_app_password_add(s.directory, SPAN("bob"), SPAN(""), 1,
                                            arena, &account, &password),
                 -EINVAL);
    CHECK_EQ_INT(directory_app_password_add(s.directory, SPAN("eve"), SPAN("x"), 1,
                                            arena, &account, &password),
                 -ENOENT);
    directory_app_password_used(s.directory, bob, id);
    for (int i = 0; i < 2 && site_reopen(&s); i++) {
        const struct app_password *p = found(&s, kept);
        if (CHECK(p)) {
            CHECK_EQ_UINT(p->id, id);
            CHECK_SPAN(p->label, "phone");
            CHECK_EQ_UINT(p->rights, 5);
            CHECK(p->created > 20000 && p->used == p->created);
        }
        CHECK(found(&s, other) && found(&s, other)->used == 0);
    }
    char spaced[64];
    span_to_string(span_of(kept), spaced, sizeof spaced);
    spaced[5] = spaced[11] = ' ';
    spaced[0] = (char)(spaced[0] - 'a' + 'A');
    CHECK(found(&s, spaced));
    spaced[1] = spaced[1] == 'a' ? 'b' : 'a';
    CHECK(!found(&s, spaced));
    CHECK(!found(&s, "") && !found(&s, "ketchup"));
    CHECK(!found(&s, "abcde-fghij-klmno-pqrst"));
    CHECK(found(&s, other));
    memcpy(other + strlen(other), "a", 2);
    CHECK(!found(&s, other));
    site_end(&s);
}

TEST(app_passwords_removed)
{
    struct site s;
    char kept[64];
    uint64_t id = 0, second, account = 0;
    struct span password;
    struct app_password shown;
    OWN(arena_close) struct arena *arena = arena_open(4096);
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    CHECK_EQ_INT(directory_app_password_add(s.directory, SPAN("bob"), SPAN("phone"), 5,
                                            arena, &id, &password),
                 0);
    span_to_string(password, kept, sizeof kept);
    CHECK_EQ_INT(directory_app_password_add(s.directory, SPAN("bob"), SPAN("tablet"), 1,
                                            arena, &second, &password),
                 0);
    CHECK_EQ_INT(directory_app_password_next(s.directory, SPAN("bob"), id, &shown), 0);
    CHECK_EQ_UINT(shown.id, second);
    CHECK_EQ_INT(directory_app_password_next(s.directory, SPAN("bob"), second, &shown),
                 -ENODATA);
    CHECK_EQ_INT(directory_app_password_next(s.directory, SPAN("eve"), 0, &shown),
                 -ENOENT);
    CHECK_EQ_INT(directory_app_password_remove(s.directory, SPAN("bob"), 99, &account),
                 -ENODATA);
    CHECK_EQ_INT(directory_app_password_remove(s.directory, SPAN("bob"), id, &account),
                 0);
    CHECK_EQ_UINT(account, bob);
    for (int i = 0; i < 2 && site_reopen(&s); i++)
        CHECK(!found(&s, kept));
    site_end(&s);
}

TEST(app_passwords_are_bounded)
{
    struct site s;
    uint64_t id;
    struct span password;
    OWN(arena_close) struct arena *arena = arena_open(16384);
    if (!site_begin(&s))
        return;
    site_add(&s, "bob@hamburger.edu");
    for (int i = 0; i <= APP_PASSWORDS_MAX; i++) {
        char label[12];
        snprintf(label, sizeof label, "%d", i);
        CHECK_EQ_INT(directory_app_password_add(s.directory, SPAN("bob"),
                                                span_of(label), 1, arena, &id,
                                                &password),
                     i < APP_PASSWORDS_MAX ? 0 : -ENOSPC);
    }
    site_end(&s);
}

TEST(scram_keys)
{
    struct site s;
    uint64_t account;
    struct credentials c;
    struct scram_keys keys = { .iterations = 100000,
                               .salt = SPAN("sa\0lt"),
                               .stored_key = SPAN("stored"),
                               .server_key = SPAN("server") };
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    CHECK_EQ_INT(directory_put_scram(s.directory, bob, SPAN("another"), &keys),
                 -ESTALE);
    CHECK_EQ_INT(directory_put_scram(s.directory, 77, SPAN("$y$hash"), &keys), -ENOENT);
    CHECK_EQ_INT(directory_put_scram(s.directory, bob, SPAN("$y$hash"), &keys), 0);
    for (int i = 0; i < 2 && site_reopen(&s); i++) {
        CHECK_EQ_INT(directory_login(s.directory, SPAN("bob"), &c), 0);
        CHECK_EQ_UINT(c.scram.iterations, 100000);
        CHECK_SPAN(c.scram.salt, "sa\0lt");
        CHECK_SPAN(c.scram.stored_key, "stored");
        CHECK_SPAN(c.scram.server_key, "server");
        CHECK(!c.scram.off);
    }
    /* Another password: keys of the old one must not let anybody in. */
    CHECK_EQ_INT(directory_passwd(s.directory, SPAN("bob"), SPAN("$y$new"), &account),
                 0);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ_INT(directory_login(s.directory, SPAN("bob"), &c), 0);
        CHECK(c.scram.iterations == 0 && c.scram.stored_key.len == 0);
        site_reopen(&s);
    }
    CHECK_EQ_INT(directory_scram_off(s.directory, SPAN("bob"), true), 0);
    CHECK_EQ_INT(directory_put_scram(s.directory, bob, SPAN("$y$new"), &keys), -ESTALE);
    if (site_reopen(&s) && directory_login(s.directory, SPAN("bob"), &c) == 0)
        CHECK(c.scram.off);
    CHECK_EQ_INT(directory_scram_off(s.directory, SPAN("bob"), false), 0);
    CHECK_EQ_INT(directory_put_scram(s.directory, bob, SPAN("$y$new"), &keys), 0);
    site_end(&s);
}

/* clang-format off */
static const struct {
    const char *address;
    enum auth_verdict verdict;
} senders[] = {
    { "bob@hamburger.edu", AUTH_OK },
    { "Bob@Hamburger.edu", AUTH_OK },
    { "bob+list@hamburger.edu", AUTH_OK },
    { "sales@hamburger.edu", AUTH_OK },
    { "sales+x@hamburger.edu", AUTH_OK },
    { "postmaster@hamburger.edu", AUTH_OK },
    { "staff@hamburger.edu", AUTH_REFUSED },
    { "carol@hamburger.edu", AUTH_REFUSED },
    { "ceo@hamburger.edu", AUTH_REFUSED },
    { "bob@crepes.fr", AUTH_REFUSED },
    { "bob", AUTH_BAD_ADDRESS },
    { "", AUTH_BAD_ADDRESS },
};
/* clang-format on */

TEST(identities)
{
    struct site s;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    site_add(&s, "carol@hamburger.edu");
    site_alias(&s, "sales@hamburger.edu", "bob@hamburger.edu");
    site_alias(&s, "staff@hamburger.edu", "bob@hamburger.edu carol@hamburger.edu");
    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++)
        if (!CHECK_EQ_INT(directory_sender(s.directory, bob,
                                           span_of(senders[i].address)),
                          senders[i].verdict))
            printf("as %s\n", senders[i].address);
    CHECK_EQ_INT(directory_sender(s.directory, 77, SPAN("bob@hamburger.edu")),
                 AUTH_REFUSED);
    site_end(&s);
}

TEST(identities_that_were_allowed)
{
    struct site s;
    struct span identity;
    if (!site_begin(&s))
        return;
    uint64_t bob = site_add(&s, "bob@hamburger.edu");
    /* A catch-all receives as anybody; it may not send as anybody. */
    struct domain_settings all = { .sets_catch_all = true, .catch_all = SPAN("bob") };
    CHECK_EQ_INT(directory_domain_set(s.directory, SPAN("hamburger.edu"), &all), 0);
    CHECK_EQ_INT(directory_sender(s.directory, bob, SPAN("ceo@hamburger.edu")),
                 AUTH_REFUSED);

    CHECK_EQ_INT(directory_identity_add(s.directory, SPAN("bob"),
                                        SPAN("CEO@hamburger.edu")),
                 0);
    CHECK_EQ_INT(directory_identity_add(s.directory, SPAN("bob"),
                                        SPAN("ceo@hamburger.edu")),
                 -EEXIST);
    CHECK_EQ_INT(directory_identity_add(s.directory, SPAN("bob"), SPAN("x@crepes.fr")),
                 -EXDEV);
    CHECK_EQ_INT(directory_identity_add(s.directory, SPAN("eve"), SPAN("x@crepes.fr")),
                 -ENOENT);
    for (int i = 0; i < 2 && site_reopen(&s); i++) {
        CHECK_EQ_INT(directory_sender(s.directory, bob, SPAN("ceo@hamburger.edu")),
                     AUTH_OK);
        CHECK_EQ_INT(directory_identity(s.directory, SPAN("bob"), 0, &identity), 0);
        CHECK_SPAN(identity, "ceo@hamburger.edu");
        CHECK_EQ_INT(directory_identity(s.directory, SPAN("bob"), 1, &identity),
                     -ENODATA);
    }
    CHECK_EQ_INT(directory_identity_remove(s.directory, SPAN("bob"),
                                           SPAN("cfo@hamburger.edu")),
                 -EADDRNOTAVAIL);
    CHECK_EQ_INT(directory_identity_remove(s.directory, SPAN("bob"),
                                           SPAN("ceo@hamburger.edu")),
                 0);
    for (int i = 0; i < 2 && site_reopen(&s); i++)
        CHECK_EQ_INT(directory_sender(s.directory, bob, SPAN("ceo@hamburger.edu")),
                     AUTH_REFUSED);
    site_end(&s);
}
