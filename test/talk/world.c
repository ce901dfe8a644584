#include "test/talk/world.h"

#include "auth/auth.h"
#include "auth/recipients.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "imap/imap.h"
#include "mime/read.h"
#include "os/files.h"
#include "store/session.h"
#include "test/talk/mail.h"
#include "test/talk/proof.h"
#include "test/talk/queue.h"
#include "test/talk/shelf.h"
#include "wire/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* long: both keepers, who share the world */
/* Two channels between the same two roles' kinds differ in their instance. */
enum {
    TO_AUTH = 0,
    TO_STORE = 0,
    FROM_AUTH = 0,
    FROM_STORE = 1,
    FROM_FILES = 2,
    FROM_DIALER = 3,
    GRANTS_MAX = 64
};

static const uint8_t ticket_key[TICKET_KEY_OCTETS] = "a ticket's key.";

static struct world {
    enum role front;
    enum world_health auth, store, files;
    bool holds;
    bool forgot; /* files was gone: it knows no handle of before */
    uint64_t lsn, durable;
    uint64_t email;                /* of the message that was delivered last */
    uint64_t handles[GRANTS_MAX];  /* handle i + 1: the account's number, or 0 */
    uint32_t selected[GRANTS_MAX]; /* the mailbox that it has before it, or 0 */
    const char *fault;
} world;

static bool has_fault(bool fault, const char *what)
{
    if (fault && !world.fault)
        world.fault = what;
    return fault;
}

/* Waits while a keeper is late; an error that stands for its health, or 0. */
static int endure(const enum world_health *health)
{
    while (*health == LATE)
        if (fiber_sleep(CLOCK_SECOND))
            break;
    if (*health == FULL)
        return -ENOSPC;
    return *health == WORKS || *health == BUSY ? 0 : -EIO;
}

/* ---- auth */

int world_ask_auth(bool *busy_r)
{
    int error = endure(&world.auth);
    *busy_r = world.auth == BUSY;
    return error;
}

static enum auth_verdict reach(struct span address, struct auth_recipient_answer *a)
{
    static struct ticket tickets[RECIPIENTS_MAX];
    static struct person *people[RECIPIENTS_MAX];
    const char *at = address.len ? memrchr(address.at, '@', address.len) : NULL;
    size_t before = at ? (size_t)(at - address.at) : address.len;
    size_t count = people_behind(address, people, RECIPIENTS_MAX);

    if (count == 0 && queue_takes(address)) {
        tickets[0] = queue_ticket(ticket_key);
        *a = (struct auth_recipient_answer){ .room = UINT64_MAX,
                                             .limit = UINT64_MAX,
                                             .tickets =
                                                 span_at(tickets, sizeof(*tickets)) };
        return AUTH_ELSEWHERE;
    }
    if (count == 0)
        return person_has_domain(span_skip(address, before)) ? AUTH_NO_SUCH_USER
                                                             : AUTH_NOT_OURS;
    people_measure(people, count, &a->room, &a->limit);
    a->tickets = span_at(tickets, count * sizeof(*tickets));
    for (size_t i = 0; i < count; i++) {
        uint64_t number = people[i]->number;
        tickets[i] = (struct ticket){ number, ticket_mac(ticket_key, number) };
    }
    return a->room > 0 ? AUTH_OK : AUTH_OVER_QUOTA;
}

static void recipient(struct call *call, const void *question)
{
    const struct auth_recipient *q = question;
    struct auth_recipient_answer answer = { 0 };
    int error = endure(&world.auth);

    if (error) {
        answer_error(call, error);
        return;
    }
    answer.verdict = (uint8_t)reach(q->address, &answer);
    answer_auth_recipient(call, &answer);
}

uint64_t world_grant(uint64_t account)
{
    for (size_t i = 0; i < GRANTS_MAX; i++) {
        if (world.handles[i] == 0) {
            world.handles[i] = account;
            world.selected[i] = 0;
            return i + 1;
        }
    }
    return 0;
}

