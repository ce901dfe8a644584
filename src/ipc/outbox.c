#include "ipc/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SEND_BATCH = 32 };

struct parcel {
    struct list link;
    bool is_answer;
    size_t descriptor_count;
    int descriptors[MESSAGE_DESCRIPTORS_MAX]; /* ours: duplicates of the sender's */
    size_t len;
    char octets[];
};

struct control {
    _Alignas(size_t) char room[CMSG_SPACE(MESSAGE_DESCRIPTORS_MAX * sizeof(int))];
};

void descriptors_close(const int *descriptors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        close(descriptors[i]);
}

static void parcel_free(struct parcel *p)
{
    descriptors_close(p->descriptors, p->descriptor_count);
    free(p);
}

void outbox_open(struct outbox *o)
{
    *o = (struct outbox){ 0 };
    list_init(&o->parcels);
}

static void drop_first(struct outbox *o)
{
    struct parcel *p = LIST_ENTRY(list_pop(&o->parcels), struct parcel, link);
    o->count--;
    o->octets -= p->len;
    if (p->is_answer) {
        o->answers--;
        o->answer_octets -= p->len;
    }
    parcel_free(p);
}

void outbox_close(struct outbox *o)
{
    while (!list_is_empty(&o->parcels))
        drop_first(o);
}

static int duplicate(struct parcel *p, const struct encoder *from)
{
    for (size_t i = 0; i < from->descriptor_count; i++) {
        int copy = fcntl(from->descriptors[i], F_DUPFD_CLOEXEC, 0);
        if (copy < 0)
            return -errno;
        p->descriptors[p->descriptor_count++] = copy;
    }
    return 0;
}

static int parcel_make(size_t len, const struct packet *packet, const void *fields,
                       struct parcel **parcel_r)
{
    struct parcel *p = malloc(sizeof *p + len);
    if (!p)
        return -ENOMEM;
    p->is_answer = packet->kind == PACKET_ANSWER;
    p->descriptor_count = 0;
    p->len = len;
    struct encoder to = { .at = p->octets };
    packet_put(&to, packet, fields);
    int error = duplicate(p, &to);
    if (error) {
        parcel_free(p);
        return error;
    }
    *parcel_r = p;
    return 0;
}

int outbox_put(struct outbox *o, const struct packet *packet, const void *fields)
{
    struct encoder measure = { 0 };
    packet_put(&measure, packet, fields);
    if (measure.error)
        return measure.error;
    if (o->count >= CHANNEL_QUEUE_MAX || o->octets + measure.len > CHANNEL_QUEUE_OCTETS)
        return -EAGAIN;
    struct parcel *p;
    int error = parcel_make(measure.len, packet, fields, &p);
    if (error)
        return error;
    list_push(&o->parcels, &p->link);
    o->count++;
    o->octets += p->len;
    if (p->is_answer) {
        o->answers++;
        o->answer_octets += p->len;
    }
    return 0;
}

/* --- sending --- */

static struct {
    struct mmsghdr headers[SEND_BATCH];
    struct iovec pieces[SEND_BATCH];
    struct control controls[SEND_BATCH];
} batch;

static void pack_descriptors(struct msghdr *header, struct control *control,
                             const struct parcel *p)
{
    size_t len = p->descriptor_count * sizeof(int);
    header->msg_control = control->room;
    header->msg_controllen = CMSG_SPACE(len);
    struct cmsghdr *c = CMSG_FIRSTHDR(header);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(len);
    memcpy(CMSG_DATA(c), p->descriptors, len);
}

static unsigned pack_batch(struct outbox *o)
{
    unsigned n = 0;
    LIST_FOR_EACH(link, &o->parcels)
    {
        if (n == SEND_BATCH)
            break;
        struct parcel *p = LIST_ENTRY(link, struct parcel, link);
        batch.pieces[n] = (struct iovec){ p->octets, p->len };
        batch.headers[n].msg_hdr =
            (struct msghdr){ .msg_iov = &batch.pieces[n], .msg_iovlen = 1 };
        if (p->descriptor_count > 0)
            pack_descriptors(&batch.headers[n].msg_hdr, &batch.controls[n], p);
        n++;
    }
    return n;
}

static int send_batch(struct outbox *o, int socket)
{
    unsigned wanted = pack_batch(o);
    int sent;
    do {
        sent = sendmmsg(socket, batch.headers, wanted, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == ENOMEM || errno == ETOOMANYREFS))
        return -ENOBUFS;
    if (sent < 0)
        return -errno;
    for (int i = 0; i < sent; i++)
        drop_first(o);
    return 0;
}

int outbox_flush(struct outbox *o, int socket)
{
    while (!list_is_empty(&o->parcels)) {
        int error = send_batch(o, socket);
        if (error)
            return error;
    }
    return 0;
}
