/*
 * demo - packetboat demo: a server to play with, on this machine alone.
 *
 * DIR holds ordinary sites (hamburger.edu), the base of their ports, and, while all
 * serve, ready.json for tests and benchmarks.  A site is made whole beside its place and
 * then renamed, so that what is there is finished.
 */
#include "cli/cli.h"
#include "cli/demo_settings.h"

#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BASE = 10000, BASE_MOST = 64000, PATH_SIZE = 4096 };

#define SITE        "hamburger.edu"
#define HOST        "hamburger.edu" /* the textbook's greeting: 220 hamburger.edu */
#define ADDRESS     "127.0.0.1"
#define ACCOUNT     "bob@hamburger.edu"
#define CERTIFICATE "certificate.pem"
#define PASSWORD    "ketchup"
#define LMTP        "lmtp"

struct demo {
    const char *path;
    int directory, lock;
    uint64_t base;
    char site[PATH_SIZE]; /* of hamburger.edu */
    pid_t master;
};

/* ---- DIR/base */

static bool take_base(const char *text, uint64_t *base_r)
{
    struct span s = span_of(text);
    return span_take_number(&s, BASE_MOST, base_r) && *base_r > 0 &&
           (s.len == 0 || span_is(s, SPAN("\n")));
}

static void remembered_base(struct demo *d)
{
    struct span text;
    d->base = BASE;
    OWN(fd_close) int fd = file_open(d->directory, "base", O_RDONLY, 0);
    if (fd < 0 || file_read_all(fd, &text, 32) != 0)
        return;
    if (!take_base(text.at, &d->base))
        d->base = BASE;
    free((void *)(uintptr_t)text.at);
}

static int remember_base(const struct demo *d)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%u\n", (unsigned)d->base);
    return file_replace(d->directory, "base", span_at(text, (size_t)n), 0644);
}

/* ---- the site */

/* anew: whatever is there; else what is missing is added. */
static int write_configuration(const struct demo *d, int site, bool anew)
{
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "# Written by packetboat demo, anew when --base changes.\n"
                     "hostname = " HOST "\n"
                     "listen smtp { address = " ADDRESS "  port = %u }\n"
                     "listen submission { address = " ADDRESS "  port = %u }\n"
                     "listen submissions { address = " ADDRESS "  port = %u }\n"
                     "listen lmtp { path = " LMTP " }\n"
                     "listen pop3 { address = " ADDRESS "  port = %u }\n"
                     "listen pop3s { address = " ADDRESS "  port = %u }\n"
                     "listen imap { address = " ADDRESS "  port = %u }\n"
                     "listen imaps { address = " ADDRESS "  port = %u }\n"
                     "listen ftp { address = " ADDRESS "  port = %u }\n"
                     "listen ftps { address = " ADDRESS "  port = %u }\n"
                     "ftp { passive_ports = %u-%u  clear_data = yes }\n"
                     "plaintext_login = loopback\n"
                     "journal_segment = 16M\n",
                     (unsigned)d->base + 25, (unsigned)d->base + 587,
                     (unsigned)d->base + 465, (unsigned)d->base + 110,
                     (unsigned)d->base + 995, (unsigned)d->base + 143,
                     (unsigned)d->base + 993, (unsigned)d->base + 21,
                     (unsigned)d->base + 990, (unsigned)d->base + 1000,
                     (unsigned)d->base + 1099);
    if (!anew)
        return demo_settings_add(site, span_at(text, (size_t)n));
    return file_replace(site, "packetboat.conf", span_at(text, (size_t)n), 0600);
}

/* A few files to look at, as the account's first session of FTP finds them. */
static int make_files(int site)
{
    static const char *const folders[] = { "files", "accounts", "1", "home" };
    struct span welcome =
        SPAN("These files are yours: by FTP, and as a folder of this machine.\n");
    struct span recipe = SPAN("Tomatoes, vinegar, sugar, salt, cloves.\n");
    int at = dup(site);
    for (size_t i = 0; i < sizeof folders / sizeof *folders && at >= 0; i++) {
        int next = dir_make(at, folders[i], 0700);
        close(at);
        at = next;
    }
    OWN(fd_close) int home = at;
    int error = home < 0 ? home : file_replace(home, "welcome.txt", welcome, 0644);
    OWN(fd_close) int recipes = error ? error : dir_make(home, "recipes", 0755);
    return recipes < 0 ? recipes : file_replace(recipes, "ketchup.txt", recipe, 0644);
}

