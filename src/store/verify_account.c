/* verify_account - one account's folder: index, packs, large messages; see verify.h. */
#include "store/account_of.h"
#include "store/crc32c.h"
#include "store/env.h"
#include "store/folder.h"
#include "store/named.h"
#include "store/pack.h"
#include "store/rows.h"
#include "store/text.h"
#include "store/verify.h"

#include "base/own.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

struct folder_check {
    struct verify *verify;
    uint64_t account;
    struct index index;
    struct rows_state state;
    uint32_t seed; /* of the packs' records */
    uint32_t pack; /* that is open; 0: none */
    int fd;
    uint64_t file_size, end; /* of the pack; of the message before */
    char *block;
};

__attribute__((format(printf, 2, 3))) static void fault(struct folder_check *c,
                                                        const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    verify_fault(c->verify, "account %" PRIu64 ": %s", c->account, text);
}

/* ---- the rows among themselves: each query counts what must not be */

/* clang-format off */
static const struct {
    const char *sql, *what;
} checks[] = {
    { "SELECT integrity_check <> 'ok' FROM pragma_integrity_check(1)",
      "the index is damaged" },
    { "SELECT count(*) FROM msg m LEFT JOIN email e ON e.id = m.email WHERE e.id IS NULL",
      "messages have lost their body's place" },
    { "SELECT count(*) FROM email e WHERE e.id NOT IN (SELECT email FROM msg)",
      "bodies belong to no message" },
    { "SELECT count(*) FROM msg m JOIN mailbox b ON b.id = m.mbox"
      " WHERE m.uid < 1 OR m.uid >= b.uidnext",
      "messages have a uid that was never given" },
    { "SELECT count(*) FROM msg m JOIN expunged x ON x.mbox = m.mbox AND x.uid = m.uid",
      "messages are there and expunged" },
    { "SELECT abs(b.uidnext - 1 - (SELECT count(*) FROM msg m WHERE m.mbox = b.id)"
      " - (SELECT count(*) FROM expunged x WHERE x.mbox = b.id) - b.pruned)"
      " FROM mailbox b",
      "uids are neither there nor expunged" },
    { "SELECT count(*) FROM email WHERE size < 0 OR off < 64 OR pack < 1 OR large < 0",
      "bodies have an impossible place" },
    { "SELECT count(*) FROM msg WHERE mbox NOT IN (SELECT id FROM mailbox)",
      "messages are in no mailbox" },
    { "SELECT count(*) FROM mailbox WHERE id <> 1"
      " AND id NOT IN (SELECT id FROM name WHERE kind = 2)",
      "mailboxes have no name" },
    { "SELECT count(*) FROM name WHERE kind = 2 AND id NOT IN (SELECT id FROM mailbox)",
      "names belong to no mailbox" },
    { "SELECT count(*) FROM name, state s WHERE name.kind < 4 AND name.id >= s.mailbox",
      "names have a number that was never given" },
    { "SELECT count(*) FROM email e LEFT JOIN (SELECT email, count(*) AS mailboxes FROM msg"
      " GROUP BY email) m ON m.email = e.id WHERE e.refs <> coalesce(m.mailboxes, 0)",
      "bodies are counted for other messages" },
    { "SELECT abs(s.used - (SELECT coalesce(sum(size), 0) FROM email)) FROM state s",
      "octets are counted and not there" },
};
/* clang-format on */

static int keep_number(const int64_t *row, void *arg)
{
    *(int64_t *)arg = row[0];
    return 0;
}

/* True: what follows can rely on the index. */
static bool check_rows(struct folder_check *c)
{
    uint64_t before = c->verify->faults;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        int64_t count = 0;
        int error = index_query(&c->index, checks[i].sql, 1, keep_number, &count);
        if (error == -EUCLEAN) /* so much that SQLite cannot even say what it is */
            fault(c, "the index is damaged");
        else if (error)
            fault(c, "the index cannot be read: %s", strerror(-error));
        if (error)
            return false;
        if (count != 0)
            fault(c, "%s (%" PRId64 ")", checks[i].what, count);
    }
    return c->verify->faults == before;
}

static bool check_state(struct folder_check *c)
{
    int64_t schema;
    uint64_t store;
    int found = rows_identity(&c->index, &schema, &store);
    if (found != 1)
        fault(c, "the index does not say what it is");
    else if (schema > 0 && schema < INDEX_SCHEMA)
        fault(c, "the index is of an earlier version; the server will take it over");
    else if (schema != INDEX_SCHEMA)
        fault(c, "the index has schema %" PRId64 ", not %d", schema, INDEX_SCHEMA);
    else if (store != c->verify->id)
        fault(c, "the index belongs to another store");
    else if (rows_read_state(&c->index, c->account, &c->state) != 0)
        fault(c, "the index does not say rightly how far it goes");
    else
        return true;
    return false;
}

