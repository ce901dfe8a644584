/* directory - see directory.h and inside.h. */
#include "auth/inside.h"

#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"

#include <errno.h>
#include <stdlib.h>

enum { SCRATCH_OCTETS = 4096, CHANGING_OCTETS = 4 << 20 };

static const struct span postmaster = { "postmaster", 10 };

/* ---- opening */

static int read_domain(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    struct span name = database_span(row, 0);
    int error = roll_put_domain(&d->roll, name);
    if (error)
        return error;
    struct domain *domain = roll_domain(&d->roll, name);
    domain->detail = database_number(row, 2) != 0;
    domain->quota = database_number(row, 3);
    return 0;
}

static int read_account(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    uint64_t id = database_number(row, 0);
    int error =
        roll_put_account(&d->roll, id, database_span(row, 1), database_span(row, 2));
    if (error)
        return error;
    struct account *account = roll_account(&d->roll, id);
    account->quota = database_number(row, 3);
    return roll_put_scram(account, &(struct scram_keys){
                                       .off = database_number(row, 4) != 0,
                                       .iterations = (uint32_t)database_number(row, 5),
                                       .salt = database_span(row, 6),
                                       .stored_key = database_span(row, 7),
                                       .server_key = database_span(row, 8),
                                   });
}

static int read_alias(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    struct span name = database_span(row, 0);
    if (!roll_domain(&d->roll, address_domain(name)))
        return -EUCLEAN;
    int error = roll_put_alias(&d->roll, name);
    return error == -EEXIST ? -EUCLEAN : error;
}

static int read_target(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    struct address *alias = roll_find(&d->roll, database_span(row, 0));
    struct address *target = roll_find(&d->roll, database_span(row, 1));
    return target ? roll_put_target(alias, target) : -EUCLEAN;
}

static int read_catch_all(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    struct span name = database_span(row, 1);
    if (name.len == 0)
        return 0;
    struct address *catch_all = roll_find(&d->roll, name);
    if (!catch_all)
        return -EUCLEAN;
    roll_set_catch_all(roll_domain(&d->roll, database_span(row, 0)), catch_all);
    return 0;
}

static int read_app_password(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    struct account *account = roll_account(&d->roll, database_number(row, 1));
    if (!account)
        return -EUCLEAN;
    return roll_put_app_password(account,
                                 &(struct app_password){
                                     .id = database_number(row, 0),
                                     .label = database_span(row, 2),
                                     .salt = database_span(row, 3),
                                     .digest = database_span(row, 4),
                                     .rights = (uint32_t)database_number(row, 5),
                                     .created = (uint32_t)database_number(row, 6),
                                     .used = (uint32_t)database_number(row, 7),
                                 });
}

static int read_identity(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    struct account *account = roll_account(&d->roll, database_number(row, 0));
    return account ? roll_put_identity(account, database_span(row, 1)) : -EUCLEAN;
}

static int read_share(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    struct share s = { .owner = database_number(row, 0),
                       .path = database_span(row, 1),
                       .guest = database_number(row, 2),
                       .access = (enum share_access)database_number(row, 3) };
    if (!roll_account(&d->roll, s.owner) || !roll_account(&d->roll, s.guest) ||
        s.access >= SHARE_ACCESSES)
        return -EUCLEAN;
    return share_put(d, &s);
}

static int read_secret(void *arg, const struct database_row *row)
{
    struct directory *d = arg;
    struct span octets = database_span(row, 0);
    if (octets.len != sizeof d->secret)
        return -EUCLEAN;
    memcpy(d->secret, octets.at, octets.len);
    return 0;
}

static int read_all(struct directory *d)
{
    static const struct {
        enum database_statement which;
        int (*row)(void *, const struct database_row *);
    } reads[] = {
        { DOMAINS, read_domain },      { ACCOUNTS, read_account },
        { ALIASES, read_alias },       { TARGETS, read_target },
        { DOMAINS, read_catch_all },   { APP_PASSWORDS, read_app_password },
        { IDENTITIES, read_identity }, { SHARES, read_share },
        { SECRETS, read_secret },
    };
    int error = 0;
    for (size_t i = 0; i < sizeof reads / sizeof *reads && !error; i++)
        error = database_read(d->database, reads[i].which, reads[i].row, d);
    return error;
}

