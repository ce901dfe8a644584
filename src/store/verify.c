/* verify - engine_verify: a store that nobody has open, file by file. */
#include "store/verify.h"

#include "base/own.h"
#include "os/files.h"
#include "store/checkpoint.h"
#include "store/folder.h"
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

enum { FAULT_OCTETS = 400 };

void verify_fault(struct verify *v, const char *format, ...)
{
    char text[FAULT_OCTETS];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    v->faults++;
    if (v->on_fault)
        v->on_fault(text, v->arg);
}

/* ---- the journal */

/* A delivery that the next recovery looks at. */
struct expected {
    uint64_t lsn, large;
};

static int expect(struct verify *v, const struct entry_head *head)
{
    struct expected *x = malloc(sizeof *x);
    if (!x)
        return -ENOMEM;
    *x = (struct expected){ head->lsn, head->large };
    int error = map_put(v->deliveries, MAP_KEY(x->lsn), x);
    if (error) {
        free(x);
        return error;
    }
    if (x->large)
        error = map_put(v->large, MAP_KEY(x->large), x);
    return error == -EEXIST ? 0 : error;
}

static int read_entries(struct verify *v, struct journal_reader *r)
{
    const struct entry_head *head;
    int found, error = 0;
    while (!error && (found = journal_next(r, &head)) != 0) {
        if (found < 0)
            return found;
        v->report.records++;
        error = head->type == ENTRY_DELIVER || head->type == ENTRY_APPEND
                    ? expect(v, head)
                    : 0;
    }
    uint64_t gap = error ? 0 : journal_gap(r);
    if (gap)
        verify_fault(v,
                     "the journal breaks off at %" PRIu64
                     ", yet there are entries from %" PRIu64 " on",
                     r->lsn, gap);
    return error;
}

/* Others than the one in use may still have to be filled. */
static void check_segment(struct verify *v, const struct journal *j, uint64_t lsn)
{
    if (!journal_is_filled(j, lsn))
        verify_fault(v, "journal segment j%u is not %" PRIu64 " octets long",
                     (unsigned)(lsn / j->size % JOURNAL_SEGMENTS), j->size);
}

static int check_journal(struct verify *v, const struct checkpoint *c)
{
    struct journal journal;
    struct journal_reader reader;
    int error = journal_open_only(&journal, v->store, c->segment);
    if (error) {
        verify_fault(v, "the journal cannot be opened: %s", strerror(-error));
        journal_close(&journal);
        return 0;
    }
    check_segment(v, &journal, c->lsn);
    error = journal_reader_open(&reader, &journal, c->lsn, c->epoch);
    if (!error)
        error = read_entries(v, &reader);
    journal_reader_close(&reader);
    journal_close(&journal);
    return error;
}

/* ---- the checkpoint */

static int check_checkpoint(struct verify *v, struct checkpoint *checkpoint_r)
{
    unsigned slot, damaged;
    OWN(fd_close) int fd = file_open(v->store, "checkpoint", O_RDONLY, 0);
    if (fd < 0)
        return fd;
    int error = checkpoint_read(fd, checkpoint_r, &slot, &damaged);
    if (error == -EUCLEAN)
        verify_fault(v, "the checkpoint is damaged: neither slot is valid");
    else if (!error && damaged)
        verify_fault(v, "the checkpoint is damaged: one slot is not valid");
    return error;
}

/* ---- all of it */

static int check_account(uint64_t account, void *arg)
{
    return verify_account(arg, account);
}

static int count_waiting(uint64_t name, void *arg)
{
    struct verify *v = arg;
    if (!map_get(v->large, MAP_KEY(name)))
        v->report.orphans++;
    return 0;
}

static int check_all(struct verify *v)
{
    struct checkpoint c;
    int error = check_checkpoint(v, &c);
    if (error) /* without it nothing else can be judged */
        return error == -EUCLEAN ? 0 : error;
    v->id = c.store;
    v->checkpoint = c.lsn;
    error = check_journal(v, &c);
    if (!error)
        error = folder_each(v->store, check_account, v);
    if (error == -EUCLEAN) {
        verify_fault(v, "accounts/ holds something that is no account");
        error = 0;
    }
    return error ? error : large_waiting_each(v->store, count_waiting, v);
}

static void close_maps(struct verify *v)
{
    size_t cursor = 0;
    for (struct expected *x;
         v->deliveries && (x = map_next(v->deliveries, &cursor)) != NULL;)
        free(x);
    map_close(&v->deliveries);
    map_close(&v->large);
}

int engine_verify(int directory, struct verify_report *report_r,
                  void (*on_fault)(const char *fault, void *arg), void *arg)
{
    struct verify v = { .store = directory, .on_fault = on_fault, .arg = arg };
    *report_r = (struct verify_report){ 0 };
    if (fchdir(directory) != 0)
        return -errno;
    v.deliveries = map_open();
    v.large = map_open();
    int error = v.deliveries && v.large ? check_all(&v) : -ENOMEM;
    close_maps(&v);
    *report_r = v.report;
    return error ? error : v.faults > INT32_MAX ? INT32_MAX : (int)v.faults;
}
