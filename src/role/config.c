/*
 * config - the reader of the configuration file.
 *
 * Inherits the file (descriptor "configuration") and a pipe ("answer"); enters the
 * sandbox, parses, and answers with the typed block or an error in words.  The master
 * believes neither: it checks the block and cleans the words.
 */
#include "role/site.h"

#include "base/log.h"
#include "os/files.h"
#include "os/spawn.h"

#include <unistd.h>

enum { MEMORY_MAX = 512 << 20 };

static bool enter(void)
{
    const char *step;
    struct sandbox s = { .calls = SANDBOX_READER, .memory_max = MEMORY_MAX };
    if (geteuid() == 0)
        s.uid = UID_BASE + ROLE_CONFIG;
    int error = sandbox_enter(&s, &step, NULL);
    if (error)
        log_event(LOG_ERROR, 0, "cannot start: sandbox, %s: %s", step,
                  strerror(-error));
    return error == 0;
}

int role_config(uint32_t instance)
{
    (void)instance;
    log_name("config");
    process_title("config 0");
    int file = spawn_inherited("configuration"), answer = spawn_inherited("answer");
    if (file < 0 || answer < 0 || !enter())
        return EXIT_FAILURE;

    struct config_answer a = { .kind = CONFIG_ERROR };
    struct span text;
    int error = file_read_all(file, &text, CONFIG_OCTETS_MAX);
    if (error)
        snprintf(a.error, sizeof a.error, "packetboat.conf: %s", strerror(-error));
    else if (settings_parse("packetboat.conf", text, &a.settings, a.error,
                            sizeof a.error) == 0)
        a.kind = CONFIG_SETTINGS;
    return file_write_all(answer, span_at(&a, sizeof a)) ? EXIT_FAILURE : EXIT_SUCCESS;
}
