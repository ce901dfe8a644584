#include "base/log.h"
#include "ipc/inside.h"

#include <assert.h>
#include <errno.h>
#include <sys/socket.h>

enum { RECEIVE_BATCH = 16 };

struct control {
    _Alignas(size_t) char room[CMSG_SPACE(MESSAGE_DESCRIPTORS_MAX * sizeof(int))];
};

/* One for all channels: reading never waits. */
static struct {
    struct mmsghdr headers[RECEIVE_BATCH];
    struct iovec pieces[RECEIVE_BATCH];
    struct control controls[RECEIVE_BATCH];
    struct block *blocks[RECEIVE_BATCH];
    unsigned block_count; /* the last ones of blocks may be missing */
} batch;

/* A peer that does not take its answers, or has too much under way, is not read: it
 * waits, and its own queue fills.  Two roles that ask each other so much could wait for
 * each other; here fronts ask keepers, and no keeper asks a front. */
static size_t questions_welcome(const struct channel *c)
{
    size_t under_way = c->call_count + c->outbox.answers;
    if (under_way >= CALLS_MAX || c->outbox.answer_octets >= CHANNEL_QUEUE_OCTETS / 2)
        return 0;
    return CALLS_MAX - under_way;
}

bool inbox_may_read(const struct channel *c)
{
    return questions_welcome(c) > 0;
}

/* --- one packet --- */

static size_t collect_descriptors(struct msghdr *header,
                                  int descriptors_r[MESSAGE_DESCRIPTORS_MAX])
{
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
        return 0;
    size_t len = c->cmsg_len - CMSG_LEN(0);
    assert(len <=
           MESSAGE_DESCRIPTORS_MAX * sizeof(int)); /* the kernel knows the room */
    memcpy(descriptors_r, CMSG_DATA(c), len);
    return len / sizeof(int);
}

/* NULL, or what is wrong. */
static const char *refuse(struct channel *c, const struct packet *packet, int error)
{
    if (packet->kind == PACKET_TELL) {
        log_event(LOG_WARNING, 0, "%s from %s is lost: %s",
                  message_name(packet->message), role_name(c->role), strerror(-error));
        return NULL;
    }
    struct packet answer = { .message = packet->message,
                             .kind = PACKET_ANSWER,
                             .id = packet->id,
                             .error = error };
    return channel_say(c, &answer, NULL) ? takes_no_answers : NULL;
}

/* Owns the descriptors.  *block becomes NULL when a call has taken it. */
static const char *hear_question(struct channel *c, struct block **block,
                                 const struct packet *packet, struct decoder *from)
{
    const int *descriptors = from->descriptors;
    size_t count = from->descriptor_count;
    const char *fault = NULL;
    int error = packet_take(from, packet, &(*block)->question);
    if (error) {
        fault = "said what cannot be read";
    } else if ((error = call_begin(c, *block, packet)) == 0) {
        *block = NULL;
        return NULL;
    } else {
        fault = refuse(c, packet, error);
    }
    descriptors_close(descriptors, count);
    return fault;
}

/* The kernel has dropped descriptors for which this process had no number left. */
static const char *hear_short(struct channel *c, struct packet *packet,
                              struct decoder *from)
{
    descriptors_close(from->descriptors, from->descriptor_count);
    from->descriptor_count = 0;
    if (packet->kind != PACKET_ANSWER)
        return refuse(c, packet, -EMFILE);
    packet->error = -EMFILE;
    return asks_answer(&c->asks, packet, from);
}