int directory_open(struct directory **directory_r, int dir)
{
    OWN(directory_close) struct directory *d = calloc(1, sizeof *d);
    if (!d)
        return -ENOMEM;
    list_init(&d->waiting);
    d->looking = arena_open(SCRATCH_OCTETS);
    d->changing = arena_open(CHANGING_OCTETS);
    int error = d->looking && d->changing ? roll_open(&d->roll) : -ENOMEM;
    if (!error)
        error = database_open(&d->database, dir);
    if (!error)
        error = read_all(d);
    if (error)
        return error;
    *directory_r = TAKE(&d);
    return 0;
}

void directory_close(struct directory **directory)
{
    struct directory *d = *directory;
    if (!d)
        return;
    database_close(&d->database);
    shares_close(d);
    roll_close(&d->roll);
    arena_close(&d->looking);
    arena_close(&d->changing);
    explicit_bzero(d->secret, sizeof d->secret);
    free(d);
    *directory = NULL;
}

/* ---- looking */

struct span at_domain(struct arena *arena, struct span name, struct span domain)
{
    size_t len = name.len + 1 + domain.len;
    char *at = arena_alloc(arena, len);
    if (!at)
        return SPAN("");
    memcpy(at, name.at, name.len);
    at[name.len] = '@';
    memcpy(at + name.len + 1, domain.at, domain.len);
    return span_at(at, len);
}

struct address *called(struct directory *d, struct arena *arena, struct span name)
{
    struct span canonical;
    if (name.len == 0 || name.len > ADDRESS_OCTETS_MAX)
        return NULL;
    if (d->roll.domain_count > 0 && span_find(name, '@') == name.len)
        name = at_domain(arena, name, d->roll.order[0]->name);
    return address_canonical(name, arena, &canonical) ? roll_find(&d->roll, canonical)
                                                      : NULL;
}

struct account *account_called(struct directory *d, struct arena *arena,
                               struct span name)
{
    struct address *address = called(d, arena, name);
    return address ? address->account : NULL;
}

uint64_t limit_of(const struct account *account)
{
    return account->quota == QUOTA_DEFAULT ? account->domain->quota : account->quota;
}

static struct span local_part(struct span canonical, const struct domain *domain)
{
    return span_first(canonical, canonical.len - domain->name.len - 1);
}

/* name of name+detail; the whole where there is none.  What needs quoting has none. */
static struct span without_detail(struct span local, const struct domain *domain)
{
    size_t plus = span_find(local, '+');
    return domain->detail && plus > 0 && local.at[0] != '"' ? span_first(local, plus)
                                                            : local;
}

/* Of a domain of ours; NULL: nobody. */
static struct address *resolve(struct directory *d, struct span canonical,
                               const struct domain *domain, bool catches_all)
{
    struct address *address = roll_find(&d->roll, canonical);
    struct span local = local_part(canonical, domain);
    struct span name = without_detail(local, domain);
    if (!address && name.len < local.len)
        address = roll_find(&d->roll, at_domain(d->looking, name, domain->name));
    if (!address && domain->catch_all)
        return catches_all ? domain->catch_all : NULL;
    if (address || !span_is(name, postmaster) || d->roll.account_count == 0)
        return address;
    return domain->first ? domain->first->address : d->roll.accounts[0]->address;
}

/* What an account may still take, and the least of all. */
static void measure(struct directory *d, struct reach *reach)
{
    reach->limit = reach->room = QUOTA_NONE;
    for (size_t i = 0; i < reach->count; i++) {
        const struct account *account = d->reached[i];
        uint64_t limit = limit_of(account);
        uint64_t used = account_used(account);
        uint64_t room = limit == QUOTA_NONE ? QUOTA_NONE
                        : used < limit      ? limit - used
                                            : 0;
        d->numbers[i] = account->id;
        reach->limit = limit < reach->limit ? limit : reach->limit;
        reach->room = room < reach->room ? room : reach->room;
    }
    reach->accounts = d->numbers;
}

