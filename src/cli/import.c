/*
 * import - packetboat account import: accounts with the password hashes that they have.
 *
 * Lines that cannot be used are named and passed over; what can be is added, so that the
 * same file may be given again once they are mended.
 */
#include "cli/account.h"

#include "auth/import.h"
#include "base/own.h"
#include "config/limits.h"
#include "ipc/message.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { IMPORT_OCTETS_MAX = 64 << 20 };

const char *account_domain;

struct import {
    const char *file;
    struct span text;
    unsigned line, added, refused;
};

static void refuse(struct import *i, const char *format, const char *what)
{
    fprintf(stderr, "%s:%u: ", i->file, i->line);
    fprintf(stderr, format, what);
    fputc('\n', stderr);
    i->refused++;
}

static void explain(struct import *i, int error, const char *address)
{
    switch (error) {
    case -EEXIST:
        refuse(i, "%s is there already, and is left as it is", address);
        break;
    case -ENOTUNIQ:
        refuse(i, "%s is an alias", address);
        break;
    case -EINVAL:
        refuse(i, "\"%s\" cannot be an account", address);
        break;
    default:
        refuse(i, "%s", strerror(-error));
    }
}

/* 0, or an error that will not go away with the next line. */
static int add(struct import *i, const struct import_line *line)
{
    char address[ADDRESS_OCTETS_MAX + 1];
    struct admin_account_add_answer answer;
    bool has_domain = span_find(line->name, '@') < line->name.len;
    if (!has_domain && !account_domain) {
        refuse(i, "%s", "its name has no domain; --domain DOMAIN gives it one");
        return 0;
    }
    int len = snprintf(address, sizeof address, "%.*s%s%s", SPAN_ARG(line->name),
                       has_domain ? "" : "@", has_domain ? "" : account_domain);
    int error =
        len < (int)sizeof address
            ? ask_admin_account_add(&(struct admin_account_add){ .address =
                                                                     span_of(address),
                                                                 .hash = line->hash },
                                    &answer, NULL)
            : -EINVAL;
    i->added += !error;
    if (error)
        explain(i, error, address);
    return error == -EEXIST || error == -ENOTUNIQ || error == -EINVAL ? 0 : error;
}

static int ask_import(void *arg)
{
    struct import *i = arg;
    int error = 0;
    for (struct span rest = i->text; rest.len > 0 && !error;) {
        struct span text = span_first(rest, span_find(rest, '\n'));
        struct import_line line;
        const char *why;
        i->line++;
        if (import_take_line(text, &line, &why))
            error = add(i, &line);
        else if (why)
            refuse(i, "%s", why);
        rest = span_skip(rest, text.len < rest.len ? text.len + 1 : text.len);
    }
    return error;
}

static int read_file(const char *path, struct span *text_r)
{
    bool is_input = strcmp(path, "-") == 0;
    OWN(fd_close)
    int fd = is_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    return file_read_all(fd, text_r, IMPORT_OCTETS_MAX);
}

int account_import(const struct words *w)
{
    struct import i = { .file = w->at[0] };
    int error = read_file(w->at[0], &i.text);
    if (error)
        return cli_fail("%s: %s", w->at[0], strerror(-error));
    error = administer(w->site, ask_import, &i);
    free((char *)(uintptr_t)i.text.at);
    if (error == ALREADY_SAID)
        return EXIT_FAILURE_;
    printf("%u account%s added", i.added, i.added == 1 ? "" : "s");
    if (i.refused > 0)
        printf(", %u line%s not", i.refused, i.refused == 1 ? "" : "s");
    puts(".");
    return error || i.refused > 0 ? EXIT_FAILURE_ : EXIT_SUCCESS;
}