/* NULL, or what is wrong with it. */
static const char *hear(struct channel *c, struct block **block, struct mmsghdr *header)
{
    int descriptors[MESSAGE_DESCRIPTORS_MAX];
    struct decoder from = { .descriptors = descriptors };
    from.descriptor_count = collect_descriptors(&header->msg_hdr, descriptors);
    bool cut = header->msg_hdr.msg_flags & MSG_CTRUNC;
    struct span octets = { (*block)->octets, header->msg_len };
    struct packet packet;
    const char *fault = NULL;
    if ((header->msg_hdr.msg_flags & MSG_TRUNC) ||
        packet_open(octets, &packet, &from.rest) != 0)
        fault = "sent what is no message";
    else if (packet.kind != PACKET_ANSWER &&
             !message_may_send(packet.message, c->role, c->self))
        fault = "said what it may not say";
    else if (cut ? from.descriptor_count >= packet.descriptors
                 : from.descriptor_count != packet.descriptors)
        fault = "sent other descriptors than it says";
    if (fault) {
        descriptors_close(descriptors, from.descriptor_count);
        return fault;
    }
    if (cut)
        return hear_short(c, &packet, &from);
    if (packet.kind == PACKET_ANSWER)
        return asks_answer(&c->asks, &packet, &from);
    return hear_question(c, block, &packet, &from);
}

static void discard(struct mmsghdr *header)
{
    int descriptors[MESSAGE_DESCRIPTORS_MAX];
    descriptors_close(descriptors, collect_descriptors(&header->msg_hdr, descriptors));
}

/* --- batches --- */

static bool prepare(size_t most)
{
    while (batch.block_count > most)
        block_give(batch.blocks[--batch.block_count]);
    while (batch.block_count < RECEIVE_BATCH && batch.block_count < most) {
        struct block *b = block_take();
        if (!b)
            break;
        batch.blocks[batch.block_count++] = b;
    }
    for (unsigned i = 0; i < batch.block_count; i++) {
        batch.pieces[i] =
            (struct iovec){ batch.blocks[i]->octets, sizeof batch.blocks[i]->octets };
        batch.headers[i].msg_hdr =
            (struct msghdr){ .msg_iov = &batch.pieces[i],
                             .msg_iovlen = 1,
                             .msg_control = batch.controls[i].room,
                             .msg_controllen = sizeof batch.controls[i].room };
    }
    return batch.block_count > 0;
}

/* Closes the gaps that calls have left. */
static void settle(void)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < batch.block_count; i++)
        if (batch.blocks[i])
            batch.blocks[kept++] = batch.blocks[i];
    batch.block_count = kept;
}

static void give_back(void)
{
    while (batch.block_count > 0)
        block_give(batch.blocks[--batch.block_count]);
}

/* How many came, or -errno.  A peer that ended with unread questions leaves ECONNRESET,
 * once; what it said before can still be read. */
static int receive(int socket)
{
    int n;
    do {
        n = recvmmsg(socket, batch.headers, batch.block_count,
                     MSG_DONTWAIT | MSG_CMSG_CLOEXEC, NULL);
    } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    return n < 0 ? -errno : n;
}

/* Whether there may be more (-EAGAIN: no), or why the channel ends. */
static int read_batch(struct channel *c, const char **fault_r)
{
    if (!prepare(questions_welcome(c)))
        return -ENOMEM;
    unsigned wanted = batch.block_count;
    int n = receive(c->socket);
    if (n < 0)
        return n;
    bool ended = false;
    for (int i = 0; i < n; i++) {
        struct mmsghdr *header = &batch.headers[i];
        ended = ended || header->msg_len == 0;
        if (ended || *fault_r)
            discard(header);
        else
            *fault_r = hear(c, &batch.blocks[i], header);
    }
    settle();
    if (*fault_r)
        return -EBADMSG;
    return ended ? -EPIPE : (unsigned)n == wanted ? 0 : -EAGAIN;
}

int inbox_read(struct channel *c, const char **fault_r)
{
    int ended = 0;
    *fault_r = NULL;
    while (ended == 0 && inbox_may_read(c))
        ended = read_batch(c, fault_r);
    give_back();
    c->unread = ended == 0 || ended == -ENOMEM;
    return ended == -EAGAIN ? 0 : ended;
}