/* ---- the bodies */

static int checksum(struct folder_check *c, int fd, uint64_t at, uint64_t size,
                    uint32_t *crc_r)
{
    *crc_r = 0;
    while (size > 0) {
        size_t want = size < BLOCK ? (size_t)size : (size_t)BLOCK;
        ssize_t n = pread(fd, c->block, want, (off_t)at);
        if (n <= 0)
            return n < 0 ? -errno : -ENODATA;
        *crc_r = crc32c(*crc_r, c->block, (size_t)n);
        at += (uint64_t)n;
        size -= (uint64_t)n;
    }
    return 0;
}

static void check_octets(struct folder_check *c, const struct mail *m, int fd)
{
    uint32_t crc;
    int error = checksum(c, fd, m->large ? 0 : m->off, m->size, &crc);
    c->verify->report.octets += m->size;
    if (error)
        fault(c, "message %" PRIu64 " cannot be read: %s", m->id, strerror(-error));
    else if (crc != m->crc)
        fault(c, "message %" PRIu64 " is not what came in (checksum)", m->id);
}

/* Where it was copied, or appended, is told elsewhere. */
static bool is_placed(const struct pack_head *h, const struct mail *m)
{
    uint32_t mailbox = h->mailbox ? h->mailbox : INBOX;
    return m->saved != 0 || (h->uid == m->uid && mailbox == m->mailbox);
}

/* What stands before the body says the same as the row. */
static void check_head(struct folder_check *c, const struct mail *m)
{
    struct pack_head h;
    ssize_t n = pread(c->fd, &h, sizeof h, (off_t)(m->off - sizeof h));
    if (n != (ssize_t)sizeof h || !pack_head_is_sound(&h, c->seed))
        fault(c, "message %" PRIu64 " has no sound record before it", m->id);
    else if (h.lsn != m->id || !is_placed(&h, m) || h.size != m->size ||
             h.body_crc != m->crc || h.large != m->large || h.received != m->received ||
             h.uidvalidity != rows_inbox(&c->state)->uidvalidity)
        fault(c, "message %" PRIu64 " and its record do not say the same", m->id);
}

