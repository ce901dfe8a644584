/* flags - what sessions change of them goes to store; see mailbox.h. */
#include "imap/changes.h"

#include "os/files.h"

#include <errno.h>

struct flagging flagging_of(struct imap *s, uint64_t added, uint64_t removed)
{
    return (struct flagging){ .s = s,
                              .change = { added, removed, UINT64_MAX },
                              .ranges = { .max = FLAGS_RANGES_MAX *
                                                 sizeof(struct uid_range) },
                              .flagged = { .max = SIZE_MAX } };
}

/* ---- what has become of them */

static struct flagged *flagged_at(const struct flagging *f, size_t i)
{
    return (struct flagged *)(void *)f->flagged.at + i;
}

/* Somebody who changes it between that and the look is taken for one who did so before. */
static void note_outcome(struct flagging *f, struct flagged *flagged,
                         const struct changed_row *now, uint64_t modseq)
{
    struct snapshot_row *row = &f->s->mailbox.messages[flagged->index].row;
    const struct flags_change *c = &f->change;
    uint64_t wanted = (row->flags & ~c->remove) | c->add;

    flagged->outcome = now->modseq > c->unchanged_since && now->modseq != modseq
                           ? FLAGGED_MODIFIED
                           : FLAGGED;
    flagged->is_news =
        flagged->outcome == FLAGGED ? now->flags != wanted : now->modseq != row->modseq;
    row->flags = now->flags;
    row->modseq = now->modseq;
}

/* Both ascend. */
static void note_outcomes(struct flagging *f, const struct changed_row *rows,
                          size_t count, uint64_t modseq)
{
    size_t all = f->flagged.len / sizeof(struct flagged), j = 0;

    for (; f->looked < all; f->looked++) {
        struct flagged *flagged = flagged_at(f, f->looked);
        uint32_t uid = f->s->mailbox.messages[flagged->index].row.uid;
        while (j < count && rows[j].uid < uid)
            j++;
        if (j < count && rows[j].uid == uid)
            note_outcome(f, flagged, &rows[j], modseq);
    }
}

static int look(struct flagging *f, uint64_t modseq)
{
    struct store_modseqs question = { .handle = f->s->handle,
                                      .mailbox = f->s->mailbox.id,
                                      .ranges = buf_span(&f->ranges) };
    struct store_modseqs_answer answer = { .rows = -1 };
    int error = ask_store_modseqs(&question, &answer, NULL);
    size_t size = answer.count * sizeof(struct changed_row);
    const void *rows = !error && size > 0 ? sealed_map(answer.rows, size) : NULL;

    if (!error && size > 0 && !rows)
        error = -EBADMSG;
    if (rows)
        note_outcomes(f, rows, answer.count, modseq);
    if (rows)
        sealed_unmap(rows, size);
    f->looked = f->flagged.len / sizeof(struct flagged); /* without a row: gone */
    fd_close(&answer.rows);
    return error;
}

/* ---- asking */

static void ask(struct flagging *f)
{
    struct store_flags question = { .handle = f->s->handle,
                                    .mailbox = f->s->mailbox.id,
                                    .added = f->change.add,
                                    .removed = f->change.remove,
                                    .unchanged_since = f->change.unchanged_since,
                                    .ranges = buf_span(&f->ranges) };
    struct store_flags_answer answer;

    if (f->ranges.len == 0 || f->error)
        return;
    f->error = ask_store_flags(&question, &answer, NULL);
    if (!f->error)
        wire_hold(f->s->wire, answer.lsn);
    if (!f->error && f->s->condstore)
        f->error = look(f, answer.modseq);
    buf_clear(&f->ranges);
}

static int note_flagged(struct flagging *f, size_t index)
{
    const struct flagged flagged = { .index = index, .outcome = FLAGGED_GONE };

    return f->s->condstore ? buf_put(&f->flagged, span_at(&flagged, sizeof(flagged)))
                           : 0;
}

/* Between two messages that follow each other there is no other uid: they are one range. */
void flagging_note(struct flagging *f, size_t index)
{
    uint32_t uid = f->s->mailbox.messages[index].row.uid;
    struct uid_range range = { uid, uid };

    if (f->ranges.len > 0 && index == f->next) {
        memcpy(f->ranges.at + f->ranges.len - sizeof(uid), &uid, sizeof(uid));
    } else {
        if (f->ranges.len == f->ranges.max)
            ask(f);
        if (!f->error)
            f->error = buf_put(&f->ranges, span_at(&range, sizeof(range)));
    }
    if (!f->error)
        f->error = note_flagged(f, index);
    f->next = index + 1;
}

int flagging_end(struct flagging *f)
{
    ask(f);
    buf_free(&f->ranges);
    return f->error;
}

const struct flagged *flagging_all(const struct flagging *f, size_t *count_r)
{
    *count_r = f->flagged.len / sizeof(struct flagged);
    return (const struct flagged *)(const void *)f->flagged.at;
}

void flagging_free(struct flagging *f)
{
    buf_free(&f->ranges);
    buf_free(&f->flagged);
}