/* Everybody sends as himself, and as an alias that is his alone. */
static void sender(struct call *call, const void *question)
{
    const struct auth_sender *q = question;
    struct person *people[2];
    int error = endure(&world.auth);
    uint64_t number =
        q->handle && q->handle <= GRANTS_MAX ? world.handles[q->handle - 1] : 0;
    size_t count = people_behind(q->address, people, 2);
    struct auth_sender_answer answer = { number == 0 ? AUTH_BUSY
                                         : count == 1 && people[0]->number == number
                                             ? AUTH_OK
                                             : AUTH_REFUSED };

    if (error)
        answer_error(call, error);
    else
        answer_auth_sender(call, &answer);
}

/* ---- store */

/* IMAP's sessions that have the mailbox before them hear that it is another; but: a handle
 * that is not told. */
static void tell_changed(const struct person *a, uint32_t mailbox, uint64_t but)
{
    struct channel *front = ipc_peer(world.front, FROM_STORE);

    for (size_t i = 0; i < GRANTS_MAX && front && world.front == ROLE_IMAP; i++)
        if (world.handles[i] == a->number && world.selected[i] == mailbox &&
            i + 1 != but)
            tell_store_changed(front, &(struct store_changed){ .handle = i + 1 });
}

static struct person *person_of(uint64_t handle)
{
    uint64_t number = handle && handle <= GRANTS_MAX ? world.handles[handle - 1] : 0;
    struct person *a = person_numbered(number);

    has_fault(!a, "used a handle that it does not hold");
    return a;
}

static bool tickets_are_good(struct span recipients)
{
    struct ticket t;

    if (recipients.len == 0 || recipients.len % sizeof(t))
        return false;
    for (size_t i = 0; i < recipients.len; i += sizeof(t)) {
        memcpy(&t, recipients.at + i, sizeof(t));
        if (t.mac != ticket_mac(ticket_key, t.account) || !person_numbered(t.account))
            return false;
    }
    return true;
}

static bool has_room(struct span recipients)
{
    struct ticket t;

    for (size_t i = 0; i < recipients.len; i += sizeof(t)) {
        memcpy(&t, recipients.at + i, sizeof(t));
        if (person_numbered(t.account)->full)
            return false;
    }
    return true;
}

static void file(struct span recipients, struct span body)
{
    struct ticket t;

    for (size_t i = 0; i < recipients.len; i += sizeof(t)) {
        memcpy(&t, recipients.at + i, sizeof(t));
        person_deliver(person_numbered(t.account), body);
    }
}

/* The body of a delivery, malloc'ed when it came in a memfd. */
static bool take_body(int sealed, uint64_t size, struct span *body, void **owned_r)
{
    *owned_r = NULL;
    if (sealed != -1) {
        if (has_fault(!sealed_is(sealed) || body->len > 0, "sent an open memfd") ||
            lseek(sealed, 0, SEEK_SET) != 0 ||
            file_read_all(sealed, body, (size_t)MESSAGE_SIZE_MOST))
            return false;
        *owned_r = (void *)(uintptr_t)body->at;
    }
    return !has_fault(body->len != size, "said another size than it sent");
}

static void deliver(struct call *call, const void *question)
{
    const struct store_deliver *q = question;
    struct span body = q->body;
    void *owned = NULL;
    int sealed = q->sealed;
    int error = endure(&world.store);

    if (!error && (has_fault(!tickets_are_good(q->recipients), "forged a ticket") ||
                   !take_body(sealed, q->size, &body, &owned)))
        error = -EACCES;
    if (!error && !has_room(q->recipients))
        error = -EDQUOT;
    if (!error) {
        file(q->recipients, body);
        world.email = ++world.lsn;
    }
    free(owned);
    fd_close(&sealed);
    if (error)
        answer_error(call, error);
    else
        answer_store_deliver(call, &(struct store_deliver_answer){
                                       .lsn = world.lsn, .email = world.email });
}

/* An envelope of the message before it comes to "@envelopes", in words. */
static void enqueue(struct call *call, const void *question)
{
    const struct store_enqueue *q = question;
    int error = endure(&world.store);

    if (!error &&
        has_fault(!tickets_are_good(q->ticket) || !queue_put(q->envelope, world.email),
                  "put no envelope into the queue"))
        error = -EACCES;
    if (error)
        answer_error(call, error);
    else
        answer_store_enqueue(call,
                             &(struct store_enqueue_answer){ .lsn = ++world.lsn });
}

