/*
 * pop3_fetch - fetches a maildrop over POP3 as fast as a server gives it.
 *
 *     pop3_fetch PORT NAME PASSWORD WINDOW SECONDS
 *
 * RETR for one message after the other, WINDOW of them in flight, from the first again
 * when the last has come, until SECONDS are over.  Prints
 *
 *     fetched N octets O seconds S per_second R cpu_s C
 *
 * One connection that blocks; what comes is looked at line by line and forgotten.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IN_MAX = 256 << 10 };

static struct {
    int fd;
    char in[IN_MAX];
    size_t from, to;
    unsigned long long octets;
} peer;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "pop3_fetch: %s: %s\n", what, detail);
    exit(1);
}

static void come(unsigned short port)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int yes = 1;
    peer.fd = socket(AF_INET, SOCK_STREAM, 0);
    if (peer.fd < 0 || connect(peer.fd, (struct sockaddr *)&a, sizeof(a)) != 0)
        fail("connect", strerror(errno));
    setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

static void say(const char *text, size_t len)
{
    if (write(peer.fd, text, len) != (ssize_t)len)
        fail("write", strerror(errno));
}

/* The next line, with its LF; good until the next call. */
static const char *hear(size_t *len_r)
{
    for (;;) {
        char *at = peer.in + peer.from;
        char *lf = memchr(at, '\n', peer.to - peer.from);
        if (lf) {
            *len_r = (size_t)(lf + 1 - at);
            peer.from += *len_r;
            return at;
        }
        memmove(peer.in, at, peer.to - peer.from);
        peer.to -= peer.from;
        peer.from = 0;
        ssize_t n = read(peer.fd, peer.in + peer.to, IN_MAX - peer.to);
        if (n <= 0)
            fail("read", n < 0 ? strerror(errno) : "the server has gone");
        peer.to += (size_t)n;
        peer.octets += (unsigned long long)n;
    }
}

static const char *hear_ok(void)
{
    static char line[512];
    size_t len;
    const char *at = hear(&len);
    len = len < sizeof(line) ? len : sizeof(line) - 1;
    memcpy(line, at, len);
    line[len] = '\0';
    if (strncmp(line, "+OK", 3) != 0)
        fail("refused", line);
    return line;
}

static void hear_message(void)
{
    size_t len;
    const char *at;
    hear_ok();
    do
        at = hear(&len);
    while (len != 3 || memcmp(at, ".\r\n", 3) != 0);
}

static const char *ask(const char *word, const char *argument)
{
    char line[512];
    int n = snprintf(line, sizeof(line), "%s%s%s\r\n", word, *argument ? " " : "",
                     argument);
    if (n < 0 || (size_t)n >= sizeof(line))
        fail("too long", word);
    say(line, (size_t)n);
    return hear_ok();
}

static size_t ask_for(unsigned long number, char *text_r, size_t size)
{
    int n = snprintf(text_r, size, "RETR %lu\r\n", number);
    return n < 0 ? 0 : (size_t)n;
}

/* As many RETR as are missing from the window, in one segment. */
static unsigned long ask_more(unsigned long asked, unsigned long answered,
                              unsigned long window, unsigned long count)
{
    char text[64 << 10];
    size_t len = 0;
    while (asked - answered < window && len + 32 < sizeof(text))
        len += ask_for(asked++ % count + 1, text + len, sizeof(text) - len);
    if (len > 0)
        say(text, len);
    return asked;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        fail("usage", "pop3_fetch PORT NAME PASSWORD WINDOW SECONDS");
    unsigned long window = strtoul(argv[4], NULL, 10), asked = 0, answered = 0;
    come((unsigned short)strtoul(argv[1], NULL, 10));
    hear_ok();
    ask("USER", argv[2]);
    ask("PASS", argv[3]);
    unsigned long count = strtoul(ask("STAT", "") + 4, NULL, 10);
    if (count == 0 || window == 0)
        fail("nothing to do", argv[2]);
    double began = now(), until = began + strtod(argv[5], NULL);
    peer.octets = 0;
    while (now() < until) {
        asked = ask_more(asked, answered, window, count);
        hear_message();
        answered++;
    }
    double seconds = now() - began;
    for (; answered < asked; asked--)
        hear_message();
    ask("QUIT", "");
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("fetched %lu octets %llu seconds %.3f per_second %.1f cpu_s %.3f\n",
           answered, peer.octets, seconds, (double)answered / seconds,
           (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    return 0;
}
