/* auth_quota - how much an account may hold, and how much it does. */
#include "role/auth.h"

void auth_on_reserve(struct call *call, const void *question)
{
    const struct auth_reserve *q = question;
    struct auth_reserve_answer answer = {
        directory_reserve(auth.directory, q->account, q->used, q->wanted),
    };
    answer_auth_reserve(call, &answer);
}

void auth_on_usage(struct call *call, const void *question)
{
    const struct store_usage *q = question;
    (void)call;
    directory_used(auth.directory, q->account, q->used);
}

void auth_tell_quotas(void)
{
    auth_tell_changed();
    tell_auth_quotas_changed(ipc_peer(ROLE_STORE, 0),
                             &(struct auth_quotas_changed){ 0 });
}