static void append(struct call *call, const void *question)
{
    const struct store_append *q = question;
    struct person *a = person_of(q->handle);
    struct span body = q->body;
    void *owned = NULL;
    int sealed = q->sealed;
    int error = endure(&world.store);

    if (!error && (!a || !take_body(sealed, q->size, &body, &owned)))
        error = -EACCES;
    if (!error && a->full)
        error = -EDQUOT;
    if (!error && !person_uidvalidity(a, q->mailbox))
        error = -ENOENT;
    uint32_t uid =
        error ? 0 : person_append(a, q->mailbox, body, q->flags, (int64_t)q->received);
    free(owned);
    fd_close(&sealed);
    if (error) {
        answer_error(call, error);
        return;
    }
    tell_changed(a, q->mailbox, 0);
    answer_store_append(call,
                        &(struct store_append_answer){
                            ++world.lsn, uid, person_uidvalidity(a, q->mailbox) });
}

static void room(struct call *call, const void *question)
{
    const struct store_room *q = question;
    const struct person *a = person_of(q->handle);
    int error = endure(&world.store);

    if (!error)
        error = !a ? -EACCES : a->full ? -EDQUOT : 0;
    if (error)
        answer_error(call, error);
    else
        answer_store_room(call, &(struct store_room_answer){ 0 });
}

static void snapshot(struct call *call, const void *question)
{
    const struct store_snapshot *q = question;
    struct store_snapshot_answer answer = { .rows = -1 };
    const struct person *a = person_of(q->handle);
    int error = endure(&world.store);

    if (!error && world.store == BUSY)
        error = -EUSERS;
    if (!error)
        error = a ? person_snapshot(a, q->mailbox, &answer) : -EACCES;
    if (a)
        world.selected[q->handle - 1] = q->mailbox;
    if (error)
        answer_error(call, error);
    else
        answer_store_snapshot(call, &answer);
    fd_close(&answer.rows);
}

static void pack(struct call *call, const void *question)
{
    const struct store_pack *q = question;
    const struct person *a = person_of(q->handle);
    int error = endure(&world.store);

    if (error || !a || q->pack != a->pack_number)
        answer_error(call, error ? error : -ENOENT);
    else
        answer_store_pack(call, &(struct store_pack_answer){ .pack = a->pack });
}

static void large(struct call *call, const void *question)
{
    const struct store_large *q = question;
    const struct person *a = person_of(q->handle);
    int error = endure(&world.store);
    int fd = error ? error : a ? person_large(a, q->name) : -EACCES;

    if (fd < 0)
        answer_error(call, fd);
    else
        answer_store_large(call, &(struct store_large_answer){ .body = fd });
    fd_close(&fd);
}

/* What parse would have found: it is read anew each time. */
static int read_one(const struct person *a, uint64_t email, struct buf *records)
{
    struct span body = person_body(a, email);
    struct reading reading = { 0 };
    int error = body.at ? message_read(&reading, body) : 0;
    uint32_t length = (uint32_t)reading.record.len;

    if (!error)
        error = buf_put(records, span_at(&length, sizeof(length)));
    if (!error)
        error = buf_put(records, buf_span(&reading.record));
    reading_free(&reading);
    return error;
}

static void records(struct call *call, const void *question)
{
    const struct store_records *q = question;
    const struct person *a = person_of(q->handle);
    struct store_records_answer answer = { .sealed = -1 };
    struct buf all = { .max = RECORDS_OCTETS_MAX };
    int error = endure(&world.store);

    for (size_t i = 0; !error && a && i < q->emails.len; i += sizeof(uint64_t)) {
        uint64_t email;
        memcpy(&email, q->emails.at + i, sizeof(email));
        error = read_one(a, email, &all);
    }
    answer.size = (uint32_t)all.len;
    if (all.len > INLINE_OCTETS_MAX)
        answer.sealed = sealed_copy("records", buf_span(&all));
    else
        answer.records = buf_span(&all);
    if (error || !a)
        answer_error(call, error ? error : -EACCES);
    else
        answer_store_records(call, &answer);
    fd_close(&answer.sealed);
    buf_free(&all);
}

