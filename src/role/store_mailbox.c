/* store, what sessions read and expunge: see store.c; every right is decided by handles_may. */
#include "role/store.h"

#include "base/clock.h"
#include "base/own.h"
#include "os/files.h"
#include "store/find.h"
#include "store/mailboxes.h"

#include <errno.h>
#include <stdlib.h>

/* 0 with the account, or -EACCES. */
int store_may(const struct call *call, uint64_t handle, enum right right,
              uint64_t *account_r)
{
    const struct handle *h = handles_may(call, handle, right);
    if (!h)
        return -EACCES;
    *account_r = h->account;
    return 0;
}

void store_on_snapshot(struct call *call, const void *question)
{
    const struct store_snapshot *q = question;
    struct snapshot s = { 0 };
    uint64_t account = 0;
    struct handle *h = handles_may(call, q->handle, RIGHT_READ);
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (h) {
        h->mailbox = q->mailbox;
        h->told = false; /* what changes from here on is news again */
    }
    if (!error)
        error = engine_snapshot(store_engine, account, q->mailbox, &s);
    h = handles_may(call, q->handle, RIGHT_READ); /* it took a while */
    if (!error)
        error = h ? handles_take_rows(h, s.count) : -EACCES;
    engine_release(store_engine, account, h ? h->lease : s.lease);
    if (h)
        h->lease = s.lease;
    OWN(fd_close) int rows = -1;
    if (!error)
        rows = sealed_copy("snapshot", span_at(s.rows, s.count * sizeof *s.rows));
    free(s.rows);
    if (!error && rows < 0)
        error = rows;
    if (error)
        answer_error(call, error);
    else
        answer_store_snapshot(call, &(struct store_snapshot_answer){
                                        s.uidvalidity, s.uidnext, s.count, s.octets,
                                        s.modseq, rows });
}

void store_on_pack(struct call *call, const void *question)
{
    const struct store_pack *q = question;
    uint64_t account;
    OWN(fd_close) int fd = store_may(call, q->handle, RIGHT_READ, &account);
    if (fd == 0)
        fd = engine_pack_open(store_engine, account, q->pack);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_store_pack(call, &(struct store_pack_answer){ fd });
}

void store_on_large(struct call *call, const void *question)
{
    const struct store_large *q = question;
    uint64_t account;
    OWN(fd_close) int fd = store_may(call, q->handle, RIGHT_READ, &account);
    if (fd == 0)
        fd = engine_large_open(store_engine, account, q->name);
    if (fd < 0)
        answer_error(call, fd);
    else
        answer_store_large(call, &(struct store_large_answer){ fd });
}

static int read_records(uint64_t account, struct span emails, struct buf *records_r)
{
    uint64_t aligned[RECORDS_A_MESSAGE];
    if (emails.len % sizeof *aligned != 0 || emails.len > sizeof aligned)
        return -EINVAL;
    if (emails.len > 0)
        memcpy(aligned, emails.at, emails.len);
    return engine_records(store_engine, account, aligned, emails.len / sizeof *aligned,
                          records_r);
}

void store_on_records(struct call *call, const void *question)
{
    const struct store_records *q = question;
    struct store_records_answer answer = { .sealed = -1 };
    struct buf all = { .max = RECORDS_OCTETS_MAX };
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = read_records(account, q->emails, &all);
    answer.size = (uint32_t)all.len;
    if (!error && all.len > INLINE_OCTETS_MAX)
        answer.sealed = sealed_copy("records", buf_span(&all));
    else if (!error)
        answer.records = buf_span(&all);
    if (!error && answer.sealed < -1)
        error = answer.sealed;
    if (error)
        answer_error(call, error);
    else
        answer_store_records(call, &answer);
    fd_close(&answer.sealed);
    buf_free(&all);
}

void store_on_scan(struct call *call, const void *question)
{
    const struct store_scan *q = question;
    uint64_t account = 0;
    int has = store_may(call, q->handle, RIGHT_READ, &account);
    if (!has)
        has = engine_scan(store_engine, account, q->email, q->text,
                          q->body ? SCAN_BODY : SCAN_ALL);
    if (has < 0)
        answer_error(call, has);
    else
        answer_store_scan(call, &(struct store_scan_answer){ has == 1 });
}

void store_on_find(struct call *call, const void *question)
{
    const struct store_find *q = question;
    struct text_slice slice = { 0 };
    uint64_t account = 0;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = engine_find(store_engine, account, q->text,
                            q->body ? SCAN_BODY : SCAN_ALL, q->after, &slice);
    if (error)
        answer_error(call, error);
    else
        answer_store_find(call,
                          &(struct store_find_answer){
                              span_at(slice.emails, slice.count * sizeof *slice.emails),
                              slice.upto, slice.more });
}

