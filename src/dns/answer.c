/* answer - see answer.h. */
#include "dns/answer.h"

static const char *const words[] = {
#define X(enumerator, words_) words_,
    DNS_OUTCOMES(X)
#undef X
};

const char *dns_outcome_words(enum dns_outcome outcome)
{
    return outcome < DNS_OUTCOMES_COUNT ? words[outcome] : "?";
}

void dns_found_begin(struct dns_found *f, struct span name)
{
    *f = (struct dns_found){ .outcome = DNS_FAILED,
                             .rows = { .max = DNS_ROWS_OCTETS_MAX } };
    span_to_string(name, f->canonical, sizeof f->canonical);
}

void dns_found_end(struct dns_found *f)
{
    buf_free(&f->rows);
}

bool dns_found_add(struct dns_found *f, struct span row)
{
    uint8_t len[] = { (uint8_t)(row.len >> 8), (uint8_t)row.len };
    bool fits = row.len <= DNS_ROW_MAX && f->count < DNS_ROWS_MAX &&
                row.len + sizeof len <= f->rows.max - f->rows.len;
    if (fits && buf_reserve(&f->rows, sizeof len + row.len) == 0) {
        buf_put(&f->rows, span_at(len, sizeof len));
        buf_put(&f->rows, row);
        f->count++;
        return true;
    }
    buf_free(&f->rows);
    f->count = 0;
    f->outcome = fits ? DNS_FAILED : DNS_TOO_LARGE;
    return false;
}

static unsigned two_octets(const char *at)
{
    return (unsigned)((uint8_t)at[0] << 8 | (uint8_t)at[1]);
}

bool dns_take_row(struct span *rows, struct span *row_r)
{
    if (rows->len < 2)
        return false;
    size_t len = two_octets(rows->at);
    if (len > rows->len - 2)
        return false;
    *row_r = span_at(rows->at + 2, len);
    *rows = span_skip(*rows, len + 2);
    return true;
}

bool dns_take_mx(struct span row, unsigned *preference_r, struct span *host_r)
{
    if (row.len < 2)
        return false;
    *preference_r = two_octets(row.at);
    *host_r = span_skip(row, 2);
    return true;
}
