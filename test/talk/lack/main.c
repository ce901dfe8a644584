/*
 * lack - A24: dialogues in which the n-th allocation fails.
 *
 *     lack [--every N] FILE...
 *
 * Everything of src/ that this program is linked with asks for its memory here
 * (Makefile: lack_malloc and the like stand in for malloc); what a session asks for, and
 * the keepers behind it, may fail.  Each dialogue is played with
 * its first allocation failing, then with its second, and so on, each time in a process of
 * its own.  What is said then is not judged; but nothing crashes, nothing hangs, nothing
 * leaks (under AddressSanitizer), and played once more with memory enough the same process
 * says what the dialogue wants.
 */
#include "base/fiber.h"
#include "test/talk/play.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS_MAX = 20, POINTS_MAX = 100000, NOTHING_FAILED = 77 };

static unsigned long asked, at; /* 0: none fails */

/* On a fiber only: what is not is the player's own, and the loop's. */
static bool fails(void)
{
    return at && fiber_self() && ++asked == at;
}

void *lack_malloc(size_t size);
void *lack_calloc(size_t count, size_t size);
void *lack_realloc(void *old, size_t size);
void *lack_aligned_alloc(size_t alignment, size_t size);
char *lack_strdup(const char *string);
char *lack_strndup(const char *string, size_t size);

static void *none(void)
{
    errno = ENOMEM;
    return NULL;
}

void *lack_malloc(size_t size)
{
    return fails() ? none() : malloc(size);
}

void *lack_calloc(size_t count, size_t size)
{
    return fails() ? none() : calloc(count, size);
}

void *lack_realloc(void *old, size_t size)
{
    return fails() ? none() : realloc(old, size);
}

void *lack_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? none() : aligned_alloc(alignment, size);
}

char *lack_strdup(const char *string)
{
    return fails() ? none() : strdup(string);
}

char *lack_strndup(const char *string, size_t size)
{
    return fails() ? none() : strndup(string, size);
}

/* In a process of its own: an exit code. */
static int play_lacking(const struct script *script, unsigned long n)
{
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC), out = dup(STDOUT_FILENO);
    alarm(SECONDS_MAX);
    fflush(stdout);
    if (null < 0 || out < 0 || dup2(null, STDOUT_FILENO) < 0)
        return EXIT_FAILURE;
    close(null);
    at = n;
    play(script, WHOLE);
    at = 0;
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    close(out);
    if (asked < n)
        return NOTHING_FAILED;
    return play(script, WHOLE) ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* False: there was no n-th allocation. */
static bool one_point(const struct script *script, unsigned long n, int *failed)
{
    int status = 0;
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        exit(play_lacking(script, n));
    if (pid < 0 || waitpid(pid, &status, 0) != pid) {
        perror("lack: fork");
        exit(EXIT_FAILURE);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOTHING_FAILED)
        return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
        printf("FAILED: A24: %s: allocation %lu failed: %s %d\n", script->path, n,
               WIFSIGNALED(status) ? "signal" : "exit code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        ++*failed;
    }
    return true;
}

static bool has_word(struct span words, struct span wanted)
{
    while (words.len > 0)
        if (span_is(script_word(&words), wanted))
            return true;
    return false;
}

/* "PLAY octets" alone, or TLS, is not for us. */
static bool is_played_whole(const struct script *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->steps[i].kind == STEP_PLAY)
            return has_word(s->steps[i].text, SPAN("whole"));
    return true;
}

int main(int argc, char **argv)
{
    int passed = 0, failed = 0, begin = 1;
    unsigned long every = 1;
    if (argc > 2 && strcmp(argv[1], "--every") == 0) {
        every = strtoul(argv[2], NULL, 10);
        begin = 3;
    }
    if (every == 0 || !play_begin())
        return EXIT_FAILURE;
    unsigned long seed = (unsigned long)time(NULL);
    printf("A24: every %lu. allocation, seed %lu\n", every, seed);
    for (int i = begin; i < argc; i++) {
        struct script script;
        if (!script_open(&script, argv[i]))
            return EXIT_FAILURE;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        unsigned long n = 1 + (seed >> 33) % every;
        for (; is_played_whole(&script) && n < POINTS_MAX; n += every, passed++)
            if (!one_point(&script, n, &failed))
                break;
        script_close(&script);
    }
    printf("%d passed, %d failed\n", passed - failed, failed);
    return failed || !passed;
}