static int make_site(const struct demo *d)
{
    char fresh[PATH_SIZE + 8];
    snprintf(fresh, sizeof fresh, "%s.new", d->site);
    OWN(fd_close) int site = dir_make(d->directory, SITE ".new", 0700);
    int error = site < 0 ? site : write_configuration(d, site, true);
    if (error)
        return cli_fail("%s: %s", fresh, strerror(-error));
    error = make_files(site); /* before a role has the directory for its own */
    if (error)
        return cli_fail("%s: its files: %s", fresh, strerror(-error));
    /* It may have been left behind by one that was interrupted, with the account. */
    error = account_add(fresh, SPAN(ACCOUNT), SPAN(PASSWORD));
    if (error && error != -EEXIST)
        return EXIT_FAILURE_;
    if (renameat(d->directory, SITE ".new", d->directory, SITE) < 0)
        return cli_fail("%s: %s", d->site, strerror(errno));
    return EXIT_SUCCESS;
}

static int open_directory(struct demo *d)
{
    d->directory = dir_make(AT_FDCWD, d->path, 0755);
    if (d->directory < 0)
        return cli_fail("%s: %s", d->path, strerror(-d->directory));
    d->lock = file_open(d->directory, "lock", O_RDWR | O_CREAT, 0600);
    int error = d->lock < 0 ? d->lock : file_lock(d->lock);
    if (error == -EWOULDBLOCK)
        return cli_fail("%s: another demo runs there", d->path);
    return error ? cli_fail("%s/lock: %s", d->path, strerror(-error)) : EXIT_SUCCESS;
}

