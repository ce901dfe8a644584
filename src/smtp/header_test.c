#include "smtp/header.h"
#include "test/unit.h"

static struct header read_in_steps(struct span text, size_t step)
{
    struct header h = { 0 };

    while (text.len > 0) {
        size_t n = text.len < step ? text.len : step;
        header_take(&h, span_first(text, n));
        text = span_skip(text, n);
    }
    return h;
}

static const struct row {
    const char *text;
    bool over, missing;
    uint32_t fields, received;
} rows[] = {
    { "", false, false, 0, 0 },
    { "Subject", false, false, 0, 0 },
    { "Subject:", false, false, 1, 0 },
    { "Subject: x\r\n", false, false, 1, 0 },
    { "Subject: x\r\n\r\nReceived: x\r\n", true, false, 1, 0 },
    { "\r\ntext\r\n", true, false, 0, 0 },
    { "text\r\n", true, true, 0, 0 },
    { "two words\r\n", true, true, 0, 0 },
    { "two words: x\r\n", true, true, 0, 0 },
    { " folded: x\r\n", true, true, 0, 0 },
    { ": x\r\n", true, true, 0, 0 },
    { "\xc3\xa9: x\r\n", true, true, 0, 0 },
    { "Received: x\r\nRECEIVED:\r\nreceived \t: y\r\n", false, false, 3, 3 },
    { "Received-SPF: x\r\nReceive: x\r\nXReceived: x\r\n", false, false, 3, 0 },
    { "Received: x\r\n Received: y\r\n\tReceived: z\r\n", false, false, 1, 1 },
    { "A: x\r\ntext\r\nReceived: x\r\n", true, false, 1, 0 },
};

TEST(header_section_in_pieces_of_any_size)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct span text = span_of(rows[i].text);
        for (size_t step = 1; step <= text.len + 1; step++) {
            struct header h = read_in_steps(text, step);
            CHECK((h.part == HEADER_OVER) == rows[i].over);
            CHECK(h.missing == rows[i].missing);
            CHECK_EQ_UINT(h.fields, rows[i].fields);
            CHECK_EQ_UINT(h.received, rows[i].received);
        }
    }
}

TEST(header_counts_its_octets)
{
    struct header h = read_in_steps(SPAN("A: x\r\n\r\nbody\r\n"), 3);
    CHECK_EQ_UINT(h.octets, 7); /* up to the CR of the empty line */
}
