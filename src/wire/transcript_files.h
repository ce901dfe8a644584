/*
 * transcript_files - DIR/log/wire.N: what the rings said, kept for a while.
 *
 * Each file holds whole records (base/ring.h), at most TRANSCRIPT_FILE octets of them.  N
 * grows for ever; when file N begins, file N - TRANSCRIPT_FILES is removed.  A cursor is
 * N * TRANSCRIPT_FILE + a place in file N: it grows with time, and outlives the process.
 *
 * Role log writes; it and a person's command without a server read.  Transcripts need
 * not survive a power cut: nothing here is synced.
 */
#ifndef WIRE_TRANSCRIPT_FILES_H
#define WIRE_TRANSCRIPT_FILES_H

#include "base/span.h"

/* The files that there are, by their N; newest 0: none. */
struct transcript_range {
    uint64_t oldest, newest;
};

/* 0 or -errno. */
int transcript_range(int dir, struct transcript_range *range_r);

/* Copies whole records from the cursor on, at most max octets, and moves the cursor
 * behind them.  A cursor older than what is kept (0) starts with the oldest, one past the
 * end stays there.  The octets copied, 0: nothing new, or -errno. */
ptrdiff_t transcript_read(int dir, const struct transcript_range *, uint64_t *cursor,
                          char *records_r, size_t max);

struct transcript_files {
    int dir; /* borrowed */
    int fd;  /* the newest file; -1: not open yet */
    uint64_t size;
    struct transcript_range range;
    int64_t newest_us; /* of the records there when it was opened; 0: none */
};

/* Goes on behind the last whole record of the newest file.  0 or -errno. */
int transcript_files_open(struct transcript_files *files_r, int dir);
void transcript_files_close(struct transcript_files *);
/* Whole records, at most TRANSCRIPT_FILE octets.  0 or -errno: they are lost then, and
 * the next ones may be kept again. */
int transcript_files_write(struct transcript_files *, struct span records);

#endif
