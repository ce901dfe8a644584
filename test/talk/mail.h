/*
 * mail - the fake world's accounts and what is in them: all in memory, bodies also in
 * memfds, because a front reads descriptors.
 */
#ifndef TEST_TALK_MAIL_H
#define TEST_TALK_MAIL_H

#include "ipc/message.h"
#include "store/session.h"

struct letter {
    struct snapshot_row row;
    uint32_t mailbox;
    char *body;
    bool delivered, seen; /* by a front; by person_next */
};

/* A uid that is gone. */
struct vanished {
    uint32_t mailbox, uid;
    uint64_t modseq;
};

struct person {
    uint64_t number; /* from 1 on; 0: none */
    struct span address, password;
    uint64_t limit, used;   /* octets */
    struct letter *letters; /* of each mailbox by uid */
    struct names names;
    unsigned emails;
    size_t count;
    struct vanished *gone;
    size_t gone_count;
    uint64_t modseq;      /* of the last change */
    size_t delivered;     /* by a front */
    bool full;            /* nothing more is taken */
    uint32_t next_uid;    /* of the INBOX; others': in names */
    int pack;             /* memfd, appended to */
    uint32_t pack_number; /* of the one that there is */
    uint64_t pack_size;
};

/* malloc'ed, with a NUL behind it. */
struct span text_copy(struct span);

/* ---- people.c */
struct person *person_add(struct span address, struct span password);
struct person *person_add_queue(void);
/* Without regard to case; NULL: nobody has it. */
struct person *person_find(struct span address);
struct person *person_numbered(uint64_t number);
/* An alias, and the addresses of people, parted by spaces, that it stands for. */
void alias_add(struct span address, struct span targets);
/* The people that mail for the address reaches; how many. */
size_t people_behind(struct span address, struct person *people_r[], size_t max);
/* Octets that the fullest of them has left, and may have; UINT64_MAX: no limit. */
void people_measure(struct person *const people[], size_t count, uint64_t *room_r,
                    uint64_t *limit_r);
bool person_has_domain(struct span at_domain); /* "@hamburger.edu" */
void people_forget(void);

/* ---- mail.c */
void person_put(struct person *, struct span body);
void person_deliver(struct person *, struct span body); /* the same, from a front */
/* Its uid. */
uint32_t person_append(struct person *, uint32_t mailbox, struct span body,
                       uint64_t flags, int64_t received);
enum { UIDVALIDITY = 1795255200 }; /* of every INBOX; others' are above it */
/* 0: there is no such mailbox. */
uint32_t person_uidvalidity(const struct person *, uint32_t mailbox);
/* As store's services of those names do. */
int person_name(struct person *, const struct names_request *);
uint32_t person_mailbox(const struct person *, struct span name); /* 0: none */
/* uids, in place: those that were there; their first uid in `to`. */
uint32_t person_copy(struct person *, uint32_t from, uint32_t to, bool move,
                     uint32_t *uids, size_t *count);
size_t people_delivered(void);
bool person_next(struct person *, struct span *body_r);
/* Those of the uids (an array of uint32_t) that are there. */
/* All bodies move to a pack of another number. */
void person_compact(struct person *);
/* The pack has lost what stands behind so many octets. */
void person_tear(struct person *, uint64_t octets);
void person_expunge(struct person *, uint32_t mailbox, struct span uids);
/* ranges: an array of struct uid_range. */
void person_flag(struct person *, uint32_t mailbox, struct span ranges,
                 const struct flags_change *);
uint64_t person_deleted(const struct person *, uint32_t mailbox); /* octets */
/* As store's services of those names do: descriptors. */
int person_rows(const struct person *, uint32_t mailbox, struct span ranges,
                uint32_t *count_r);
int person_vanished(const struct person *, uint32_t mailbox, uint64_t modseq,
                    uint32_t *count_r);

/* 0; -ENOENT: there is no such mailbox. */
int person_status(const struct person *, uint32_t mailbox,
                  struct store_status_answer *);
int person_snapshot(const struct person *, uint32_t mailbox,
                    struct store_snapshot_answer *);
struct span person_body(const struct person *, uint64_t email); /* .at NULL: none */
int person_large(const struct person *, uint64_t name); /* a descriptor, or -errno */

#endif
