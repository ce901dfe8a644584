/* auth_quota - how much an account may hold, and how much it does. */
#include "role/auth.h"

#include "base/fiber.h"

#include <stdlib.h>

enum {
    LEARNERS_MAX = 16, /* questions to files that nobody waits for */
    REACHED_MAX = 16,  /* accounts that one recipient waits for */
};

/* Mail is store's to know, files are those of files, where there is one.  It has been
 * started anew, or auth has: ask it. */
static void ask(uint64_t account, enum holding what)
{
    struct store_used_answer mail;
    struct files_used_answer files;
    if (what == HELD_MAIL &&
        ask_store_used(&(struct store_used){ account }, &mail, NULL) == 0)
        directory_used(auth.directory, account, what, mail.used);
    if (what == HELD_FILES && auth.has_files &&
        ask_files_used(&(struct files_used){ account }, &files, NULL) == 0)
        directory_used(auth.directory, account, what, files.used);
}

static void learn(uint64_t account, enum holding what)
{
    if (!directory_knows(auth.directory, account, what))
        ask(account, what);
}

/* Mail does not wait for the disk of the files: until that has answered, only mail
 * counts. */
static unsigned learners;

static void learn_files(void *arg)
{
    uint64_t *account = arg;
    learn(*account, HELD_FILES);
    free(account);
    learners--;
}

static void learn_files_soon(uint64_t account)
{
    uint64_t *own;
    if (learners >= LEARNERS_MAX || !auth.has_files ||
        directory_knows(auth.directory, account, HELD_FILES) ||
        !(own = malloc(sizeof *own)))
        return;
    *own = account;
    if (fiber_go(learn_files, own) == 0)
        learners++;
    else
        free(own);
}

void auth_on_reserve(struct call *call, const void *question)
{
    const struct auth_reserve *q = question;
    enum holding what = call->from == ROLE_FILES ? HELD_FILES : HELD_MAIL;
    if (what == HELD_FILES)
        learn(q->account, HELD_MAIL);
    else
        learn_files_soon(q->account);
    struct auth_reserve_answer answer = {
        directory_reserve(auth.directory, q->account, what, q->used, q->wanted),
    };
    answer_auth_reserve(call, &answer);
}

void auth_on_quota(struct call *call, const void *question)
{
    const struct auth_quota *q = question;
    struct auth_quota_answer answer;
    learn(q->account, HELD_FILES);
    int error = directory_holds(auth.directory, q->account, HELD_MAIL, q->used,
                                &answer.used, &answer.limit);
    if (error)
        answer_error(call, error);
    else
        answer_auth_quota(call, &answer);
}

void auth_on_usage(struct call *call, const void *question)
{
    const struct store_usage *q = question;
    (void)call;
    directory_used(auth.directory, q->account, HELD_MAIL, q->used);
}

void auth_on_files_usage(struct call *call, const void *question)
{
    const struct files_usage *q = question;
    (void)call;
    directory_used(auth.directory, q->account, HELD_FILES, q->used);
}

void auth_learn_usage(uint64_t account, bool of_any)
{
    for (enum holding what = 0; what < HOLDINGS; what++)
        if (of_any)
            ask(account, what);
        else
            learn(account, what);
}

bool auth_learn_reached(const struct reach *reach)
{
    uint64_t
        unknown[REACHED_MAX]; /* what reach points to does not outlast a question */
    size_t count = 0;
    for (size_t i = 0; i < reach->count && count < REACHED_MAX; i++)
        if (!directory_knows(auth.directory, reach->accounts[i], HELD_MAIL))
            unknown[count++] = reach->accounts[i];
    for (size_t i = 0; i < count; i++)
        learn(unknown[i], HELD_MAIL);
    return count > 0;
}

void auth_tell_quotas(void)
{
    auth_tell_changed();
    tell_auth_quotas_changed(ipc_peer(ROLE_STORE, 0),
                             &(struct auth_quotas_changed){ 0 });
    tell_auth_quotas_changed(ipc_peer(ROLE_FILES, 0),
                             &(struct auth_quotas_changed){ 0 });
}
