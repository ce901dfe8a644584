/*
 * drawer_test - a directory of a test's own, and a cabinet in it.
 */
#ifndef FILES_DRAWER_TEST_H
#define FILES_DRAWER_TEST_H

#include "files/cabinet.h"
#include "files/upload.h"

enum { LIMIT = 4 << 20 }; /* of an account that has one */

struct drawer {
    char path[64];
    int directory;
    struct cabinet *cabinet;
    struct files_setting files;
    uint64_t limit; /* octets, of every account; 0: none */
    uint64_t told;  /* by on_used */
    int (*shared)(uint64_t guest, uint32_t n, struct shared *shared_r, void *arg);
};

/* An empty one; gone again with all in it. */
void drawer_make(struct drawer *);
void drawer_remove(struct drawer *);
void drawer_open(struct drawer *); /* the loop and the cabinet */
void drawer_close(struct drawer *);
/* Runs fn on a fiber; returns when it has ended and nothing moves. */
void drawer_run(struct drawer *, void (*fn)(struct drawer *));
/* All of it: one that is made, opened, run and gone. */
void drawer_with(uint64_t limit, void (*fn)(struct drawer *));
/* drawer_run in a process of its own, which then stops dead. */
void drawer_run_and_die(struct drawer *, void (*fn)(struct drawer *));

/* ---- on a fiber */
extern const struct visitor alice, bob, reader; /* reader may look at alice's */
/* Stores it under that path, in one go: 0 or what went wrong. */
int drawer_store(struct drawer *, const struct visitor *, const char *path,
                 enum upload_how, const char *content);
int drawer_begin(struct drawer *, const struct visitor *, const char *path,
                 enum upload_how, struct upload_begun *);
int drawer_commit(struct drawer *, const struct visitor *, const struct upload_begun *);
void drawer_settle(void); /* until those that were given up are gone */
/* What is there; NULL: not that. */
bool drawer_has(struct drawer *, const struct visitor *, const char *path,
                const char *content);
int drawer_stat(struct drawer *, const struct visitor *, const char *path,
                struct file_facts *facts_r);
/* Names of the directory, sorted, each with a space behind it. */
int drawer_list(struct drawer *, const struct visitor *, const char *path,
                const char *pattern, char *names_r, size_t size);
/* How many temporaries the account has. */
size_t drawer_temporaries(struct drawer *, uint64_t account);

#endif
