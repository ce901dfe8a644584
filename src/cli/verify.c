/*
 * verify - packetboat verify: reads the whole store of a stopped site, and looks at its
 * users' files.
 */
#include "cli/cli.h"

#include "base/own.h"
#include "files/verify.h"
#include "os/files.h"
#include "role/site.h"
#include "store/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>

static void print_fault(const char *fault, void *arg)
{
    (void)arg;
    printf("%s\n", fault);
}

static int report(const char *site, int faults, const struct verify_report *r)
{
    printf("%" PRIu64 " accounts with mail, %" PRIu64 " messages, %" PRIu64
           " octets; %" PRIu64 " journal entries to replay, %" PRIu64
           " files without use: ",
           r->accounts, r->messages, r->octets, r->records, r->orphans);
    if (faults == 0)
        printf("%s is whole\n", site);
    else
        printf("%d %s\n", faults, faults == 1 ? "fault" : "faults");
    return faults == 0 ? EXIT_SUCCESS : EXIT_FAILURE_;
}

/* How many faults; what there is, and what is wrong, has been said. */
static int verify_files(const struct site *site)
{
    OWN(fd_close) int directory = dir_open(site->directory, "files");
    struct files_report r;
    int faults =
        directory < 0 ? directory : files_verify(directory, &r, print_fault, NULL);
    if (faults == -ENOENT) /* it has none */
        return 0;
    if (faults < 0) {
        cli_fail("%s/files: %s", site->path, strerror(-faults));
        return 1;
    }
    printf("%" PRIu64 " accounts with files, %" PRIu64 " files, %" PRIu64
           " octets; %" PRIu64 " unfinished, %" PRIu64 " that nobody can reach\n",
           r.accounts, r.files, r.octets, r.unfinished, r.unreachable);
    return faults;
}

static int verify_site(const struct site *site)
{
    OWN(fd_close) int store = dir_open(site->directory, "store");
    struct verify_report r;
    int faults = store < 0 ? store : engine_verify(store, &r, print_fault, NULL);
    if (faults == -ENOENT) {
        printf("%s has no store yet: no server has run there\n", site->path);
        return EXIT_SUCCESS;
    }
    if (faults < 0)
        return cli_fail("%s/store: %s", site->path, strerror(-faults));
    return report(site->path, faults + verify_files(site), &r);
}

static bool has(const struct site *site, const char *name)
{
    struct stat st;
    return fstatat(site->directory, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* 0 or -errno; what is wrong has been said. */
static int lock(struct site *site)
{
    if (!has(site, "packetboat.conf") && !has(site, "store")) {
        cli_fail("%s is no site: neither packetboat.conf nor a store is there",
                 site->path);
        return -ENOENT;
    }
    int error = site_lock(site);
    if (error == -EWOULDBLOCK)
        cli_fail("stop its server first: verify reads what nobody else writes");
    return error;
}

int cli_verify(int argc, char **argv)
{
    const char *path = cli_site(&argc, argv);
    if (!cli_words(&argc, argv, 0, 0))
        return EXIT_USAGE;
    struct site site;
    site_none(&site, path);
    int code = EXIT_FAILURE_;
    if (site_open(&site, path) == 0 && lock(&site) == 0)
        code = verify_site(&site);
    site_close(&site);
    return code;
}
