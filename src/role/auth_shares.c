/* What a person's commands and files ask of auth about shared folders (role/auth.h). */
#include "role/auth.h"

#include "auth/shares.h"
#include "base/log.h"
#include "files/path.h"

#include <errno.h>

void auth_tell_shares(void)
{
    tell_auth_shares_changed(ipc_peer(ROLE_FILES, 0),
                             &(struct auth_shares_changed){ 0 });
}

static int check(struct span path)
{
    int error = path_check(path);
    return error ? error : path_is_root(path) ? -EINVAL : 0;
}

void auth_on_share_set(struct call *call, const void *question)
{
    const struct admin_share_set *q = question;
    int error = q->access < SHARE_ACCESSES ? check(q->path) : -EINVAL;
    if (!error)
        error = directory_share_set(auth.directory, q->owner, q->path, q->guest,
                                    (enum share_access)q->access);
    if (error) {
        answer_error(call, error);
        return;
    }
    auth_tell_shares();
    log_event(LOG_NOTICE, 0, "%.*s shares a folder with %.*s", SPAN_ARG(q->owner),
              SPAN_ARG(q->guest));
    answer_admin_share_set(call, &(struct admin_share_set_answer){ 0 });
}

void auth_on_share_remove(struct call *call, const void *question)
{
    const struct admin_share_remove *q = question;
    int error = directory_share_remove(auth.directory, q->owner, q->path, q->guest);
    if (error) {
        answer_error(call, error);
        return;
    }
    auth_tell_shares();
    log_event(LOG_NOTICE, 0, "%.*s no longer shares a folder with %.*s",
              SPAN_ARG(q->owner), SPAN_ARG(q->guest));
    answer_admin_share_remove(call, &(struct admin_share_remove_answer){ 0 });
}

void auth_on_share_next(struct call *call, const void *question)
{
    const struct admin_share_next *q = question;
    struct share_shown s;
    int error = directory_share(auth.directory, 0, q->number, &s);
    if (error)
        answer_error(call, error);
    else
        answer_admin_share_next(call, &(struct admin_share_next_answer){
                                          s.owner_address, s.path, s.guest_address,
                                          (uint8_t)s.access });
}

void auth_on_share(struct call *call, const void *question)
{
    const struct auth_share *q = question;
    struct share_shown s;
    int error = q->guest ? directory_share(auth.directory, q->guest, q->number, &s)
                         : -ENOENT; /* 0 would be all there are */
    if (error)
        answer_error(call, error);
    else
        answer_auth_share(call,
                          &(struct auth_share_answer){ s.owner, s.owner_address, s.path,
                                                       (uint8_t)s.access });
}
