#include "os/spawn.h"

#include "base/own.h"
#include "os/files.h"
#include "test/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the child: this test program, started again as "unit spawned WHAT" */

static int count_descriptors(void)
{
    int count = 0;
    DIR *d = opendir("/proc/self/fd");
    while (d && readdir(d))
        count++;
    if (d)
        closedir(d);
    return count - 3; /* ".", ".." and the directory itself */
}

static void say(const char *what)
{
    file_write_all(spawn_inherited("answer"), span_of(what));
}

static void report(void)
{
    char text[512], octet[2] = "", title[64] = "";
    int other = spawn_inherited("listen.10");
    if (read(other, octet, 1) != 1)
        octet[0] = '?';
    int in = (int)read(STDIN_FILENO, octet + 1, 1);
    process_title("mx 0");
    OWN(fd_close) int cmdline = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (read(cmdline, title, sizeof title - 1) < 0)
        title[0] = '?';
    fd_close(&cmdline);
    snprintf(text, sizeof text,
             "other=%c in=%d cloexec=%d none=%d prefix=%d open=%d secret=%s title=%s",
             octet[0], in, (fcntl(other, F_GETFD) & FD_CLOEXEC) != 0,
             spawn_inherited("nothing"), spawn_inherited("listen.1"),
             count_descriptors(), getenv("SPAWN_TEST_SECRET") ? "yes" : "no", title);
    say(text);
}

__attribute__((constructor)) static void be_spawned(int argc, char **argv)
{
    if (argc < 3 || !span_is(span_of(argv[1]), SPAN("spawned")))
        return;
    process_title_room(argv);
    if (span_is(span_of(argv[2]), SPAN("report")))
        report();
    else
        pause(); /* until the parent is gone */
    _exit(7);
}

/* ---- the tests */

static void read_answer(int from, char *text_r, size_t size)
{
    size_t len = 0;
    struct pollfd p = { .fd = from, .events = POLLIN };
    while (len + 1 < size && poll(&p, 1, 10000) == 1) {
        ssize_t n = read(from, text_r + len, size - len - 1);
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    text_r[len] = '\0';
}

TEST(spawn_passes_what_is_named_and_nothing_else)
{
    static const char *const argv[] = { "unit", "spawned", "report", NULL };
    int answer[2], other[2];
    CHECK_EQ_INT(pipe2(answer, O_CLOEXEC), 0);
    CHECK_EQ_INT(pipe(other), 0); /* not close-on-exec: the child must lose it anyway */
    CHECK_EQ_INT(write(other[1], "a", 1), 1);
    setenv("SPAWN_TEST_SECRET", "x", 1);
    const struct named_descriptor named[] = { { "listen.10", other[0] },
                                              { "answer", answer[1] } };
    pid_t pid = spawn(argv, named, 2);
    CHECK(pid > 0);
    close(answer[1]);
    char text[512];
    read_answer(answer[0], text, sizeof text);
    CHECK_STR(text, "other=a in=0 cloexec=1 none=-1 prefix=-1 open=5 secret=no "
                    "title=packetboat: mx 0");
    int status = 0;
    CHECK_EQ_INT(waitpid(pid, &status, 0), pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    close(answer[0]);
    close(other[0]);
    close(other[1]);
}

/* Each descriptor stands where another one has to be. */
TEST(spawn_places_descriptors_that_cross)
{
    static const char *const argv[] = { "unit", "spawned", "report", NULL };
    int answer[2], other[2];
    CHECK_EQ_INT(pipe2(answer, O_CLOEXEC), 0);
    CHECK_EQ_INT(pipe2(other, O_CLOEXEC), 0);
    CHECK_EQ_INT(write(other[1], "b", 1), 1);
    /* In the child "answer" becomes 3 and "listen.10" 4. */
    pid_t middle = fork();
    if (middle == 0) {
        int in = fcntl(other[0], F_DUPFD, 100), out = fcntl(answer[1], F_DUPFD, 100);
        dup2(in, 3);
        dup2(out, 4);
        const struct named_descriptor named[] = { { "answer", 4 }, { "listen.10", 3 } };
        pid_t pid = spawn(argv, named, 2);
        int status = 1;
        waitpid(pid, &status, 0);
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
    }
    close(answer[1]);
    char text[512];
    read_answer(answer[0], text, sizeof text);
    CHECK(span_starts_nocase(span_of(text), SPAN("other=b in=0 ")));
    int status = 0;
    CHECK_EQ_INT(waitpid(middle, &status, 0), middle);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    close(answer[0]);
    close(other[0]);
    close(other[1]);
}

TEST(spawn_child_dies_with_its_parent)
{
    static const char *const argv[] = { "unit", "spawned", "wait", NULL };
    int held[2];
    CHECK_EQ_INT(pipe2(held, O_CLOEXEC), 0);
    pid_t middle = fork();
    if (middle == 0) {
        const struct named_descriptor named[] = { { "held", held[1] } };
        pid_t pid = spawn(argv, named, 1);
        close(held[1]);
        _exit(pid > 0 ? 0 : 1);
    }
    close(held[1]);
    int status = 1;
    CHECK_EQ_INT(waitpid(middle, &status, 0), middle);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    /* The end of file comes when nobody holds the other end any more. */
    struct pollfd p = { .fd = held[0], .events = POLLIN };
    CHECK_EQ_INT(poll(&p, 1, 10000), 1);
    char octet;
    CHECK_EQ_INT(read(held[0], &octet, 1), 0);
    close(held[0]);
}

TEST(spawn_refuses_too_many)
{
    static const char *const argv[] = { "unit", "spawned", "report", NULL };
    static struct named_descriptor many[200];
    for (size_t i = 0; i < 200; i++)
        many[i] = (struct named_descriptor){ "x", STDERR_FILENO };
    CHECK_EQ_INT(spawn(argv, many, 200), -E2BIG);
}
