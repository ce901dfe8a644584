/* What a person's commands ask of auth about domains and aliases (role/auth.h). */
#include "role/auth.h"

#include "base/log.h"
#include "base/own.h"

#include <errno.h>
#include <stdlib.h>

/* ---- domains */

void auth_on_domain_add(struct call *call, const void *question)
{
    const struct admin_domain_add *q = question;
    int error = directory_domain_add(auth.directory, q->name);
    if (error) {
        answer_error(call, error);
        return;
    }
    auth_tell_changed();
    log_event(LOG_NOTICE, 0, "domain %.*s added", SPAN_ARG(q->name));
    answer_admin_domain_add(call, &(struct admin_domain_add_answer){ 0 });
}

void auth_on_domain_remove(struct call *call, const void *question)
{
    const struct admin_domain_remove *q = question;
    int error = directory_domain_remove(auth.directory, q->name);
    if (error) {
        answer_error(call, error);
        return;
    }
    auth_tell_changed();
    log_event(LOG_NOTICE, 0, "domain %.*s removed", SPAN_ARG(q->name));
    answer_admin_domain_remove(call, &(struct admin_domain_remove_answer){ 0 });
}

void auth_on_domain_set(struct call *call, const void *question)
{
    const struct admin_domain_set *q = question;
    struct domain_settings settings = {
        .sets_catch_all = q->sets_catch_all,
        .catch_all = q->catch_all,
        .sets_detail = q->sets_detail,
        .detail = q->detail,
        .sets_quota = q->sets_quota,
        .quota = q->quota,
    };
    int error = directory_domain_set(auth.directory, q->name, &settings);
    if (error) {
        answer_error(call, error);
        return;
    }
    if (q->sets_quota)
        auth_tell_quotas();
    else
        auth_tell_changed();
    log_event(LOG_NOTICE, 0, "domain %.*s has new settings", SPAN_ARG(q->name));
    answer_admin_domain_set(call, &(struct admin_domain_set_answer){ 0 });
}

void auth_on_domain_next(struct call *call, const void *question)
{
    const struct admin_domain_next *q = question;
    struct domain_shown shown;
    int error = directory_domain(auth.directory, q->number, &shown);
    if (error) {
        answer_error(call, error);
        return;
    }
    answer_admin_domain_next(call, &(struct admin_domain_next_answer){
                                       .name = shown.name,
                                       .catch_all = shown.settings.catch_all,
                                       .detail = shown.settings.detail,
                                       .quota = shown.settings.quota,
                                       .accounts = shown.accounts,
                                       .aliases = shown.aliases,
                                   });
}

/* ---- aliases */

/* Each target is ended by a line feed.  NULL: no memory; else the caller frees it. */
static struct span *split(struct span targets, size_t *count_r)
{
    size_t count = 0;
    struct span *words = calloc(targets.len + 1, sizeof *words);
    while (words && targets.len > 0) {
        size_t len = span_find(targets, '\n');
        words[count++] = span_first(targets, len);
        targets = span_skip(targets, len < targets.len ? len + 1 : len);
    }
    *count_r = count;
    return words;
}

/* The culprit may be longer than an answer takes: it came as one word of many. */
static struct span shortened(struct span culprit)
{
    return culprit.len > ADDRESS_OCTETS_MAX ? span_first(culprit, ADDRESS_OCTETS_MAX)
                                            : culprit;
}

void auth_on_alias_add(struct call *call, const void *question)
{
    const struct admin_alias_add *q = question;
    struct span culprit = q->address;
    size_t count;
    struct span *targets = split(q->targets, &count);
    int error = targets ? directory_alias_add(auth.directory, q->address, targets,
                                              count, &culprit)
                        : -ENOMEM;
    if (!error) {
        auth_tell_changed();
        log_event(LOG_NOTICE, 0, "alias %.*s has new targets", SPAN_ARG(q->address));
    }
    answer_admin_alias_add(call, &(struct admin_alias_add_answer){
                                     (uint32_t)-error, shortened(culprit) });
    free(targets);
}

void auth_on_alias_remove(struct call *call, const void *question)
{
    const struct admin_alias_remove *q = question;
    struct span culprit = q->address;
    size_t count;
    struct span *targets = split(q->targets, &count);
    int error = targets ? directory_alias_remove(auth.directory, q->address, targets,
                                                 count, &culprit)
                        : -ENOMEM;
    if (!error) {
        auth_tell_changed();
        log_event(LOG_NOTICE, 0, "alias %.*s: %s", SPAN_ARG(q->address),
                  count > 0 ? "targets removed" : "removed");
    }
    answer_admin_alias_remove(call, &(struct admin_alias_remove_answer){
                                        (uint32_t)-error, shortened(culprit) });
    free(targets);
}

void auth_on_alias_next(struct call *call, const void *question)
{
    const struct admin_alias_next *q = question;
    struct admin_alias_next_answer answer = { .address = q->address };
    size_t number = q->number;
    int error =
        directory_alias_next(auth.directory, &answer.address, &number, &answer.target);
    answer.number = (uint32_t)number;
    if (error)
        answer_error(call, error);
    else
        answer_admin_alias_next(call, &answer);
}