/* Makes what is not there yet.  base: 0 means that which is remembered. */
static int prepare(struct demo *d, uint64_t base)
{
    struct stat st;
    if ((size_t)snprintf(d->site, sizeof d->site, "%s/" SITE, d->path) >=
        sizeof d->site)
        return cli_fail("%s: %s", d->path, strerror(ENAMETOOLONG));
    unlinkat(d->directory, "ready.json", 0);
    remembered_base(d);
    uint64_t before = d->base;
    if (base > 0)
        d->base = base;
    int error = remember_base(d);
    if (!error && fstatat(d->directory, SITE, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return make_site(d);
    OWN(fd_close) int site = dir_open(d->directory, SITE);
    if (!error && site < 0)
        error = site;
    if (!error)
        error = write_configuration(d, site, before != d->base);
    return error ? cli_fail("%s: %s", d->path, strerror(-error)) : EXIT_SUCCESS;
}

/* ---- running it */

/* A name that would need escapes is not promised. */
static bool is_plain(const char *path)
{
    for (; *path; path++)
        if (*path < ' ' || *path == '"' || *path == '\\')
            return false;
    return true;
}

/* For clients that are to trust the server: what it shows. */
static int write_certificate(const struct demo *d)
{
    char *text = NULL;
    size_t len = 0;
    FILE *to = open_memstream(&text, &len);
    if (!to)
        return cli_fail("%s", strerror(errno));
    int error = certificate_print(d->site, NULL, to);
    if (fclose(to) != 0 && !error)
        error = -errno;
    if (!error)
        error = file_replace(d->directory, CERTIFICATE, span_at(text, len), 0644);
    free(text);
    return error ? cli_fail("%s/" CERTIFICATE ": %s", d->path, strerror(-error)) : 0;
}

static int write_ready(const struct demo *d)
{
    char paths[2 * PATH_SIZE + 64] = "", text[2 * PATH_SIZE + 512];
    if (is_plain(d->site))
        snprintf(paths, sizeof paths,
                 ",\"lmtp\":\"%s/" LMTP "\",\"certificate\":\"%s/" CERTIFICATE "\"",
                 d->site, d->path);
    int n = snprintf(text, sizeof text,
                     "{\"" SITE "\":{\"address\":\"" ADDRESS
                     "\",\"pid\":%d,\"smtp\":%u,\"submission\":%u,\"submissions\":%u%s,"
                     "\"pop3\":%u,\"pop3s\":%u,\"imap\":%u,\"imaps\":%u,"
                     "\"ftp\":%u,\"ftps\":%u}}\n",
                     (int)d->master, (unsigned)d->base + 25, (unsigned)d->base + 587,
                     (unsigned)d->base + 465, paths, (unsigned)d->base + 110,
                     (unsigned)d->base + 995, (unsigned)d->base + 143,
                     (unsigned)d->base + 993, (unsigned)d->base + 21,
                     (unsigned)d->base + 990);
    int error =
        file_replace(d->directory, "ready.json", span_at(text, (size_t)n), 0644);
    return error ? cli_fail("%s/ready.json: %s", d->path, strerror(-error)) : 0;
}

/* Starts the site's server and waits until it is ready; false: it has said why not. */
static bool start(struct demo *d)
{
    const char *const argv[] = { "packetboat", "serve", "--dir", d->site, NULL };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    const struct named_descriptor ready = { "ready", ends[1] };
    d->master = spawn(argv, &ready, 1);
    close(ends[1]);
    char octet;
    bool serves = d->master > 0 && read(ends[0], &octet, 1) == 1;
    close(ends[0]);
    return serves;
}

static void print_welcome(const struct demo *d)
{
    unsigned smtp = (unsigned)d->base + 25, pop3 = (unsigned)d->base + 110;
    unsigned submission = (unsigned)d->base + 587, ftp = (unsigned)d->base + 21;
    printf("\n"
           "  " SITE " serves on this machine alone.\n"
           "\n"
           "  SMTP        " ADDRESS " port %u; LMTP at %s/" LMTP "\n"
           "  submission  " ADDRESS " port %u, under TLS port %u\n"
           "  POP3        " ADDRESS " port %u, under TLS port %u; trust %s/" CERTIFICATE
           "\n"
           "  IMAP        " ADDRESS " port %u, under TLS port %u\n"
           "  FTP         " ADDRESS " port %u, under TLS port %u\n"
           "  account     " ACCOUNT "   password  " PASSWORD "\n"
           "\n"
           "  Say it yourself:   nc -C " ADDRESS " %u\n"
           "      HELO crepes.fr\n"
           "      MAIL FROM: <alice@crepes.fr>\n"
           "      RCPT TO: <" ACCOUNT ">\n"
           "      DATA\n"
           "      Do you like ketchup?\n"
           "      How about pickles?\n"
           "      .\n"
           "      QUIT\n"
           "\n"
           "  Log in and send:   curl -k --ssl-reqd smtp://" ADDRESS
           ":%u/you -T letter\n"
           "                       -u " ACCOUNT ":" PASSWORD " --mail-from " ACCOUNT
           " --mail-rcpt " ACCOUNT "\n"
           "\n"
           "  Fetch it:          nc -C " ADDRESS " %u\n"
           "      USER " ACCOUNT "\n"
           "      PASS " PASSWORD "\n"
           "      LIST\n"
           "      RETR 1\n"
           "      QUIT\n"
           "  or                 curl -u " ACCOUNT ":" PASSWORD " pop3://" ADDRESS
           ":%u/1\n"
           "\n"
           "  See your files:    curl -u " ACCOUNT ":" PASSWORD " ftp://" ADDRESS
           ":%u/\n"
           "\n"
           "  Watch it:          %s wire --follow --dir %s\n"
           "  One more account:  %s account add you@" SITE " --dir %s\n"
           "\n"
           "  Ctrl-C stops it; what it holds stays in %s.\n\n",
           smtp, d->site, submission, (unsigned)d->base + 465, pop3,
           (unsigned)d->base + 995, d->path, (unsigned)d->base + 143,
           (unsigned)d->base + 993, ftp, (unsigned)d->base + 990, smtp, submission,
           pop3, pop3, ftp, cli_program(), d->site, cli_program(), d->site, d->path);
    fflush(stdout);
}

static void block_signals(sigset_t *awaited_r)
{
    sigemptyset(awaited_r);
    sigaddset(awaited_r, SIGINT);
    sigaddset(awaited_r, SIGTERM);
    sigaddset(awaited_r, SIGHUP);
    sigaddset(awaited_r, SIGCHLD);
    sigprocmask(SIG_BLOCK, awaited_r, NULL);
}

/* Until somebody stops us, or the server ends by itself. */
static int wait_for_end(struct demo *d, const sigset_t *awaited)
{
    for (;;) {
        int number = sigwaitinfo(awaited, NULL);
        if (number == SIGCHLD && waitpid(d->master, NULL, WNOHANG) == d->master) {
            d->master = 0;
            return cli_fail("the server of " SITE " has ended");
        }
        if (number > 0 && number != SIGCHLD)
            return EXIT_SUCCESS;
    }
}

static void stop(struct demo *d)
{
    unlinkat(d->directory, "ready.json", 0);
    if (d->master > 0) {
        kill(d->master, SIGTERM);
        waitpid(d->master, NULL, 0);
    }
    close(d->directory);
    close(d->lock);
}

int cli_demo(int argc, char **argv)
{
    struct demo d = { .path = cli_option(&argc, argv, "dir") };
    const char *option = cli_option(&argc, argv, "base");
    uint64_t base = 0;
    if (!cli_words(&argc, argv, 0, 0))
        return EXIT_USAGE;
    if (option && !take_base(option, &base))
        return cli_usage("demo", "--base %s is not between 1 and %d", option,
                         BASE_MOST);
    if (!d.path)
        d.path = "packetboat-demo";
    int code = open_directory(&d);
    if (code == EXIT_SUCCESS)
        code = prepare(&d, base);
    if (code != EXIT_SUCCESS)
        return code;
    sigset_t awaited;
    block_signals(&awaited);
    if (!start(&d)) {
        code =
            cli_fail(SITE " does not serve; if its ports are taken, --base N chooses "
                          "others (now N is %u)",
                     (unsigned)d.base);
    } else if (write_certificate(&d) != 0 || write_ready(&d) != 0) {
        code = EXIT_FAILURE_;
    } else {
        print_welcome(&d);
        code = wait_for_end(&d, &awaited);
    }
    stop(&d);
    return code;
}