/* Does it, in all of it or in its body?  1, 0, -errno */
static int person_has(const struct person *a, uint64_t email, struct span text,
                      bool body)
{
    struct reading reading = { 0 };
    struct record r;
    int has = message_read(&reading, person_body(a, email));

    if (!has) {
        record_open(buf_span(&reading.record), &r);
        struct span all = buf_span(&reading.text);
        all = span_skip(all, body ? r.head.text_body : 0);
        has = memmem(all.at, all.len, text.at, text.len) != NULL;
    }
    reading_free(&reading);
    return has;
}

static void scan(struct call *call, const void *question)
{
    const struct store_scan *q = question;
    const struct person *a = person_of(q->handle);
    int has = endure(&world.store);

    if (!has)
        has = a ? person_has(a, q->email, q->text, q->body) : -EACCES;
    if (has < 0)
        answer_error(call, has);
    else
        answer_store_scan(call, &(struct store_scan_answer){ .has = (uint8_t)has });
}

/* The index of words knows all messages but the last one; a slice is one message. */
static void find(struct call *call, const void *question)
{
    const struct store_find *q = question;
    const struct person *a = person_of(q->handle);
    struct store_find_answer answer = { .upto = q->after };
    int error = endure(&world.store);
    size_t i = 0;

    if (error || !a) {
        answer_error(call, error ? error : -EACCES);
        return;
    }
    while (i < a->count && a->letters[i].row.email <= q->after)
        i++;
    answer.more = i + 2 < a->count;
    if (i + 1 < a->count) {
        answer.upto = a->letters[i].row.email;
        if (person_has(a, answer.upto, q->text, q->body) == 1)
            answer.emails = span_at(&answer.upto, sizeof(answer.upto));
    }
    answer_store_find(call, &answer);
}

static void expunge(struct call *call, const void *question)
{
    const struct store_expunge *q = question;
    struct person *a = person_of(q->handle);
    int error = endure(&world.store);

    if (error || !a) {
        answer_error(call, error ? error : -EACCES);
        return;
    }
    if (!person_uidvalidity(a, q->mailbox)) {
        answer_error(call, -ENOENT);
        return;
    }
    person_expunge(a, q->mailbox, q->uids);
    tell_changed(a, q->mailbox, 0);
    answer_store_expunge(call, &(struct store_expunge_answer){ .lsn = ++world.lsn });
}

static void flags(struct call *call, const void *question)
{
    const struct store_flags *q = question;
    struct person *a = person_of(q->handle);
    int error = endure(&world.store);

    if (error || !a) {
        answer_error(call, error ? error : -EACCES);
        return;
    }
    if (!person_uidvalidity(a, q->mailbox)) {
        answer_error(call, -ENOENT);
        return;
    }
    person_flag(a, q->mailbox, q->ranges,
                &(struct flags_change){ q->added, q->removed, q->unchanged_since });
    tell_changed(a, q->mailbox, q->handle);
    answer_store_flags(call, &(struct store_flags_answer){ ++world.lsn, a->modseq });
}

static void quota(struct call *call, const void *question)
{
    const struct store_quota *q = question;
    const struct person *a = person_of(q->handle);
    int error = endure(&world.store);

    if (error || !a)
        answer_error(call, error ? error : -EACCES);
    else
        answer_store_quota(call, &(struct store_quota_answer){ a->used, a->limit });
}

static void deleted(struct call *call, const void *question)
{
    const struct store_deleted *q = question;
    const struct person *a = person_of(q->handle);
    int error = endure(&world.store);

    if (error || !a)
        answer_error(call, error ? error : -EACCES);
    else
        answer_store_deleted(call, &(struct store_deleted_answer){
                                       person_deleted(a, q->mailbox) });
}

static void rows(struct call *call, const void *question)
{
    const struct store_modseqs *q = question;
    const struct person *a = person_of(q->handle);
    struct store_modseqs_answer answer = { .rows = endure(&world.store) };

    if (!answer.rows)
        answer.rows =
            a ? person_rows(a, q->mailbox, q->ranges, &answer.count) : -EACCES;
    if (answer.rows < 0)
        answer_error(call, answer.rows);
    else
        answer_store_modseqs(call, &answer);
    fd_close(&answer.rows);
}

