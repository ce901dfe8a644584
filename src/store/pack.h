/*
 * pack - what stands in a pack: records one after the other, which tell by themselves
 * what an account holds, should its index be lost.
 *
 * A record is a head and, behind it, a body.  Nothing aligns them.  The checksum of a
 * head begins with a seed made of the store and the account: a record of somebody else's
 * is none here, and no message can hold octets that would pass for one.
 *
 * Read in any order and with repetitions (a crash leaves some) they say, of each mailbox:
 * a message is under a uid when its record or one of PACK_ROWS has it so, unless one of
 * PACK_EXPUNGED names the uid, or the roster with the highest lsn is younger and does not.
 * Uids never come again, nor do the numbers of mailboxes.  What a row says is what the
 * record with the highest lsn says that names its uid; records below the youngest roster's
 * lsn count for nothing, for it tells again every row that says more than the message's
 * own record, unless some of these have been lost (`large`).  Names are told so, too: by
 * the INBOX's roster, which comes last.
 */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include "base/span.h"
#include "store/flags.h"

enum pack_type {
    PACK_MESSAGE = 1, /* the body is the message */
    PACK_LARGE,       /* no body: the message is the file big/<large> */
    PACK_EXPUNGED,    /* uids (uint32_t) that are gone */
    PACK_ROSTER,      /* ranges (struct uid_range) of the uids that are there */
    PACK_ROWS,        /* rows (struct pack_row) as they are since that lsn */
    PACK_NAMES,       /* records of store/names.h */
    PACK_TYPES
};

/* A message in a mailbox. */
struct pack_row {
    uint32_t uid;
    uint32_t
        saved; /* as of struct snapshot_row; not 0, where no message's record has it */
    uint64_t flags;
    uint64_t email;
};

struct pack_head {
    uint64_t magic;
    uint32_t crc;      /* of what follows, from the seed on */
    uint32_t body_crc; /* CRC32C of the body; PACK_LARGE: of the file */
    uint64_t lsn;      /* of the entry; PACK_ROSTER: up to which it tells */
    uint32_t uid;      /* 0: rows tell where it is; PACK_ROSTER: uidnext */
    uint32_t uidvalidity;
    int64_t received; /* PACK_ROSTER: so many names were told again, with its lsn */
    uint64_t size;    /* octets of the body; PACK_LARGE: of the file */
    uint64_t large;   /* PACK_ROSTER: so many rows were told again, with its lsn */
    uint32_t type;    /* enum pack_type */
    uint32_t mailbox; /* 0: the INBOX */
};
enum { PACK_HEAD = sizeof(struct pack_head), PACK_BODY_MAX = 16 << 20 };
_Static_assert(PACK_HEAD == 64, "the packs' format");
_Static_assert(sizeof(struct uid_range) == 8, "the packs' format");
_Static_assert(sizeof(struct pack_row) == 24, "the packs' format");

uint32_t pack_seed(uint64_t store, uint64_t account);
/* Last touch: magic and checksum; the body's is the caller's. */
void pack_seal(struct pack_head *, uint32_t seed);
bool pack_head_is_sound(const struct pack_head *, uint32_t seed);
uint64_t pack_body_size(const struct pack_head *); /* in the pack */
/* Of these octets the first where a sound head begins (then *head_r is it), or may begin
 * with more of them; their length, if nothing of the kind is there. */
size_t pack_find(struct span octets, uint32_t seed, struct pack_head *head_r,
                 bool *found_r);

/* ---- reading a whole pack */
struct pack_record {
    struct pack_head head;
    uint64_t body; /* where that lies in the file */
    bool whole;    /* the body is what its checksum says */
};

struct pack_reader {
    int fd; /* borrowed */
    uint32_t seed;
    uint64_t at;      /* where the next record is looked for */
    uint64_t skipped; /* octets so far that belong to no record */
    char *window;
};
int pack_reader_open(struct pack_reader *, int fd, uint32_t seed, uint64_t at);
void pack_reader_close(struct pack_reader *);
/* 1; 0: there is no more; -errno. */
int pack_next(struct pack_reader *, struct pack_record *record_r);
/* Is there a sound record in it, or nothing at all?  A file of another account's is not to
 * be read.  1, 0, or -errno. */
int pack_is_of(int fd, uint32_t seed);
/* The body, malloc'ed; NULL: out of memory, or it cannot be read. */
void *pack_body(const struct pack_reader *, const struct pack_record *);

/* ---- writing one from its beginning, apart from the filing */
struct pack_writer {
    int fd; /* borrowed */
    uint32_t seed, uidvalidity;
    uint64_t at;
};
/* *off_r: where the body lies.  The head's body_crc is the caller's. */
int pack_write(struct pack_writer *, const struct pack_head *, struct span body,
               uint64_t *off_r);

#endif
