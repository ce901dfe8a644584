/*
 * init - packetboat init: a site's directory, its configuration, its first account.
 */
#include "cli/cli.h"

#include "auth/auth.h"
#include "base/own.h"
#include "config/settings.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { CONFIGURATION_SIZE = 4096 };

static const char configuration[] =
    "# The configuration of this site; packetboat.conf(5) has all options.\n"
    "# Accounts are not here: packetboat account add ADDRESS.\n"
    "\n"
    "# The name by which this server greets, and to which the MX record points.\n"
    "hostname = %s\n"
    "\n"
    "# Where it listens.\n"
    "listen smtp { address = 0.0.0.0  port = 25 }\n"
    "listen submission { address = 0.0.0.0  port = 587 }\n"
    "listen submissions { address = 0.0.0.0  port = 465 }\n"
    "listen pop3 { address = 0.0.0.0  port = 110 }\n"
    "listen pop3s { address = 0.0.0.0  port = 995 }\n"
    "listen imap { address = 0.0.0.0  port = 143 }\n"
    "listen imaps { address = 0.0.0.0  port = 993 }\n"
    "listen ftp { address = 0.0.0.0  port = 21 }\n"
    "listen ftps { address = 0.0.0.0  port = 990 }\n"
    "%s"
    "\n"
    "%s"
    "# Mail for elsewhere waits in a queue and goes to the hosts that the DNS names;\n"
    "# without these two none is taken.\n"
    "dns { }\n"
    "relay { }\n"
    "\n"
    "# Data of FTP come to ports 49152 to 65535, or, for a firewall's sake, to these:\n"
    "# ftp { passive_ports = 50000-50099 }\n"
    "\n"
    "# The largest message that comes in.\n"
    "message_size = 50M\n"
    "\n"
    "# Logins without TLS: from this machine alone (loopback), or never.\n"
    "plaintext_login = loopback\n";

static const char configuration_6[] =
    "listen smtp { address = \"::\"  port = 25 }\n"
    "listen submission { address = \"::\"  port = 587 }\n"
    "listen submissions { address = \"::\"  port = 465 }\n"
    "listen pop3 { address = \"::\"  port = 110 }\n"
    "listen pop3s { address = \"::\"  port = 995 }\n"
    "listen imap { address = \"::\"  port = 143 }\n"
    "listen imaps { address = \"::\"  port = 993 }\n"
    "listen ftp { address = \"::\"  port = 21 }\n"
    "listen ftps { address = \"::\"  port = 990 }\n";

static bool has_ipv6(void)
{
    OWN(fd_close) int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0;
}

/* MiB of one segment, so that the journal takes a tenth of what is free at most. */
static unsigned journal_segment(int dir, uint64_t *free_r)
{
    struct statvfs st;
    if (fstatvfs(dir, &st) != 0)
        return JOURNAL_SEGMENT >> 20;
    *free_r = (uint64_t)st.f_bavail * st.f_frsize;
    uint64_t most = *free_r / 10 / JOURNAL_SEGMENTS;
    return most >= JOURNAL_SEGMENT         ? JOURNAL_SEGMENT >> 20
           : most <= JOURNAL_SEGMENT_LEAST ? JOURNAL_SEGMENT_LEAST >> 20
                                           : (unsigned)(most >> 20);
}

/* What is said of the journal, in the configuration and to who makes it; "": nothing. */
static void describe_journal(int dir, char *text_r, size_t size)
{
    uint64_t octets = 0;
    unsigned segment = journal_segment(dir, &octets);
    text_r[0] = '\0';
    if (segment == JOURNAL_SEGMENT >> 20)
        return;
    snprintf(text_r, size,
             "# The journal's %d files, of so many octets each: little is free here.\n"
             "journal_segment = %uM\n\n",
             JOURNAL_SEGMENTS, segment);
    printf("Only %" PRIu64 " MiB are free: the journal takes %u MiB of them, where it "
           "would be %d.\n",
           octets >> 20, JOURNAL_SEGMENTS * segment,
           JOURNAL_SEGMENTS * (JOURNAL_SEGMENT >> 20));
}