static void vanished(struct call *call, const void *question)
{
    const struct store_vanished *q = question;
    const struct person *a = person_of(q->handle);
    struct store_vanished_answer answer = { .ranges = endure(&world.store) };

    if (!answer.ranges)
        answer.ranges =
            a ? person_vanished(a, q->mailbox, q->modseq, &answer.count) : -EACCES;
    if (answer.ranges < 0)
        answer_error(call, answer.ranges);
    else
        answer_store_vanished(call, &answer);
    fd_close(&answer.ranges);
}

static void status(struct call *call, const void *question)
{
    const struct store_status *q = question;
    const struct person *a = person_of(q->handle);
    struct store_status_answer answer;
    int error = endure(&world.store);

    if (!error)
        error = a ? person_status(a, q->mailbox, &answer) : -EACCES;
    if (error)
        answer_error(call, error);
    else
        answer_store_status(call, &answer);
}

static void names(struct call *call, const void *question)
{
    const struct store_names *q = question;
    const struct person *a = person_of(q->handle);
    struct buf records = { .max = INLINE_OCTETS_MAX };
    int error = endure(&world.store);

    if (!error)
        error = a ? names_put(&a->names, &records) : -EACCES;
    if (error)
        answer_error(call, error);
    else
        answer_store_names(call, &(struct store_names_answer){
                                     (uint32_t)records.len, buf_span(&records), -1 });
    buf_free(&records);
}

static void keywords(struct call *call, const void *question)
{
    const struct store_keywords *q = question;
    const struct person *a = person_of(q->handle);
    struct buf records = { .max = KEYWORDS_OCTETS_MAX };
    int error = endure(&world.store);

    if (!error)
        error = a ? names_put_kind(&a->names, NAME_KEYWORD, &records) : -EACCES;
    if (error)
        answer_error(call, error);
    else
        answer_store_keywords(call,
                              &(struct store_keywords_answer){ buf_span(&records) });
    buf_free(&records);
}

static void keyword(struct call *call, const void *question)
{
    const struct store_keyword *q = question;
    const struct names_request r = { .verb = NAMES_KEYWORD, .name = q->name };
    struct person *a = person_of(q->handle);
    int error = endure(&world.store);

    if (!error)
        error = a ? person_name(a, &r) : -EACCES;
    if (error)
        answer_error(call, error);
    else
        answer_store_keyword(call,
                             &(struct store_keyword_answer){
                                 names_keyword(&a->names, q->name)->id, ++world.lsn });
}

static void mailbox(struct call *call, const void *question)
{
    const struct store_mailbox *q = question;
    const struct person *a = person_of(q->handle);
    int error = endure(&world.store);
    uint32_t mailbox = !error && a ? person_mailbox(a, q->name) : 0;

    if (mailbox == 0)
        answer_error(call, error ? error : a ? -ENOENT : -EACCES);
    else
        answer_store_mailbox(call, &(struct store_mailbox_answer){ mailbox });
}

static void name(struct call *call, const void *question)
{
    const struct store_name *q = question;
    const struct names_request r = { q->verb, q->name, q->to, UIDVALIDITY, q->role };
    struct person *a = person_of(q->handle);
    int error = endure(&world.store);
    uint32_t mailbox = !error && a ? person_mailbox(a, q->name) : 0;

    if (!error)
        error = a ? person_name(a, &r) : -EACCES;
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_store_name(call, &(struct store_name_answer){ ++world.lsn });
    if (q->verb == NAMES_DELETE)
        tell_changed(a, mailbox, 0);
}

