/* talk FILE... - plays dialogues (test/talk/script.h); the room is in the path. */
#include "test/talk/play.h"

#include <stdio.h>
#include <stdlib.h>

/* "PLAY whole octets" limits how a dialogue may be played. */
static bool is_allowed(const struct script *s, enum way way)
{
    bool limited = false;

    for (size_t i = 0; i < s->count; i++) {
        struct span words = s->steps[i].text;
        if (s->steps[i].kind != STEP_PLAY)
            continue;
        limited = true;
        while (words.len > 0)
            if (span_is(script_word(&words), span_of(way_name(way))))
                return true;
    }
    return !limited &&
           (way != TLS || strstr(s->path, "pop3") || strstr(s->path, "ftp"));
}

static void play_all_ways(const char *path, int *passed, int *failed)
{
    struct script script;

    if (!script_open(&script, path))
        ++*failed;
    else
        for (enum way way = WHOLE; way < WAYS; way++)
            if (is_allowed(&script, way))
                ++*(play(&script, way) ? passed : failed);
    script_close(&script);
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0;

    if (!play_begin()) {
        fprintf(stderr, "talk: no event loop\n");
        return 1;
    }
    for (int i = 1; i < argc; i++)
        play_all_ways(argv[i], &passed, &failed);
    printf("%d passed, %d failed\n", passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
