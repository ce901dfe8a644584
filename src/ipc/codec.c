#include "ipc/codec.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>

/* --- writing --- */

static void put(struct encoder *to, const void *at, size_t len)
{
    if (to->at && len > 0)
        memcpy(to->at + to->len, at, len);
    to->len += len;
}

void put_u8(struct encoder *to, uint8_t number)
{
    put(to, &number, sizeof number);
}

static void put_u16(struct encoder *to, uint16_t number)
{
    number = htole16(number);
    put(to, &number, sizeof number);
}

void put_u32(struct encoder *to, uint32_t number)
{
    number = htole32(number);
    put(to, &number, sizeof number);
}

void put_u64(struct encoder *to, uint64_t number)
{
    number = htole64(number);
    put(to, &number, sizeof number);
}

void put_span(struct encoder *to, struct span s, size_t max)
{
    if (s.len > max) {
        to->error = -EMSGSIZE;
        return;
    }
    put_u32(to, (uint32_t)s.len);
    put(to, s.at, s.len);
}

void put_fd(struct encoder *to, int descriptor)
{
    put_u8(to, descriptor >= 0);
    if (descriptor < 0)
        return;
    assert(to->descriptor_count < MESSAGE_DESCRIPTORS_MAX);
    to->descriptors[to->descriptor_count++] = descriptor;
}

/* --- reading --- */

/* The next len octets, or NULL. */
static const char *take(struct decoder *from, size_t len)
{
    if (from->error || from->rest.len < len) {
        from->error = from->error ? from->error : -EBADMSG;
        return NULL;
    }
    const char *at = from->rest.at;
    from->rest = span_skip(from->rest, len);
    return at;
}

uint8_t take_u8(struct decoder *from)
{
    const char *at = take(from, 1);
    return at ? (uint8_t)*at : 0;
}

static uint16_t take_u16(struct decoder *from)
{
    uint16_t number = 0;
    const char *at = take(from, sizeof number);
    if (at)
        memcpy(&number, at, sizeof number);
    return le16toh(number);
}

uint32_t take_u32(struct decoder *from)
{
    uint32_t number = 0;
    const char *at = take(from, sizeof number);
    if (at)
        memcpy(&number, at, sizeof number);
    return le32toh(number);
}

uint64_t take_u64(struct decoder *from)
{
    uint64_t number = 0;
    const char *at = take(from, sizeof number);
    if (at)
        memcpy(&number, at, sizeof number);
    return le64toh(number);
}

struct span take_span(struct decoder *from, size_t max)
{
    size_t len = take_u32(from);
    if (len > max && !from->error)
        from->error = -EBADMSG;
    const char *at = take(from, len);
    if (!at)
        return SPAN("");
    struct span s = { at, len };
    if (from->arena && len > 0) {
        s = arena_copy(from->arena, s);
        from->error = s.at ? 0 : -ENOMEM;
    }
    return s.at ? s : SPAN("");
}

int take_fd(struct decoder *from)
{
    uint8_t there = take_u8(from);
    if (there == 0)
        return -1;
    if (there != 1 || from->descriptor_count == 0) {
        from->error = -EBADMSG;
        return -1;
    }
    from->descriptor_count--;
    return *from->descriptors++;
}

/* --- packets --- */

void packet_put(struct encoder *to, const struct packet *packet, const void *fields)
{
    struct encoder body = { .at = to->at ? to->at + PACKET_HEADER : NULL };
    if (packet->error == 0)
        message_codec(packet->message, packet->kind)->put(&body, fields);
    put_u16(to, (uint16_t)packet->message);
    put_u8(to, (uint8_t)packet->kind);
    put_u8(to, (uint8_t)body.descriptor_count);
    put_u32(to, packet->id);
    put_u32(to, (uint32_t)packet->error);
    body.at = to->at;
    body.len += to->len;
    *to = body;
}

static bool is_plausible(const struct packet *p)
{
    if (p->message >= MESSAGES || p->kind >= PACKET_KINDS)
        return false;
    if (p->descriptors > MESSAGE_DESCRIPTORS_MAX)
        return false;
    if (message_is_tell(p->message) != (p->kind == PACKET_TELL))
        return false;
    if (p->kind == PACKET_ANSWER)
        return p->error <= 0 && p->error >= -PACKET_ERROR_MAX;
    return p->error == 0 && (p->kind == PACKET_QUESTION || p->id == 0);
}

int packet_open(struct span octets, struct packet *packet_r, struct span *fields_r)
{
    struct decoder from = { .rest = octets };
    struct packet packet = { 0 };
    packet.message = take_u16(&from);
    packet.kind = take_u8(&from);
    packet.descriptors = take_u8(&from);
    packet.id = take_u32(&from);
    packet.error = (int32_t)take_u32(&from);
    if (from.error || !is_plausible(&packet))
        return -EBADMSG;
    if (packet.error && (from.rest.len > 0 || packet.descriptors > 0))
        return -EBADMSG;
    *packet_r = packet;
    *fields_r = from.rest;
    return 0;
}

int packet_take(struct decoder *from, const struct packet *packet, void *fields_r)
{
    message_codec(packet->message, packet->kind)->take(from, fields_r);
    if (!from->error && (from->rest.len > 0 || from->descriptor_count > 0))
        from->error = -EBADMSG;
    return from->error;
}
