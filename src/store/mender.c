/* mender - see mender.h. */
#include "store/mender.h"

#include "base/clock.h"
#include "base/own.h"
#include "os/files.h"
#include "store/draft.h"
#include "store/folder.h"
#include "store/thread.h"

#include <errno.h>
#include <stdlib.h>

enum { RETRY_SECONDS = 5, TIMES_MAX = 3, PAUSE_EACH = 1 << 20 };

/* An account that has been here; it stays known, lest it comes again and again. */
struct patient {
    struct list link;
    uint64_t account, since;
    unsigned times;
    bool compact; /* it is in good health, and comes for that alone */
};

struct mender {
    struct mender_settings settings;
    struct thread thread;
    _Atomic bool ended; /* read by drafts, without the lock: late is soon enough */

    struct thread_inbox inbox;
    /* Under the inbox's lock: */
    struct list waiting; /* struct patient */
    struct mending *said, **said_last;
    bool closing, job_done;

    struct list known; /* the thread's own */
    size_t copied;     /* octets since the last pause */
};

/* ---- asking the applier, from this thread */

static void on_job_done(struct job *j)
{
    struct mender *m = ((void **)j->arg)[0];
    thread_lock(&m->inbox);
    m->job_done = true;
    thread_unlock_and_signal(&m->inbox);
}

static int ask(struct mender *m, uint64_t account,
               int (*run)(struct account *, struct job *), bool mends, void *arg)
{
    void *both[] = { m, arg };
    struct job j = { .account = account,
                     .run = run,
                     .on_done = on_job_done,
                     .mends = mends,
                     .arg = both };
    m->job_done = false;
    applier_ask(m->settings.applier, &j);
    thread_lock(&m->inbox);
    while (!m->job_done)
        thread_wait(&m->inbox, CLOCK_NEVER);
    thread_unlock(&m->inbox);
    return j.error;
}

/* ---- one folder */

struct treatment {
    struct mender *mender;
    uint64_t account;
    int folder; /* it itself, whatever its name is meanwhile */
    enum mended how;
    struct draft draft;
};

static int adopt(struct account *a, struct job *j)
{
    (void)a;
    const struct treatment *t = ((void **)j->arg)[1];
    return folder_adopt(t->mender->settings.shelf->store, t->account, t->folder,
                        t->how == MENDED_REBUILT);
}

static int treat(struct treatment *t)
{
    t->folder = folder_open(t->mender->settings.shelf->store, t->account);
    if (t->folder < 0)
        return t->folder;
    const struct shelf *shelf = t->mender->settings.shelf;
    bool old = false;
    int error = draft_make(&t->draft, shelf, t->account, &t->mender->ended, &old);
    t->how = old ? MENDED_TAKEN_OVER : MENDED_REBUILT;
    if (!error)
        error = ask(t->mender, t->account, adopt, true, t);
    fd_close(&t->folder);
    return error;
}

/* ---- the thread */

static void push_said(struct mender *m, struct mending *said)
{
    thread_lock(&m->inbox);
    *m->said_last = said;
    m->said_last = &said->next;
    thread_unlock(&m->inbox);
    m->settings.on_progress(m->settings.arg);
}

static void say(struct mender *m, const struct treatment *t, int error)
{
    struct mending *said = malloc(sizeof *said);
    if (!said)
        return;
    *said = (struct mending){ .account = t->account,
                              .how = error ? MENDED_NOTHING : t->how,
                              .error = error,
                              .mails = t->draft.mails,
                              .broken = t->draft.broken,
                              .skipped = t->draft.skipped };
    push_said(m, said);
}

static void wait_again(struct mender *m, struct patient *p)
{
    p->since = clock_in(RETRY_SECONDS * CLOCK_SECOND);
    thread_lock(&m->inbox);
    list_push(&m->waiting, &p->link);
    thread_unlock(&m->inbox);
}

/* Nobody can mend it, or there is nothing to be mended any more. */
static bool is_final(int error)
{
    return error == 0 || error == -EUCLEAN || error == -EPROTO || error == -ESTALE ||
           error == -ENOENT || error == -EIO;
}

static void mend(struct mender *m, struct patient *p)
{
    struct treatment t = { .mender = m, .account = p->account };
    int error = ++p->times > TIMES_MAX ? -EUCLEAN : treat(&t);
    if (m->ended)
        error = error ? -ECANCELED : 0;
    if (!is_final(error) && error != -ECANCELED) {
        p->times--;
        wait_again(m, p);
        return;
    }
    list_push(&m->known, &p->link);
    if (error != -ESTALE && error != -ENOENT && error != -ECANCELED)
        say(m, &t, error);
}

/* ---- compaction */

