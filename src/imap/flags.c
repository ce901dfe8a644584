/* flags - what sessions change of them goes to store; see mailbox.h. */
#include "imap/session.h"

struct flagging flagging_of(struct imap *s, uint64_t added, uint64_t removed)
{
    return (struct flagging){ .s = s,
                              .added = added,
                              .removed = removed,
                              .ranges = { .max = FLAGS_RANGES_MAX *
                                                 sizeof(struct uid_range) } };
}

static void ask(struct flagging *f)
{
    struct store_flags question = { .handle = f->s->handle,
                                    .mailbox = f->s->mailbox.id,
                                    .added = f->added,
                                    .removed = f->removed,
                                    .ranges = buf_span(&f->ranges) };
    struct store_flags_answer answer;

    if (f->ranges.len == 0 || f->error)
        return;
    f->error = ask_store_flags(&question, &answer, NULL);
    if (!f->error)
        wire_hold(f->s->wire, answer.lsn);
    buf_clear(&f->ranges);
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
    f->next = index + 1;
}

int flagging_end(struct flagging *f)
{
    ask(f);
    buf_free(&f->ranges);
    return f->error;
}
