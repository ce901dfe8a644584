/*
 * The first octet says how many descriptors came with the packet; the rest is it.
 * Whatever decodes must encode to the same octets, and with an arena give the same.
 */
#include "ipc/codec.h"

#include "base/own.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const int descriptors[MESSAGE_DESCRIPTORS_MAX] = { 100, 101 };

static void encode_again(struct span octets, const struct packet *packet,
                         const union fields *fields)
{
    static char room[MESSAGE_OCTETS_MAX];
    struct encoder measure = { 0 }, to = { .at = room };
    packet_put(&measure, packet, fields);
    assert(measure.error == 0 && measure.len == octets.len);
    packet_put(&to, packet, fields);
    assert(to.error == 0 && span_is(span_at(room, to.len), octets));
    assert(to.descriptor_count == packet->descriptors);
    assert(memcmp(to.descriptors, descriptors, to.descriptor_count * sizeof(int)) == 0);
}

static void decode(struct span octets, size_t descriptor_count, struct arena *arena)
{
    union fields fields;
    struct packet packet;
    struct decoder from = { .descriptors = descriptors,
                            .descriptor_count = descriptor_count,
                            .arena = arena };
    if (packet_open(octets, &packet, &from.rest) != 0)
        return;
    if (packet.error) {
        assert(packet.kind == PACKET_ANSWER && from.rest.len == 0);
        encode_again(octets, &packet, NULL);
        return;
    }
    if (packet.descriptors != descriptor_count)
        return;
    if (packet_take(&from, &packet, &fields) == 0)
        encode_again(octets, &packet, &fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > MESSAGE_OCTETS_MAX)
        return 0;
    struct span octets = span_at(data + 1, size - 1);
    size_t count = data[0] % (MESSAGE_DESCRIPTORS_MAX + 1);
    OWN(arena_close) struct arena *arena = arena_open(2 * (size_t)MESSAGE_OCTETS_MAX);
    decode(octets, count, NULL);
    decode(octets, count, arena);
    return 0;
}