/* Nobody is in a hurry here. */
static bool pause_for(size_t octets, void *arg)
{
    struct mender *m = arg;
    m->copied += octets;
    if (m->copied >= PAUSE_EACH && !m->ended) {
        uint64_t until = clock_in(m->copied * CLOCK_SECOND / COMPACT_RATE);
        thread_lock(&m->inbox);
        while (!m->closing && clock_now() < until)
            thread_wait(&m->inbox, until);
        thread_unlock(&m->inbox);
        m->copied = 0;
    }
    return !m->ended;
}

static int plan(struct account *a, struct job *j)
{
    return compaction_plan(a, ((void **)j->arg)[1]);
}

static int adopt_rows(struct account *a, struct job *j)
{
    return compaction_adopt(a, ((void **)j->arg)[1]);
}

static void say_compacted(struct mender *m, struct compaction *c)
{
    struct mending *said = malloc(sizeof *said);
    if (!said)
        return; /* the old packs are found again */
    *said = (struct mending){ .account = c->account,
                              .how = MENDED_COMPACTED,
                              .compaction = *c };
    *c = (struct compaction){ 0 };
    push_said(m, said);
}

/* Whatever fails is dead octets, and seen again by the next one. */
static void compact(struct mender *m, uint64_t account)
{
    struct compaction c = { 0 };
    int error = ask(m, account, plan, false, &c);
    if (!error)
        error = compaction_copy(&c, m->settings.shelf, pause_for, m);
    if (!error)
        do
            error = ask(m, account, adopt_rows, false, &c);
        while (error == 1);
    if (!error)
        say_compacted(m, &c);
    compaction_free(&c);
}

/* ---- the next one */

static struct patient *first_due(struct mender *m, uint64_t *due_r)
{
    uint64_t now = clock_now();
    *due_r = CLOCK_NEVER;
    LIST_FOR_EACH(link, &m->waiting)
    {
        struct patient *p = LIST_ENTRY(link, struct patient, link);
        if (p->since <= now)
            return p;
        if (p->since < *due_r)
            *due_r = p->since;
    }
    return NULL;
}

/* The next one; NULL: the end. */
static struct patient *take(struct mender *m)
{
    struct patient *p = NULL;
    uint64_t due;
    thread_lock(&m->inbox);
    while (!m->closing && !(p = first_due(m, &due)))
        thread_wait(&m->inbox, due);
    if (p)
        list_remove(&p->link);
    thread_unlock(&m->inbox);
    return p;
}

/* Who was here before is the same patient still. */
static struct patient *recognise(struct mender *m, struct patient *p)
{
    LIST_FOR_EACH(link, &m->known)
    {
        struct patient *before = LIST_ENTRY(link, struct patient, link);
        if (before->account != p->account || before == p)
            continue;
        list_remove(link);
        free(p);
        return before;
    }
    return p;
}

static void work(void *arg)
{
    struct mender *m = arg;
    for (struct patient *p; (p = take(m)) != NULL;) {
        if (!p->compact) {
            mend(m, recognise(m, p));
            continue;
        }
        compact(m, p->account);
        free(p);
    }
}

/* ---- from other threads */

static void receive(struct mender *m, uint64_t account, bool compacts)
{
    struct patient *p = calloc(1, sizeof *p);
    if (!p)
        return; /* the next start sees it again */
    p->account = account;
    p->compact = compacts;
    thread_lock(&m->inbox);
    list_push(&m->waiting, &p->link);
    thread_unlock_and_signal(&m->inbox);
}

void mender_ask(struct mender *m, uint64_t account)
{
    receive(m, account, false);
}

void mender_compact(struct mender *m, uint64_t account)
{
    receive(m, account, true);
}

struct mending *mender_said(struct mender *m)
{
    thread_lock(&m->inbox);
    struct mending *said = m->said;
    if (said) {
        m->said = said->next;
        if (!m->said)
            m->said_last = &m->said;
    }
    thread_unlock(&m->inbox);
    return said;
}

/* ---- birth and end */

struct mender *mender_open(const struct mender_settings *settings)
{
    struct mender *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->settings = *settings;
    m->said_last = &m->said;
    list_init(&m->waiting);
    list_init(&m->known);
    thread_inbox_open(&m->inbox);
    return m;
}

int mender_start(struct mender *m)
{
    return thread_start(&m->thread, "mender", work, m);
}

void mender_stop(struct mender *m)
{
    m->ended = true;
    thread_lock(&m->inbox);
    m->closing = true;
    thread_unlock_and_signal(&m->inbox);
    thread_join(&m->thread);
}

static void free_patients(struct list *patients)
{
    for (struct list *l; (l = list_pop(patients)) != NULL;)
        free(LIST_ENTRY(l, struct patient, link));
}

void mender_close(struct mender **mender)
{
    struct mender *m = *mender;
    if (!m)
        return;
    mender_stop(m);
    for (struct mending *said; (said = mender_said(m)) != NULL;) {
        compaction_free(&said->compaction);
        free(said);
    }
    free_patients(&m->waiting);
    free_patients(&m->known);
    thread_inbox_close(&m->inbox);
    free(m);
    *mender = NULL;
}
