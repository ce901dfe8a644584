/* verify - see verify.h. */
#include "files/verify.h"

#include "base/own.h"
#include "files/disk.h"
#include "files/path.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

enum { DEPTH_MAX = 2 * FILES_DEPTH_MAX, FAULT_SIZE = 512 };

struct look {
    struct files_report *report;
    void (*on_fault)(const char *fault, void *arg);
    void *arg;
    int faults;
    const char *account; /* the folder in which it is */
};

static void fault(struct look *l, const char *name, const char *what)
{
    char words[FAULT_SIZE];
    snprintf(words, sizeof words, "files/accounts/%s%s%.200s: %s", l->account,
             *name ? "/" : "", name, what);
    l->on_fault(words, l->arg);
    l->faults++;
}

static void close_entries(DIR **entries)
{
    if (*entries)
        closedir(*entries);
}

static bool is_up(const char *name)
{
    return span_is(span_of(name), SPAN(".")) || span_is(span_of(name), SPAN(".."));
}

static void look_below(struct look *, int directory, const char *name, unsigned depth);

static void look_at(struct look *l, int directory, const char *name, unsigned depth)
{
    struct stat st;
    if (fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        fault(l, name, strerror(errno));
        return;
    }
    bool reachable = path_is_name(span_of(name)) && disk_type(&st) != FILE_OTHER;
    l->report->unreachable += !reachable;
    l->report->files += S_ISREG(st.st_mode);
    l->report->octets += disk_octets(&st);
    if (S_ISDIR(st.st_mode))
        look_below(l, directory, name, depth + 1);
}

static void look_below(struct look *l, int directory, const char *name, unsigned depth)
{
    int error = depth > DEPTH_MAX ? -ELOOP : 0;
    OWN(close_entries)
    DIR *entries = error ? NULL : disk_list_open(directory, name, &error);
    if (!entries) {
        fault(l, name, strerror(-error));
        return;
    }
    for (struct dirent *e; (errno = 0, e = readdir(entries)) != NULL;)
        if (!is_up(e->d_name))
            look_at(l, dirfd(entries), e->d_name, depth);
    if (errno)
        fault(l, name, strerror(errno));
}

static void count_uploads(struct look *l, int account)
{
    int error;
    OWN(close_entries) DIR *entries = disk_list_open(account, "uploads", &error);
    for (struct dirent *e; entries && (e = readdir(entries)) != NULL;)
        l->report->unfinished += !is_up(e->d_name);
}

static void look_at_account(struct look *l, int accounts, const char *name)
{
    struct span digits = span_of(name);
    uint64_t number;
    l->account = name;
    if (!span_take_number(&digits, UINT64_MAX, &number) || digits.len > 0) {
        fault(l, "", "is no account's folder");
        return;
    }
    OWN(fd_close) int account = dir_open(accounts, name);
    if (account < 0) {
        fault(l, "", strerror(-account));
        return;
    }
    l->report->accounts++;
    look_below(l, account, "home", 0);
    count_uploads(l, account);
}

int files_verify(int directory, struct files_report *report_r,
                 void (*on_fault)(const char *fault, void *arg), void *arg)
{
    struct look l = { .report = report_r, .on_fault = on_fault, .arg = arg };
    int error;
    *report_r = (struct files_report){ 0 };
    OWN(close_entries) DIR *entries = disk_list_open(directory, "accounts", &error);
    if (!entries)
        return error;
    for (struct dirent *e; (errno = 0, e = readdir(entries)) != NULL;)
        if (!is_up(e->d_name))
            look_at_account(&l, dirfd(entries), e->d_name);
    return errno ? -errno : l.faults;
}
