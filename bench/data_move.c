/*
 * data_move - how fast data connections are (wire/data.h), beside a plain loop of
 * sendfile or of recv and write over the same loopback, and TLS beside OpenSSL alone.
 *
 *     build/bench/data_move [MiB of each] [rounds] [directory for the file] [name]
 *
 * The client is another process.  Seconds of CPU are the server's, a GiB.
 */
#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "test/tls.h"
#include "wire/data.h"
#include "wire/io.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 256 << 10, ROUNDS_MAX = 32 };

static uint64_t size = UINT64_C(1) << 30;
static const char *directory = "/tmp";
static struct tls *tls;
static char piece[PIECE];

static void must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    exit(1);
}

static void sockets(int ends[2])
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(bind(listener, (struct sockaddr *)&a, len) == 0 && listen(listener, 1) == 0 &&
             getsockname(listener, (struct sockaddr *)&a, &len) == 0,
         "listen");
    ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(connect(ends[0], (struct sockaddr *)&a, len) == 0, "connect");
    ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    close(listener);
}

static int file_of(bool filled)
{
    char name[256];
    snprintf(name, sizeof name, "%s/data_move.XXXXXX", directory);
    int fd = mkstemp(name);
    must(fd >= 0, name);
    unlink(name);
    for (uint64_t done = 0; filled && done < size; done += PIECE)
        must(write(fd, piece, PIECE) == PIECE, "write");
    return fd;
}

/* ---- the client: another process, which must not cost much */

static void client(int fd, bool sends, bool secure)
{
    SSL *ssl = secure ? test_tls_client(fd, NULL, NULL) : NULL;
    uint64_t done = 0;
    ssize_t n = 1;
    while (n > 0 && !(sends && done >= size)) {
        if (sends)
            n = ssl ? SSL_write(ssl, piece, PIECE) : send(fd, piece, PIECE, 0);
        else
            n = ssl ? SSL_read(ssl, piece, PIECE) : recv(fd, piece, PIECE, 0);
        done += n > 0 ? (uint64_t)n : 0;
    }
    if (ssl)
        SSL_shutdown(ssl);
    shutdown(fd, SHUT_WR);
    while (recv(fd, piece, PIECE, 0) > 0)
        continue;
    _exit(done >= size ? 0 : 1);
}

/* ---- the server, as plainly as can be */

static void raw_send(int fd, int file)
{
    off_t at = 0;
    while ((uint64_t)at < size)
        must(sendfile(fd, file, &at, 1 << 20) > 0, "sendfile");
    shutdown(fd, SHUT_WR);
}

static void raw_receive(int fd, int file)
{
    ssize_t n;
    while ((n = recv(fd, piece, PIECE, 0)) > 0)
        must(write(file, piece, (size_t)n) == n, "write");
}

/* ---- the server, by data.h */

struct job {
    struct wire *control;
    int fd, file;
    bool receives, secure;
};

static void run(void *arg)
{
    const struct job *j = arg;
    static const struct data_settings settings = { 60 * CLOCK_SECOND, 60 * CLOCK_SECOND,
                                                   false, false };
    struct data *d = data_open(j->control, j->fd, &settings);
    uint64_t moved = 0;
    int error = data_accept(d);
    if (!error && j->secure)
        error = data_start_tls(d, true);
    if (!error)
        error = j->receives ? data_receive_file(d, j->file, 0, UINT64_MAX, &moved)
                            : data_send_file(d, j->file, 0, size, &moved);
    if (!error)
        error = data_finish(d);
    if (error || moved < size)
        fprintf(stderr, "error %d after %llu octets\n", error,
                (unsigned long long)moved);
    data_close(&d);
    loop_stop();
}

static void by_data(int fd, int file, bool receives, bool secure)
{
    int control[2];
    sockets(control);
    must(loop_open() == 0, "loop");
    struct wire_settings settings = { .line_max = 100,
                                      .read_time = CLOCK_SECOND,
                                      .write_time = CLOCK_SECOND,
                                      .protocol = "ftp",
                                      .tls = tls };
    fcntl(control[1], F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    struct job j = { wire_open(control[1], "127.0.0.1", &settings), fd, file, receives,
                     secure };
    fiber_go(run, &j);
    loop_run();
    wire_close(&j.control);
    io_end();
    loop_close();
    close(control[0]);
}

/* ---- measuring */

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static double cpu(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return seconds(r.ru_utime) + seconds(r.ru_stime);
}

static const struct {
    const char *name;
    bool by_data, receives, secure;
} cases[] = {
    { "sendfile loop", false, false, false },   { "send", true, false, false },
    { "recv, write loop", false, true, false }, { "receive", true, true, false },
    { "send, TLS", true, false, true },         { "receive, TLS", true, true, true },
};
enum { CASES = sizeof cases / sizeof *cases };

static double mib[CASES][ROUNDS_MAX], load[CASES][ROUNDS_MAX];

static void measure(size_t i, int round, int source)
{
    int ends[2];
    int file = cases[i].receives ? file_of(false) : source;
    sockets(ends);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[1]);
        client(ends[0], cases[i].receives, cases[i].secure);
    }
    close(ends[0]);
    double from = (double)clock_now() / 1e9, cpu_from = cpu();
    if (cases[i].by_data) {
        by_data(ends[1], file, cases[i].receives, cases[i].secure);
    } else {
        (cases[i].receives ? raw_receive : raw_send)(ends[1], file);
        close(ends[1]);
    }
    int status = 1;
    waitpid(pid, &status, 0);
    must(status == 0, cases[i].name);
    double gib = (double)size / (1 << 30);
    mib[i][round] = gib * 1024 / ((double)clock_now() / 1e9 - from);
    load[i][round] = (cpu() - cpu_from) / gib;
    if (cases[i].receives)
        close(file);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 3;
    if (argc > 1)
        size = (uint64_t)strtoull(argv[1], NULL, 10) << 20;
    directory = argc > 3 ? argv[3] : directory;
    const char *only = argc > 4 ? argv[4] : "";
    rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
    tls = test_tls_open("hamburger.edu");
    int source = file_of(true);
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < CASES; i++)
            if (strstr(cases[i].name, only))
                measure(i, round, source);
    for (size_t i = 0; i < CASES; i++)
        if (strstr(cases[i].name, only))
            printf("%-18s %8.0f MiB/s   %.3f s of CPU a GiB\n", cases[i].name,
                   median(mib[i], rounds), median(load[i], rounds));
    tls_close(&tls);
    return 0;
}
