/*
 * reload - packetboat.conf again, while the site runs.
 *
 * Read as at the start, by a process of its own; every role gets the new block and takes
 * it where it can (role.h).  What only a start can change stays, and is named.  With a
 * mistake in the file everything stays as it was.
 */
#include "role/master.h"

#include "base/log.h"
#include "config/change.h"
#include "os/files.h"

#include <errno.h>
#include <stdarg.h>

/* Says it in the log too: a person may have sent SIGHUP. */
__attribute__((format(printf, 4, 5))) static int say(int error, char *words,
                                                     size_t size, const char *format,
                                                     ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(words, size, format, args);
    va_end(args);
    log_event(error ? LOG_ERROR : LOG_NOTICE, 0, "%s", words);
    return error;
}

static void tell_all(int memory)
{
    for (size_t i = 0; i < master.count; i++) {
        const struct process *p = &master.processes[i];
        struct channel *c = p->pid ? ipc_peer(p->role, p->instance) : NULL;
        int error =
            c ? tell_master_settings(c, &(struct master_settings){ memory }) : 0;
        if (error)
            log_event(LOG_ERROR, 0, "%s %u does not get the new settings: %s",
                      role_name(p->role), p->instance, strerror(-error));
    }
}

int master_reload(char *words_r, size_t size)
{
    struct settings *now = &master.site.settings, next;
    char names[128], error_words[512];
    int error =
        site_read_settings(&master.site, &next, error_words, sizeof error_words);
    if (error)
        return say(error, words_r, size, "nothing has changed: %s", error_words);
    size_t kept = settings_keep(now, &next, names, sizeof names);
    int memory = sealed_copy("settings", span_at(&next, sizeof next));
    if (memory < 0)
        return say(memory, words_r, size, "nothing has changed: %s", strerror(-memory));
    *now = next;
    fd_close(&master.site.settings_memory);
    master.site.settings_memory = memory;
    tell_all(memory);
    struct channel *keys = ipc_peer(ROLE_KEYS, 0);
    if (keys)
        tell_master_look(keys, &(struct master_look){ 0 });
    if (kept == 0)
        return say(0, words_r, size, "packetboat.conf was read again");
    return say(0, words_r, size,
               "packetboat.conf was read again; what it changes of %s takes a restart",
               names);
}

void on_admin_reload(struct call *call, const void *question)
{
    char words[RELOAD_WORDS_MAX + 1];
    (void)question;
    int error = master_reload(words, sizeof words);
    struct admin_reload_answer answer = { .taken = error == 0,
                                          .words = span_of(words) };
    answer_admin_reload(call, &answer);
}