void *store_array(struct span octets, size_t size, size_t most, size_t *count_r)
{
    *count_r = octets.len / size;
    if (octets.len % size != 0 || *count_r > most)
        return NULL;
    void *aligned = malloc(octets.len + 1);
    if (aligned && octets.len > 0)
        memcpy(aligned, octets.at, octets.len);
    return aligned;
}

static int expunge_uids(uint64_t account, uint32_t mailbox, struct span uids,
                        uint64_t *lsn_r)
{
    size_t count;
    uint32_t *aligned = store_array(uids, sizeof *aligned, UIDS_A_MESSAGE, &count);
    if (!aligned)
        return -EINVAL;
    int error = engine_expunge(store_engine, account, mailbox, aligned, count, lsn_r);
    free(aligned);
    return error;
}

void store_on_expunge(struct call *call, const void *question)
{
    const struct store_expunge *q = question;
    struct store_expunge_answer answer;
    uint64_t account;
    int error = store_may(call, q->handle, RIGHT_EXPUNGE, &account);
    if (!error)
        error = expunge_uids(account, q->mailbox, q->uids, &answer.lsn);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_store_expunge(call, &answer);
    store_promised(call, answer.lsn);
    handles_each(account, q->mailbox, store_tell_changed);
}

static int append(uint64_t account, const struct store_append *q,
                  struct appended *appended_r)
{
    const struct delivery d = { .accounts = &account,
                                .account_count = 1,
                                .received = (int64_t)q->received,
                                .body = q->body,
                                .sealed = q->sealed,
                                .size = q->size };
    int error = (q->flags & ~FLAGS_KEPT) != 0
                    ? -EINVAL
                    : store_check_body(q->size, q->body, q->sealed);
    return error ? error
                 : engine_append(store_engine, &d, q->mailbox, q->flags,
                                 (uint32_t)clock_wall(), appended_r);
}

void store_on_append(struct call *call, const void *question)
{
    const struct store_append *q = question;
    struct appended appended;
    uint64_t account;
    int sealed = q->sealed;
    int error = store_may(call, q->handle, RIGHT_EXPUNGE, &account);
    if (!error)
        error = append(account, q, &appended);
    fd_close(&sealed);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_store_append(call, &(struct store_append_answer){ appended.lsn, appended.uid,
                                                             appended.uidvalidity });
    store_promised(call, appended.lsn);
    handles_each(account, q->mailbox, store_tell_changed);
}

void store_on_room(struct call *call, const void *question)
{
    const struct store_room *q = question;
    uint64_t account;
    int error = store_may(call, q->handle, RIGHT_EXPUNGE, &account);
    if (!error)
        error = engine_room(store_engine, account, q->size);
    if (error)
        answer_error(call, error);
    else
        answer_store_room(call, &(struct store_room_answer){ 0 });
}

static int change_flags(uint64_t account, const struct store_flags *q, uint64_t *lsn_r)
{
    const struct flags_change change = { q->added, q->removed, q->unchanged_since };
    size_t count;
    struct uid_range *ranges =
        store_array(q->ranges, sizeof *ranges, FLAGS_RANGES_MAX, &count);
    if (!ranges)
        return -EINVAL;
    int error = (q->added & ~FLAGS_KEPT) != 0
                    ? -EINVAL
                    : engine_flags(store_engine, account, q->mailbox, &change, ranges,
                                   count, lsn_r);
    free(ranges);
    return error;
}

void store_tell_others(const struct call *call, uint64_t handle, uint64_t account,
                       uint32_t mailbox)
{
    struct handle *own = handles_may(call, handle, RIGHT_EXPUNGE);
    bool told = own && own->told;
    if (own)
        own->told = true;
    handles_each(account, mailbox, store_tell_changed);
    if (own)
        own->told = told;
}

void store_on_flags(struct call *call, const void *question)
{
    const struct store_flags *q = question;
    struct store_flags_answer answer;
    uint64_t account;
    int error = store_may(call, q->handle, RIGHT_EXPUNGE, &account);
    if (!error)
        error = change_flags(account, q, &answer.lsn);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer.modseq = answer.lsn;
    answer_store_flags(call, &answer);
    store_promised(call, answer.lsn);
    store_tell_others(call, q->handle, account, q->mailbox);
}

void store_on_status(struct call *call, const void *question)
{
    const struct store_status *q = question;
    struct status s;
    uint64_t account;
    int error = store_may(call, q->handle, RIGHT_READ, &account);
    if (!error)
        error = engine_status(store_engine, account, q->mailbox, &s);
    if (error)
        answer_error(call, error);
    else
        answer_store_status(call, &(struct store_status_answer){
                                      s.uidvalidity, s.uidnext, (uint32_t)s.total,
                                      (uint32_t)s.unseen, (uint32_t)s.deleted, s.octets,
                                      s.modseq });
}