enum auth_verdict directory_recipient(struct directory *d, struct span text,
                                      struct reach *reach_r)
{
    struct span canonical;
    arena_reset(d->looking);
    if (span_is_nocase(text, postmaster)) {
        if (d->roll.domain_count == 0)
            return AUTH_NO_SUCH_USER;
        text = at_domain(d->looking, text, d->roll.order[0]->name);
    }
    if (!address_canonical(text, d->looking, &canonical))
        return AUTH_BAD_ADDRESS;
    const struct domain *domain = roll_domain(&d->roll, address_domain(canonical));
    if (!domain)
        return AUTH_NOT_OURS;
    struct address *address = resolve(d, canonical, domain, true);
    if (!address)
        return AUTH_NO_SUCH_USER;
    /* It was bounded when it was made; what else is found here is not sound. */
    if (roll_expand(&d->roll, address, d->reached, RECIPIENTS_MAX, &reach_r->count))
        return AUTH_BUSY;
    measure(d, reach_r);
    return reach_r->room > 0 ? AUTH_OK : AUTH_OVER_QUOTA;
}

static bool is_allowed(const struct account *account, struct span canonical)
{
    for (size_t i = 0; i < account->identity_count; i++)
        if (span_is(account->identities[i], canonical))
            return true;
    return false;
}

enum auth_verdict directory_sender(struct directory *d, uint64_t id, struct span text)
{
    struct span canonical;
    struct account *only;
    size_t count;
    arena_reset(d->looking);
    if (!address_canonical(text, d->looking, &canonical))
        return AUTH_BAD_ADDRESS;
    const struct account *account = roll_account(&d->roll, id);
    const struct domain *domain = roll_domain(&d->roll, address_domain(canonical));
    if (!account || !domain)
        return AUTH_REFUSED;
    if (is_allowed(account, canonical))
        return AUTH_OK;
    struct address *address = resolve(d, canonical, domain, false);
    return address && roll_expand(&d->roll, address, &only, 1, &count) == 0 &&
                   only == account
               ? AUTH_OK
               : AUTH_REFUSED;
}

const uint8_t *directory_secret(const struct directory *d)
{
    return d->secret;
}

struct span directory_login_name(struct directory *d, struct span name,
                                 struct arena *arena)
{
    struct span canonical, whole = name;
    if (d->roll.domain_count > 0 && span_find(name, '@') == name.len)
        whole = at_domain(arena, name, d->roll.order[0]->name);
    return address_canonical(whole, arena, &canonical) ? canonical : name;
}

int directory_login(struct directory *d, struct span name,
                    struct credentials *credentials_r)
{
    arena_reset(d->looking);
    const struct account *account = account_called(d, d->looking, name);
    if (!account)
        return -ENOENT;
    *credentials_r = (struct credentials){
        .account = account->id,
        .name = account->address->canonical,
        .hash = account->hash,
        .scram = account->scram,
        .app_passwords = account->app_passwords,
        .app_password_count = account->app_password_count,
    };
    return 0;
}

/* ---- changing, in turn */

struct waiter {
    struct list link;
    struct fiber *fiber;
};

void turn_give(struct directory *d)
{
    d->turn_taken = false;
    if (!list_is_empty(&d->waiting))
        fiber_wake(LIST_ENTRY(d->waiting.next, struct waiter, link)->fiber);
}

int turn_take(struct directory *d)
{
    struct waiter waiter = { .fiber = fiber_self() };
    int error = 0;
    while (d->turn_taken && !error) {
        list_push(&d->waiting, &waiter.link);
        error = fiber_park(CLOCK_NEVER);
        list_remove(&waiter.link);
    }
    if (error) {
        if (!d->turn_taken) /* the wake may have been meant for the next */
            turn_give(d);
        return error;
    }
    d->turn_taken = true;
    arena_reset(d->changing);
    return 0;
}
