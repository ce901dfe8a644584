#include "smtp/header.h"

#include "config/limits.h"

static void start_line(struct header *h)
{
    h->part = HEADER_NAME;
    h->column = h->matched = 0;
}

static void end(struct header *h, bool at_empty_line)
{
    h->part = HEADER_OVER;
    h->missing = h->fields == 0 && !at_empty_line;
}

static void end_name(struct header *h)
{
    h->fields++;
    h->received += h->column == 8 && h->matched == 8;
    h->part = HEADER_FIELD;
}

static bool is_white(char c)
{
    return c == ' ' || c == '\t';
}

/* ftext = %d33-57 / %d59-126 */
static void take_name_octet(struct header *h, char c)
{
    static const char received[] = "received";

    if (c < 33 || c > 126 || h->column == SMTP_TEXT_LINE_MAX) {
        end(h, c == '\r' && h->column == 0);
        return;
    }
    if (h->column == h->matched && h->matched < 8 && (c | 0x20) == received[h->matched])
        h->matched++;
    h->column++;
}

/* One octet at or near the start of a line. */
static void take_octet(struct header *h, char c)
{
    if (is_white(c) && h->column == 0 && h->fields > 0)
        h->part = HEADER_FIELD; /* folded */
    else if (is_white(c) && h->column > 0)
        h->part = HEADER_NAME_ENDED;
    else if (c == ':' && h->column > 0)
        end_name(h);
    else if (h->part == HEADER_NAME_ENDED)
        end(h, false);
    else
        take_name_octet(h, c);
}

void header_take(struct header *h, struct span piece)
{
    while (piece.len > 0 && h->part != HEADER_OVER) {
        size_t n = 1;
        if (h->part == HEADER_FIELD) {
            n = span_find(piece, '\n');
            if (n < piece.len) {
                n++;
                start_line(h);
            }
        } else {
            take_octet(h, *piece.at);
        }
        h->octets += n;
        piece = span_skip(piece, n);
    }
}
