/*
 * codec - how messages become octets and back; inside ipc only.
 *
 * A packet is a header and the fields in the order of messages.def, packed, little
 * endian, with no freedom left: whatever decodes encodes to the same octets again.
 *
 *     header  message u16, kind u8, descriptors u8, id u32, error i32
 *     U8 U32 U64   so many octets
 *     SPAN         length u32, then the octets
 *     FD           u8: 1, the next descriptor of the packet; 0, none
 */
#ifndef IPC_CODEC_H
#define IPC_CODEC_H

#include "ipc/message.h"

enum packet_kind { PACKET_QUESTION, PACKET_ANSWER, PACKET_TELL, PACKET_KINDS };

enum { PACKET_HEADER = 12, PACKET_ERROR_MAX = 4095 };

struct packet {
    enum message message;
    enum packet_kind kind;
    uint32_t id;        /* the asker's; 0 in a tell */
    int error;          /* of an answer, which then has no fields */
    size_t descriptors; /* as its header says; when written, counted */
};

/* Room for the fields of any message. */
union fields {
#define ASK(name, senders, receivers, question, answer)                                \
    struct name name;                                                                  \
    struct name##_answer name##_answer;
#define TELL(name, senders, receivers, content) struct name name;
#include "ipc/messages.def"
#undef ASK
#undef TELL
};

/* Writes to `at`, which has room, or only counts while it is NULL. */
struct encoder {
    char *at;
    size_t len;
    int descriptors[MESSAGE_DESCRIPTORS_MAX]; /* the fields' own */
    size_t descriptor_count;
    int error; /* -EMSGSIZE: a span is longer than its maximum */
};

void put_u8(struct encoder *, uint8_t);
void put_u32(struct encoder *, uint32_t);
void put_u64(struct encoder *, uint64_t);
void put_span(struct encoder *, struct span, size_t max);
void put_fd(struct encoder *, int descriptor);

/* After an error every take_ returns zeroes. */
struct decoder {
    struct span rest;
    const int *descriptors;
    size_t descriptor_count;
    struct arena *arena; /* spans are copied here; NULL: they point into the packet */
    int error;           /* -EBADMSG, -ENOMEM */
};

uint8_t take_u8(struct decoder *);
uint32_t take_u32(struct decoder *);
uint64_t take_u64(struct decoder *);
struct span take_span(struct decoder *, size_t max);
int take_fd(struct decoder *);

/* Header and fields; fields: the struct that belongs to the packet's kind. */
void packet_put(struct encoder *, const struct packet *, const void *fields);

/* Takes the header; what remains are the fields.  0 or -EBADMSG. */
int packet_open(struct span octets, struct packet *packet_r, struct span *fields_r);
/* 0, -EBADMSG or -ENOMEM (arena); on an error the descriptors are still the caller's. */
int packet_take(struct decoder *, const struct packet *, void *fields_r);

bool message_is_tell(enum message);
bool message_answer_has_spans(enum message);

/* The fields of one kind of packet, made in message.c. */
struct fields_codec {
    void (*put)(struct encoder *, const void *fields);
    void (*take)(struct decoder *, void *fields_r);
};
const struct fields_codec *message_codec(enum message, enum packet_kind);

#endif
