#include "auth/site_test.h"

#include "config/limits.h"
#include "os/files.h"
#include "test/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { TARGETS_MAX = 2000 };

bool site_begin(struct site *s)
{
    *s = (struct site){ .path = "/tmp/packetboat-auth-XXXXXX" };
    s->before = open(".", O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (!CHECK(mkdtemp(s->path)))
        return false;
    s->dir = open(s->path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    return CHECK_EQ_INT(directory_open(&s->directory, s->dir), 0);
}

void site_end(struct site *s)
{
    directory_close(&s->directory);
    unlinkat(s->dir, "auth.db", 0);
    unlinkat(s->dir, "auth.db-wal", 0);
    CHECK_EQ_INT(fchdir(s->before), 0);
    CHECK_EQ_INT(rmdir(s->path), 0);
    fd_close(&s->dir);
    fd_close(&s->before);
}

bool site_reopen(struct site *s)
{
    directory_close(&s->directory);
    return CHECK_EQ_INT(directory_open(&s->directory, s->dir), 0);
}

uint64_t site_add(struct site *s, const char *address)
{
    uint64_t account = 0;
    CHECK_EQ_INT(directory_add(s->directory, span_of(address), SPAN("$y$hash"),
                               &account),
                 0);
    return account;
}

static size_t split(const char *text, struct span *words_r)
{
    size_t count = 0;
    for (struct span rest = span_of(text); rest.len > 0 && count < TARGETS_MAX;) {
        words_r[count] = span_first(rest, span_find(rest, ' '));
        rest = span_skip(rest, words_r[count++].len);
        span_take(&rest, SPAN(" "));
    }
    return count;
}

int site_alias(struct site *s, const char *address, const char *targets)
{
    static struct span words[TARGETS_MAX];
    struct span culprit;
    int error = directory_alias_add(s->directory, span_of(address), words,
                                    split(targets, words), &culprit);
    CHECK(span_find(culprit, '\n') == culprit.len); /* it can be read */
    return error;
}

int site_unalias(struct site *s, const char *address, const char *targets)
{
    static struct span words[TARGETS_MAX];
    struct span culprit;
    int error = directory_alias_remove(s->directory, span_of(address), words,
                                       split(targets, words), &culprit);
    CHECK(span_find(culprit, '\n') == culprit.len);
    return error;
}

enum auth_verdict site_recipient(struct site *s, const char *address,
                                 uint64_t *account_r)
{
    struct reach reach = { 0 };
    enum auth_verdict verdict =
        directory_recipient(s->directory, span_of(address), &reach);
    *account_r = verdict == AUTH_OK && reach.count == 1 ? reach.accounts[0] : 0;
    return verdict;
}

size_t site_reach(struct site *s, const char *address)
{
    struct reach reach = { 0 };
    enum auth_verdict verdict =
        directory_recipient(s->directory, span_of(address), &reach);
    return verdict == AUTH_OK ? reach.count : 0;
}