static int write_configuration(int dir, const char *hostname)
{
    char text[CONFIGURATION_SIZE], journal[256];
    describe_journal(dir, journal, sizeof journal);
    int n = snprintf(text, sizeof text, configuration, hostname,
                     has_ipv6() ? configuration_6 : "", journal);
    if (n < 0 || (size_t)n >= sizeof text)
        return -ENAMETOOLONG;
    return file_replace(dir, "packetboat.conf", span_at(text, (size_t)n), 0600);
}

/* What its reader would say of the hostname. */
static bool hostname_is_sound(const char *hostname)
{
    struct settings s;
    settings_default(&s);
    return span_to_string(span_of(hostname), s.hostname, sizeof s.hostname) &&
           settings_are_sound(&s);
}

/* 0 with DIR opened, or an exit code. */
static int make_site(const char *site, int *dir_r)
{
    struct stat st;
    int dir = dir_make(AT_FDCWD, site, 0700);
    if (dir < 0)
        return cli_fail("%s: %s", site, strerror(-dir));
    *dir_r = dir;
    if (fstatat(dir, "packetboat.conf", &st, AT_SYMLINK_NOFOLLOW) == 0)
        return cli_fail("%s has a packetboat.conf already, and is left as it is; one "
                        "more account: packetboat account add ADDRESS",
                        site);
    return EXIT_SUCCESS;
}

/* The domain of a good address, as the DNS has it. */
static struct span domain_of(struct span address, struct arena *arena)
{
    struct span canonical;
    return arena && address_canonical(address, arena, &canonical)
               ? address_domain(canonical)
               : span_skip(address, span_find(address, '@') + 1);
}

static void print_next(const char *site, const char *hostname, struct span address)
{
    OWN(arena_close) struct arena *arena = arena_open(4 * ADDRESS_OCTETS_MAX);
    struct span domain = domain_of(address, arena);
    printf("%s is made, with the account %.*s.\n\n"
           "Publish in the DNS:\n"
           "  %.*s.  MX   10 %s.\n"
           "  %s.  A    (this machine's address; AAAA too, if it has one)\n"
           "  %.*s.  TXT  \"v=spf1 mx -all\"\n"
           "  _dmarc.%.*s.  TXT  \"v=DMARC1; p=none\"\n"
           "and let the address resolve back to %s.\n\n"
           "Then start it:       %s serve --dir %s\n"
           "A certificate that clients trust, instead of the one that it makes "
           "itself:\n"
           "                     %s certificate add CHAIN.pem KEY.pem --dir %s\n"
           "Further accounts:    %s account add ADDRESS --dir %s\n"
           "What it is told:     %s wire --follow --dir %s\n",
           site, SPAN_ARG(address), SPAN_ARG(domain), hostname, hostname,
           SPAN_ARG(domain), SPAN_ARG(domain), hostname, cli_program(), site,
           cli_program(), site, cli_program(), site, cli_program(), site);
}

int cli_init(int argc, char **argv)
{
    const char *site = cli_site(&argc, argv);
    if (!cli_words(&argc, argv, 2, 2))
        return EXIT_USAGE;
    const char *hostname = argv[1];
    struct span address = span_of(argv[2]);
    if (!hostname_is_sound(hostname))
        return cli_usage("init", "'%s' is not a host name", hostname);
    if (!account_address_is_good(address))
        return EXIT_USAGE;

    OWN(fd_close) int dir = -1;
    if (make_site(site, &dir) != EXIT_SUCCESS)
        return EXIT_FAILURE_;
    char password[PASSWORD_OCTETS_MAX + 1];
    if (!cli_new_password(argv[2], password, sizeof password))
        return EXIT_FAILURE_;
    int error = write_configuration(dir, hostname);
    if (error) {
        cli_fail("%s/packetboat.conf: %s", site, strerror(-error));
    } else if ((error = account_add(site, address, span_of(password))) != 0) {
        unlinkat(dir, "packetboat.conf", 0); /* so that init can be tried again */
    } else {
        print_next(site, hostname, address);
    }
    explicit_bzero(password, sizeof password);
    return error ? EXIT_FAILURE_ : EXIT_SUCCESS;
}
