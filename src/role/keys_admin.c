/* What a person's commands ask of keys (role/keys.h). */
#include "role/keys.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>

static void fill_names(const struct certificate *c, struct span *names_r)
{
    *names_r = span_of(c->names);
    if (names_r->len > NAMES_OCTETS_MAX)
        names_r->len = NAMES_OCTETS_MAX;
}

void keys_on_add(struct call *call, const void *question)
{
    const struct admin_certificate_add *q = question;
    struct certificate *c;
    enum certificate_fault fault = certificate_read(q->key, q->chain, clock_wall(), &c);
    struct admin_certificate_add_answer answer = { .fault = (uint8_t)fault };
    if (fault == CERTIFICATE_FINE) {
        answer.not_after = (uint64_t)c->not_after;
        int error = keyring_add(&keys, c);
        if (error) {
            answer_error(call, error);
            return;
        }
        fill_names(c, &answer.names);
        log_event(LOG_NOTICE, 0, "the certificate for %s is added", c->names);
        keys_tell_change();
    } else {
        certificate_free(&c);
    }
    answer_admin_certificate_add(call, &answer);
}

void keys_on_next(struct call *call, const void *question)
{
    const struct admin_certificate_next *q = question;
    if (q->number >= keys.count) {
        answer_error(call, -ENOENT);
        return;
    }
    const struct certificate *c = keys.certificates[q->number];
    struct admin_certificate_next_answer answer = {
        .kind = (uint8_t)c->kind,
        .bits = c->bits,
        .not_after = (uint64_t)c->not_after,
        .host = span_of(c->host),
        .chain = c->chain,
    };
    fill_names(c, &answer.names);
    answer_admin_certificate_next(call, &answer);
}

void keys_on_remove(struct call *call, const void *question)
{
    const struct admin_certificate_remove *q = question;
    int removed = q->kind <= CERTIFICATE_KINDS ? keyring_remove(&keys, q->host, q->kind)
                                               : -EINVAL;
    if (removed <= 0) {
        answer_error(call, removed ? removed : -ENOENT);
        return;
    }
    log_event(LOG_NOTICE, 0, "the certificate for %.*s is removed", SPAN_ARG(q->host));
    keys_tell_change();
    answer_admin_certificate_remove(call,
                                    &(struct admin_certificate_remove_answer){ 0 });
}
