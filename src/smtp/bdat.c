/*
 * RFC 3030 §2: BDAT.
 *
 * A chunk's octets follow its command at once, before any reply.  So they are read and
 * dropped whatever is wrong: a chunk that were left standing would be taken for commands.
 * Where its size cannot be understood, the session ends.
 */
#include "smtp/session.h"

#include <inttypes.h>

/* `size` octets, to the message if that is still wanted; false: they never came. */
static bool read_chunk(struct smtp *s, uint64_t size, bool wanted)
{
    struct pace pace;

    pace_begin(&pace, &s->data);
    while (size > 0) {
        if (!wire_fill(s->wire))
            return false;
        struct span input = wire_input(s->wire);
        if (input.len > size)
            input.len = (size_t)size;
        size -= input.len;
        size_t taken = input.len;
        if (wanted)
            mail_data_take(s, &input);
        else
            s->data.octets += taken;
        wire_consume(s->wire, taken);
        if (size > 0 && pace_is_too_slow(&pace, s))
            return false;
    }
    return true;
}

static bool read_chunk_in_time(struct smtp *s, uint64_t size, bool wanted)
{
    wire_read_time(s->wire, s->host->data_time);
    bool all = read_chunk(s, size, wanted);
    wire_read_time(s->wire, s->host->command_time);
    return all;
}

/* The message once refused, its further chunks are, too; the last one ends it. */
static void reply_to_chunk(struct smtp *s, uint64_t size)
{
    if (s->data.refusal) {
        wire_say(s->wire, "%s", s->data.refusal);
        smtp_enter(s, CHUNKS_REFUSED);
    } else {
        wire_say(s->wire, "250 2.0.0 %" PRIu64 " octets received", size);
    }
}

void smtp_bdat(void *session, const struct arg *args)
{
    struct smtp *s = session;
    uint64_t size = args[0].number;
    bool last = args[1].given;

    if (!s->data.begun)
        mail_data_begin(s, true);
    if (s->state == RECIPIENTS_GIVEN)
        smtp_enter(s, CHUNKS_GIVEN);
    if (!read_chunk_in_time(s, size, true))
        return;
    if (last)
        mail_data_end(s);
    else
        reply_to_chunk(s, size);
}

/* Whatever the state does not allow: the octets are read, for they are no commands. */
void smtp_bdat_out_of_place(void *session, const struct arg *args)
{
    struct smtp *s = session;

    if (!read_chunk_in_time(s, args[0].number, false))
        return;
    if (s->state == SENDER_GIVEN)
        wire_say(s->wire, "%s", smtp_for_nobody(s));
    else
        smtp_reply_bad(s, "503 5.5.1 Bad sequence of commands");
}

/* How many octets follow nobody knows. */
void smtp_bdat_of_no_size(void *session, const struct arg *args)
{
    struct smtp *s = session;
    (void)args;
    wire_say(s->wire, "501 5.5.4 BDAT takes a number of octets, and LAST; closing");
    smtp_enter(s, CLOSED);
}
