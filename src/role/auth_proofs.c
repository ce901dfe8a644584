/* What a person's commands ask of auth about app passwords and identities
 * (role/auth.h). */
#include "role/auth.h"

#include "base/log.h"
#include "base/own.h"

#include <errno.h>
#include <inttypes.h>

enum { RIGHTS = RIGHTS_ALL };

void auth_on_app_password_add(struct call *call, const void *question)
{
    const struct admin_app_password_add *q = question;
    struct admin_app_password_add_answer answer = { 0 };
    OWN(arena_close) struct arena *arena = arena_open(AUTH_SCRATCH_OCTETS);
    int error = !arena ? -ENOMEM : q->rights == 0 || q->rights > RIGHTS ? -EINVAL : 0;
    if (!error)
        error =
            directory_app_password_add(auth.directory, q->address, q->label, q->rights,
                                       arena, &answer.id, &answer.password);
    if (error) {
        answer_error(call, error);
        return;
    }
    log_event(LOG_NOTICE, 0, "account %.*s has app password %" PRIu64 ", \"%.*s\"",
              SPAN_ARG(q->address), answer.id, SPAN_ARG(q->label));
    answer_admin_app_password_add(call, &answer);
}

void auth_on_app_password_remove(struct call *call, const void *question)
{
    const struct admin_app_password_remove *q = question;
    uint64_t account;
    int error =
        directory_app_password_remove(auth.directory, q->address, q->id, &account);
    if (error) {
        answer_error(call, error);
        return;
    }
    passwords_forget(auth.passwords, account);
    log_event(LOG_NOTICE, 0, "account %.*s: app password %" PRIu64 " removed",
              SPAN_ARG(q->address), q->id);
    answer_admin_app_password_remove(call,
                                     &(struct admin_app_password_remove_answer){ 0 });
}

void auth_on_app_password_next(struct call *call, const void *question)
{
    const struct admin_app_password_next *q = question;
    struct app_password shown;
    int error =
        directory_app_password_next(auth.directory, q->address, q->after, &shown);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_admin_app_password_next(call, &(struct admin_app_password_next_answer){
                                             .id = shown.id,
                                             .label = shown.label,
                                             .rights = shown.rights,
                                             .created = shown.created,
                                             .used = shown.used });
}

void auth_on_identity_add(struct call *call, const void *question)
{
    const struct admin_identity_add *q = question;
    int error = directory_identity_add(auth.directory, q->address, q->identity);
    if (error) {
        answer_error(call, error);
        return;
    }
    log_event(LOG_NOTICE, 0, "account %.*s may send as %.*s", SPAN_ARG(q->address),
              SPAN_ARG(q->identity));
    answer_admin_identity_add(call, &(struct admin_identity_add_answer){ 0 });
}

void auth_on_identity_remove(struct call *call, const void *question)
{
    const struct admin_identity_remove *q = question;
    int error = directory_identity_remove(auth.directory, q->address, q->identity);
    if (error) {
        answer_error(call, error);
        return;
    }
    log_event(LOG_NOTICE, 0, "account %.*s may no longer send as %.*s",
              SPAN_ARG(q->address), SPAN_ARG(q->identity));
    answer_admin_identity_remove(call, &(struct admin_identity_remove_answer){ 0 });
}

void auth_on_identity_next(struct call *call, const void *question)
{
    const struct admin_identity_next *q = question;
    struct admin_identity_next_answer answer = { 0 };
    int error =
        directory_identity(auth.directory, q->address, q->number, &answer.identity);
    if (error)
        answer_error(call, error);
    else
        answer_admin_identity_next(call, &answer);
}