static void copy(struct call *call, const void *question)
{
    const struct store_copy *q = question;
    struct person *a = person_of(q->handle);
    uint32_t uids[COPY_UIDS_MAX];
    size_t count = q->uids.len / sizeof *uids;
    int error = endure(&world.store);

    if (!error &&
        (!a || !person_uidvalidity(a, q->from) || !person_uidvalidity(a, q->to)))
        error = a ? -ENOENT : -EACCES;
    if (error) {
        answer_error(call, error);
        return;
    }
    memcpy(uids, q->uids.at, count * sizeof *uids);
    uint32_t first = person_copy(a, q->from, q->to, q->move, uids, &count);
    tell_changed(a, q->to, 0);
    if (q->move)
        tell_changed(a, q->from, 0);
    answer_store_copy(call, &(struct store_copy_answer){
                                ++world.lsn, person_uidvalidity(a, q->to), first,
                                span_at(uids, count * sizeof *uids) });
}

static void release(struct call *call, const void *question)
{
    const struct store_release *q = question;
    (void)call;

    if (person_of(q->handle))
        world.handles[q->handle - 1] = 0;
}

/* ---- files */

int world_ask_files(uint64_t handle)
{
    int error = endure(&world.files);
    if (world.files == BUSY)
        return -EBUSY;
    if (!error && world.forgot)
        return -EBADF;
    return error ? error : person_of(handle) ? 0 : -EBADF;
}

static void files_release(struct call *call, const void *question)
{
    const struct files_release *q = question;
    (void)call;

    if (person_of(q->handle))
        world.handles[q->handle - 1] = 0;
}

/* To auth: of a front that has nothing of store's. */
static void released(struct call *call, const void *question)
{
    const struct auth_release *q = question;
    (void)call;

    if (person_of(q->handle))
        world.handles[q->handle - 1] = 0;
}

/* ---- the world as a whole */

static const struct service services[] = {
    { MESSAGE_auth_recipient, recipient },
    { MESSAGE_auth_login, proof_on_login },
    { MESSAGE_auth_scram_first, proof_on_first },
    { MESSAGE_auth_scram_final, proof_on_final },
    { MESSAGE_auth_sender, sender },
    { MESSAGE_auth_release, released },
    { MESSAGE_store_deliver, deliver },
    { MESSAGE_store_enqueue, enqueue },
    { MESSAGE_store_snapshot, snapshot },
    { MESSAGE_store_pack, pack },
    { MESSAGE_store_large, large },
    { MESSAGE_store_expunge, expunge },
    { MESSAGE_store_append, append },
    { MESSAGE_store_room, room },
    { MESSAGE_store_flags, flags },
    { MESSAGE_store_status, status },
    { MESSAGE_store_modseqs, rows },
    { MESSAGE_store_vanished, vanished },
    { MESSAGE_store_quota, quota },
    { MESSAGE_store_deleted, deleted },
    { MESSAGE_store_names, names },
    { MESSAGE_store_mailbox, mailbox },
    { MESSAGE_store_keywords, keywords },
    { MESSAGE_store_keyword, keyword },
    { MESSAGE_store_name, name },
    { MESSAGE_store_copy, copy },
    { MESSAGE_store_records, records },
    { MESSAGE_store_scan, scan },
    { MESSAGE_store_find, find },
    { MESSAGE_store_release, release },
    { MESSAGE_store_changed, imap_on_changed },
    { MESSAGE_files_release, files_release },
    { MESSAGE_files_stat, shelf_on_stat },
    { MESSAGE_files_list, shelf_on_list },
    { MESSAGE_files_read, shelf_on_read },
    { MESSAGE_files_write, shelf_on_write },
    { MESSAGE_files_room, shelf_on_room },
    { MESSAGE_files_commit, shelf_on_commit },
    { MESSAGE_files_abandon, shelf_on_abandon },
    { MESSAGE_files_rename, shelf_on_rename },
    { MESSAGE_files_remove, shelf_on_remove },
    { MESSAGE_files_mkdir, shelf_on_mkdir },
    { MESSAGE_files_rmdir, shelf_on_rmdir },
    { MESSAGE_files_modify, shelf_on_modify },
    { MESSAGE_dialer_listen, shelf_on_dial_listen },
    { MESSAGE_dialer_connect_back, shelf_on_connect_back },
    { MESSAGE_store_durable, store_on_durable },
    { MESSAGE_store_failed, store_on_failed },
    { 0 },
};

