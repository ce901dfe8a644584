#include "os/sandbox.h"

#include "base/asan.h"
#include "base/own.h"
#include "os/files.h"
#include "test/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEST_UID = 61098 };

static int before; /* a socket made before the sandbox */

/* ---- what is tried inside; true: it went well */

static bool makes_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0;
}

static bool connects(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons(9),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    return connect(before, (struct sockaddr *)&a, sizeof a) == 0;
}

static bool binds(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    return bind(before, (struct sockaddr *)&a, sizeof a) == 0;
}

static bool opens_a_file(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool opens_itself(void)
{
    return open("/proc/self/maps", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool executes(void)
{
    char name[] = "true", *const argv[] = { name, NULL };
    execve("/bin/true", argv, NULL);
    return false;
}

static bool forks(void)
{
    return fork() >= 0;
}

static bool signals_its_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool maps_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

static bool makes_code(void)
{
    void *at = mmap(NULL, 4096, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(at, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool traces(void)
{
    return prctl(PR_SET_PTRACER, getppid()) == 0;
}

static void *run_thread(void *arg)
{
    return arg;
}

static bool starts_a_thread(void)
{
    pthread_t thread;
    void *result = NULL;
    return pthread_create(&thread, NULL, run_thread, &before) == 0 &&
           pthread_join(thread, &result) == 0 && result == &before;
}

static bool works(void)
{
    static const char text[] = "text";
    OWN(fd_close) int fd = sealed_copy("test", SPAN("text"));
    char got[sizeof text] = "";
    void *memory = malloc(1 << 20);
    bool good = fd >= 0 && memory && pread(fd, got, 4, 0) == 4 && sealed_is(fd) &&
                memcmp(got, text, 4) == 0;
    free(memory);
    struct stat st;
    return good && fstat(fd, &st) == 0 && st.st_size == 4;
}

/* A dialer: */
static int tcp(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool is_bound_below(int family, uint16_t port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    OWN(fd_close) int fd = tcp(family);
    return bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 1) == 0;
}

static bool listens(void)
{
    return is_bound_below(AF_INET, 0) && tcp(AF_INET6) >= 0;
}

static bool dials(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons(9),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    OWN(fd_close) int fd = tcp(AF_INET);
    return connect(fd, (struct sockaddr *)&a, sizeof a) == 0 || errno == ECONNREFUSED ||
           errno == EINPROGRESS;
}

/* Where it was root, which it is no more. */
static bool has_low_ports(void)
{
    bool low = is_bound_below(AF_INET, 1019) || errno == EADDRINUSE;
    return getuid() != TEST_UID || low;
}

static bool makes_local_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) >= 0;
}

static bool makes_udp_socket(void)
{
    return socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) >= 0;
}

static bool makes_raw_socket(void)
{
    return socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) >= 0;
}

/* A keeper, in its own directory: */
static bool writes_inside(void)
{
    OWN(fd_close) int a = dir_make(AT_FDCWD, "a", 0700);
    OWN(fd_close) int b = dir_make(AT_FDCWD, "b", 0700);
    return a >= 0 && b >= 0 && file_replace(a, "file", SPAN("x"), 0600) == 0 &&
           linkat(a, "file", b, "other", 0) == 0 &&
           renameat(a, "file", b, "file") == 0 && unlinkat(b, "other", 0) == 0 &&
           truncate("b/file", 0) == 0 && unlinkat(b, "file", 0) == 0 &&
           rmdir("a") == 0 && rmdir("b") == 0;
}

static bool makes_a_link(void)
{
    return symlink("/etc/passwd", "link") == 0;
}

static bool looks_above(void)
{
    return open("..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0;
}

static bool writes_above(void)
{
    return open("../outside", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

/* ---- how it must end */

enum fate { ALLOWED, REFUSED, KILLED, NO_SANDBOX };

/* clang-format off */
static const struct {
    const char *name;
    enum sandbox_calls calls;
    bool (*attempt)(void);
    enum fate fate;
} rows[] = {
    { "reader works",                SANDBOX_READER, works,              ALLOWED },
    { "reader makes a socket",       SANDBOX_READER, makes_socket,       KILLED  },
    { "reader opens a file",         SANDBOX_READER, opens_a_file,       REFUSED },
    { "reader starts a thread",      SANDBOX_READER, starts_a_thread,    KILLED  },
    { "front works",                 SANDBOX_FRONT,  works,              ALLOWED },
    { "front starts a thread",       SANDBOX_FRONT,  starts_a_thread,    ALLOWED },
    { "front makes a socket",        SANDBOX_FRONT,  makes_socket,       KILLED  },
    { "front connects",              SANDBOX_FRONT,  connects,           KILLED  },
    { "front binds",                 SANDBOX_FRONT,  binds,              KILLED  },
    { "front opens a file",          SANDBOX_FRONT,  opens_a_file,       REFUSED },
    { "front opens /proc/self/maps", SANDBOX_FRONT,  opens_itself,       REFUSED },
    { "front executes",              SANDBOX_FRONT,  executes,           KILLED  },
    { "front forks",                 SANDBOX_FRONT,  forks,              KILLED  },
    { "front signals its parent",    SANDBOX_FRONT,  signals_its_parent, KILLED  },
    { "front maps code",             SANDBOX_FRONT,  maps_code,          KILLED  },
    { "front makes code",            SANDBOX_FRONT,  makes_code,         KILLED  },
    { "front lets itself be traced", SANDBOX_FRONT,  traces,             KILLED  },
    { "dialer works",                SANDBOX_DIALER, works,              ALLOWED },
    { "dialer listens",              SANDBOX_DIALER, listens,            ALLOWED },
    { "dialer connects",             SANDBOX_DIALER, dials,              ALLOWED },
    { "dialer has root's ports",     SANDBOX_DIALER, has_low_ports,      ALLOWED },
    { "dialer makes a local socket", SANDBOX_DIALER, makes_local_socket, KILLED  },
    { "dialer makes a UDP socket",   SANDBOX_DIALER, makes_udp_socket,   KILLED  },
    { "dialer makes a raw socket",   SANDBOX_DIALER, makes_raw_socket,   KILLED  },
    { "dialer opens a file",         SANDBOX_DIALER, opens_a_file,       REFUSED },
    { "dialer executes",             SANDBOX_DIALER, executes,           KILLED  },
    { "dialer forks",                SANDBOX_DIALER, forks,              KILLED  },
    { "keeper works",                SANDBOX_KEEPER, works,              ALLOWED },
    { "keeper starts a thread",      SANDBOX_KEEPER, starts_a_thread,    ALLOWED },
    { "keeper writes inside",        SANDBOX_KEEPER, writes_inside,      ALLOWED },
    { "keeper makes a link",         SANDBOX_KEEPER, makes_a_link,       KILLED  },
    { "keeper looks above",          SANDBOX_KEEPER, looks_above,        REFUSED },
    { "keeper writes above",         SANDBOX_KEEPER, writes_above,       REFUSED },
    { "keeper opens a file",         SANDBOX_KEEPER, opens_a_file,       REFUSED },
    { "keeper makes a socket",       SANDBOX_KEEPER, makes_socket,       KILLED  },
    { "keeper executes",             SANDBOX_KEEPER, executes,           KILLED  },
    { "keeper forks",                SANDBOX_KEEPER, forks,              KILLED  },
};
/* clang-format on */

static void run_inside(size_t row, int directory)
{
    struct sandbox s = { .calls = rows[row].calls };
    s.uid = geteuid() == 0 ? TEST_UID : 0;
    if (s.calls == SANDBOX_KEEPER) {
        s.directories = &directory;
        s.directory_count = 1;
    }
    const char *step = "directory";
    if (fchdir(directory) < 0 || sandbox_enter(&s, &step, NULL) != 0) {
        fprintf(stderr, "sandbox_enter: %s\n", step);
        _exit(NO_SANDBOX);
    }
    _exit(rows[row].attempt() ? ALLOWED : REFUSED);
}

static enum fate fate_of(size_t row, int directory)
{
    pid_t pid = fork();
    if (pid == 0)
        run_inside(row, directory);
    int status;
    if (waitpid(pid, &status, 0) != pid)
        return NO_SANDBOX;
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGSYS ? KILLED : NO_SANDBOX;
    return (enum fate)WEXITSTATUS(status);
}

TEST(sandbox_rows_end_as_they_must)
{
    char path[] = "/tmp/sandbox_test.XXXXXX";
    if (!CHECK(mkdtemp(path) != NULL))
        return;
    OWN(fd_close) int outer = dir_open(AT_FDCWD, path);
    OWN(fd_close) int inner = dir_make(outer, "inner", 0700);
    if (geteuid() == 0)
        CHECK_EQ_INT(dir_give(outer, TEST_UID), 0);
    before = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t left_out = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool needs_calls = rows[i].fate == KILLED;
        bool needs_landlock = rows[i].fate == REFUSED;
        if ((needs_calls && (UNDER_ASAN || !calls_kill_is_available())) ||
            (needs_landlock && landlock_version() < 2)) {
            left_out++;
            continue;
        }
        unit_equal_int(fate_of(i, inner), rows[i].fate, __FILE__, __LINE__,
                       rows[i].name);
    }
    close(before);
    unlinkat(outer, "inner", AT_REMOVEDIR);
    CHECK_EQ_INT(rmdir(path), 0);
    if (left_out)
        unit_skip(UNDER_ASAN ? "no list of system calls under AddressSanitizer"
                             : "this kernel lacks seccomp or Landlock");
}

static void read_proc(pid_t pid, const char *name, char *text_r, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    OWN(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, text_r, size - 1);
    text_r[n > 0 ? n : 0] = '\0';
}

/* What can be seen from outside of a role that waits: a front has nothing of root's, a
 * dialer CAP_NET_BIND_SERVICE. */
static void check_limits(enum sandbox_calls calls, const char *capabilities)
{
    int inside[2], wait[2];
    CHECK_EQ_INT(pipe2(inside, O_CLOEXEC), 0);
    CHECK_EQ_INT(pipe2(wait, O_CLOEXEC), 0);
    char octet = 'x';
    pid_t pid = fork();
    if (pid == 0) {
        const char *step;
        struct sandbox s = { .calls = calls, .uid = geteuid() == 0 ? TEST_UID : 0 };
        close(wait[1]);
        if (sandbox_enter(&s, &step, NULL) == 0 && write(inside[1], &octet, 1) == 1)
            _exit(read(wait[0], &octet, 1) == 0 ? 0 : 1);
        _exit(2);
    }
    close(inside[1]);
    CHECK_EQ_INT(read(inside[0], &octet, 1), 1);
    char status[4096], limits[4096];
    read_proc(pid, "status", status, sizeof status);
    read_proc(pid, "limits", limits, sizeof limits);
    CHECK(strstr(status, "\nNoNewPrivs:\t1\n") != NULL);
    CHECK(strstr(status, capabilities) != NULL);
    CHECK(UNDER_ASAN || strstr(status, "\nSeccomp:\t2\n") != NULL);
    if (geteuid() == 0)
        CHECK(strstr(status, "\nUid:\t61098\t61098\t61098\t61098\n") != NULL);
    CHECK(strstr(limits, "Max core file size        0                    0 ") != NULL);
    close(wait[1]);
    int code = 1;
    CHECK_EQ_INT(waitpid(pid, &code, 0), pid);
    CHECK(WIFEXITED(code) && WEXITSTATUS(code) == 0);
    close(inside[0]);
    close(wait[0]);
}

TEST(sandbox_limits_hold)
{
    static const char none[] = "\nCapPrm:\t0000000000000000\n";
    static const char ports[] = "\nCapPrm:\t0000000000000400\n";
    check_limits(SANDBOX_FRONT, none);
    check_limits(SANDBOX_DIALER, geteuid() == 0 ? ports : none);
}