static uint64_t file_size(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void turn_to_pack(struct folder_check *c, uint32_t pack)
{
    if (c->pack == pack)
        return;
    fd_close(&c->fd);
    c->pack = pack;
    c->end = 0;
    c->fd = pack_open(c->verify->store, c->account, pack, O_RDONLY);
    c->file_size = c->fd < 0 ? 0 : file_size(c->fd);
    if (c->fd < 0)
        fault(c, "pack %" PRIu32 ": %s", pack, strerror(-c->fd));
}

static void check_large(struct folder_check *c, const struct mail *m)
{
    OWN(fd_close) int fd = large_open(c->verify->store, c->account, m->large);
    if (fd < 0)
        fault(c, "large message %" PRIu64 ": %s", m->id, strerror(-fd));
    else if (file_size(fd) != m->size)
        fault(c, "large message %" PRIu64 " has another size than it came with", m->id);
    else
        check_octets(c, m, fd);
}

static void check_message(struct folder_check *c, const struct mail *m)
{
    uint64_t octets = m->large ? 0 : m->size;
    turn_to_pack(c, m->pack);
    if (c->fd < 0)
        return;
    if (m->off - PACK_HEAD < c->end)
        fault(c, "message %" PRIu64 " lies over the one before it", m->id);
    c->end = m->off + octets;
    if (c->end > c->file_size) {
        fault(c, "message %" PRIu64 " lies beyond the end of pack %" PRIu32, m->id,
              m->pack);
        return;
    }
    check_head(c, m);
    if (m->large)
        check_large(c, m);
    else
        check_octets(c, m, c->fd);
}

static int check_body(const int64_t *row, void *arg)
{
    struct folder_check *c = arg;
    struct mail m = { .id = (uint64_t)row[0],
                      .received = row[1],
                      .pack = (uint32_t)row[2],
                      .off = (uint64_t)row[3],
                      .size = (uint64_t)row[4],
                      .crc = (uint32_t)row[5],
                      .large = (uint64_t)row[6],
                      .mailbox = (uint32_t)row[7],
                      .uid = (uint32_t)row[8],
                      .saved = (uint32_t)row[9] };
    c->verify->report.messages++;
    if (!map_get(c->verify->deliveries, MAP_KEY(m.id)))
        check_message(c, &m); /* the next recovery writes the others again */
    return 0;
}

static int no_message(const struct mail *m, void *arg)
{
    (void)m, (void)arg;
    return 0;
}

static int count_orphan(uint64_t name, void *arg)
{
    struct folder_check *c = arg;
    int64_t one;
    int found =
        index_find(&c->index, INDEX_FIND_LARGE, INDEX_VALUES((int64_t)name), &one, 1);
    if (found == 0 && !map_get(c->verify->large, MAP_KEY(name)))
        c->verify->report.orphans++;
    return found < 0 ? found : 0;
}

static void check_bodies(struct folder_check *c)
{
    static const char bodies[] =
        "SELECT e.id, received, pack, off, size, crc, large, mbox, uid, min(saved)"
        " FROM email e JOIN msg m ON m.email = e.id GROUP BY e.id ORDER BY pack, off";
    int error = index_query(&c->index, bodies, 10, check_body, c);
    if (!error)
        error = large_each(c->verify->store, c->account, count_orphan, c);
    if (error)
        fault(c, "the bodies cannot be looked at: %s", strerror(-error));
    for (size_t i = 0; i < c->state.mailbox_count; i++)
        if (rows_each(&c->index, &c->state, c->state.mailboxes[i].now.id, no_message,
                      NULL) == -EUCLEAN)
            fault(c, "the rows are not what was written (sum)");
}

static void check_names(struct folder_check *c)
{
    struct names names;
    int error = named_all(&c->index, &c->state, &names);
    if (error == -EUCLEAN)
        fault(c, "the names of mailboxes are not what was written");
    else if (error)
        fault(c, "the names of mailboxes cannot be read: %s", strerror(-error));
    for (size_t i = 1; i < names.count && !error; i++)
        if (names.all[i].kind == names.all[i - 1].kind &&
            span_is(names.all[i].name, names.all[i - 1].name))
            fault(c, "two have the name %.*s", SPAN_ARG(names.all[i].name));
    names_close(&names);
}

static void check_found(struct folder_check *c)
{
    uint64_t wrong;
    int error = env_check(&c->index, &wrong);
    if (error)
        fault(c, "what was found in messages cannot be looked at: %s",
              strerror(-error));
    else if (wrong > 0)
        fault(c, "what was found in messages is not what was written (%" PRIu64 ")",
              wrong);
}

/* What is wrong there harms nobody: the server makes it anew. */
static void check_text(struct folder_check *c)
{
    uint64_t wrong;
    int error = text_check(c->verify->store, c->verify->id, c->account, &wrong);
    if (error && error != -ENOENT)
        fault(c, "the text for search cannot be read: %s", strerror(-error));
    else if (!error && wrong > 0)
        fault(c, "texts for search are not what was written (%" PRIu64 ")", wrong);
}

/* ---- the folder */

static void check_tail(struct folder_check *c)
{
    const struct shelf shelf = { .store = c->verify->store,
                                 .id = c->verify->id,
                                 .floor = c->verify->checkpoint };
    struct account a = {
        .id = c->account, .shelf = &shelf, .seed = c->seed, .state = c->state
    };
    int error = account_check_tail(&a);
    if (error == -EUCLEAN)
        fault(c, "the index has lost its end: the packs go further");
    else if (error)
        fault(c, "the packs cannot be read: %s", strerror(-error));
}

static void check_folder(struct folder_check *c)
{
    char path[FOLDER_PATH];
    folder_index_path(c->account, path);
    OWN(fd_close) int stuck = folder_stuck_open(c->verify->store, c->account);
    if (stuck >= 0)
        fault(c, "entries of the journal have been put aside (stuck)");
    int error = index_open(&c->index, path);
    /* It was being made when the power went: nothing is in it yet. */
    if (error == -ENOENT && !folder_has_packs(c->verify->store, c->account))
        return;
    if (error)
        fault(c, "the index cannot be opened: %s", strerror(-error));
    else if (check_state(c) && check_rows(c)) {
        check_bodies(c);
        check_names(c);
        check_found(c);
        check_text(c);
        check_tail(c);
    }
}

int verify_account(struct verify *v, uint64_t account)
{
    struct folder_check c = {
        .verify = v, .account = account, .seed = pack_seed(v->id, account), .fd = -1
    };
    c.block = malloc(BLOCK);
    if (!c.block)
        return -ENOMEM;
    v->report.accounts++;
    check_folder(&c);
    rows_close(&c.state);
    index_close(&c.index);
    fd_close(&c.fd);
    free(c.block);
    return 0;
}