static bool connect_to(enum role keeper, uint32_t keeper_instance,
                       uint32_t front_instance)
{
    int pair[2];

    return ipc_pair(pair) == 0 &&
           ipc_adopt_as(pair[0], world.front, keeper, keeper_instance) == 0 &&
           ipc_adopt_as(pair[1], keeper, world.front, front_instance) == 0;
}

static void disconnect(enum role keeper, uint32_t front_instance)
{
    struct channel *near = ipc_peer(keeper, 0);
    struct channel *far = ipc_peer(world.front, front_instance);

    if (near)
        channel_close(near);
    if (far)
        channel_close(far);
}

static void on_end(struct channel *channel)
{
    store_on_end(channel);
    recipients_on_end(channel);
}

bool world_open(enum role front)
{
    world = (struct world){ .front = front, .lsn = wire_durable_so_far() };
    world.durable = world.lsn;
    ipc_serve(front, services);
    ipc_on_end(on_end);
    if (front == ROLE_FTP && (!connect_to(ROLE_FILES, 0, FROM_FILES) ||
                              !connect_to(ROLE_DIALER, 0, FROM_DIALER)))
        return false;
    return connect_to(ROLE_AUTH, TO_AUTH, FROM_AUTH) &&
           connect_to(ROLE_STORE, TO_STORE, FROM_STORE);
}

void world_close(void)
{
    if (world.front == ROLE_FTP) {
        has_fault(shelf_uploads() > 0, "left an upload behind");
        disconnect(ROLE_FILES, FROM_FILES);
        disconnect(ROLE_DIALER, FROM_DIALER);
    }
    shelf_forget();
    world.auth = world.store = world.files = GONE;
    disconnect(ROLE_AUTH, FROM_AUTH);
    disconnect(ROLE_STORE, FROM_STORE);
    people_forget();
    queue_forget();
    proofs_forget();
}

void world_account(struct span address, struct span password)
{
    person_add(address, password);
}

void world_full(struct span address)
{
    struct person *a = person_find(address);

    if (!has_fault(!a, "(the dialogue) fills no account"))
        a->full = true;
}

void world_message(struct span address, struct span body)
{
    struct person *a = person_find(address);

    if (!has_fault(!a, "(the dialogue) puts a message into no account"))
        person_put(a, body);
    if (a)
        tell_changed(a, INBOX, 0);
}

void world_auth(enum world_health health)
{
    if (health == GONE)
        disconnect(ROLE_AUTH, FROM_AUTH);
    else if (world.auth == GONE)
        connect_to(ROLE_AUTH, TO_AUTH, FROM_AUTH);
    world.auth = health;
}

void world_store(enum world_health health)
{
    if (health == GONE) {
        memset(world.handles, 0, sizeof(world.handles));
        disconnect(ROLE_STORE, FROM_STORE);
    } else if (world.store == GONE)
        connect_to(ROLE_STORE, TO_STORE, FROM_STORE);
    world.store = health;
}

void world_files(enum world_health health)
{
    if (health == GONE) {
        world.forgot = true;
        disconnect(ROLE_FILES, FROM_FILES);
    } else if (world.files == GONE)
        connect_to(ROLE_FILES, 0, FROM_FILES);
    world.files = health;
}

void world_hold(bool holds)
{
    world.holds = holds;
}

static struct channel *to_front(void)
{
    return ipc_peer(world.front, FROM_STORE);
}

void world_lose(void)
{
    if (to_front())
        tell_store_failed(to_front(), &(struct store_failed){ 0 });
}

void world_turn(void)
{
    if (world.durable == world.lsn || world.holds || !to_front())
        return;
    world.durable = world.lsn;
    tell_store_durable(to_front(), &(struct store_durable){ .lsn = world.lsn });
}

size_t world_count(struct span address)
{
    const struct person *a = person_find(address);
    return a ? a->count : SIZE_MAX;
}

bool world_next(struct span address, struct span *body_r)
{
    struct person *a = person_find(address);
    return a && person_next(a, body_r);
}

size_t world_delivered(void)
{
    return people_delivered();
}

size_t world_handles(void)
{
    size_t count = 0;
    for (size_t i = 0; i < GRANTS_MAX; i++)
        count += world.handles[i] != 0;
    return count;
}

const char *world_fault(void)
{
    return world.fault;
}
