/* dsn_notify - what the sender has asked for: RFC 3461 §4. */
#include "queue/dsn.h"

/* notify-esmtp-value = "NEVER" / ( notify-list-element *( "," notify-list-element ) ) */
bool dsn_take_notify(struct span value, unsigned *notify_r)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = { { "NEVER", DSN_NOTIFY_NEVER },
                  { "SUCCESS", DSN_NOTIFY_SUCCESS },
                  { "FAILURE", DSN_NOTIFY_FAILURE },
                  { "DELAY", DSN_NOTIFY_DELAY } };
    unsigned notify = 0, bit = 1;

    while (bit > 0) {
        size_t n = span_find(value, ',');
        bit = 0;
        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            if (span_is_nocase(span_first(value, n), span_of(words[i].word)))
                bit = words[i].bit;
        notify |= bit;
        if (n == value.len)
            break;
        value = span_skip(value, n + 1);
    }
    *notify_r = notify;
    return bit > 0 && (!(notify & DSN_NOTIFY_NEVER) || notify == DSN_NOTIFY_NEVER);
}

struct span dsn_notify_words(unsigned notify)
{
    enum { S = DSN_NOTIFY_SUCCESS, F = DSN_NOTIFY_FAILURE, D = DSN_NOTIFY_DELAY };
    static const char *const words[] = {
        [DSN_NOTIFY_NEVER] = "NEVER",
        [S] = "SUCCESS",
        [F] = "FAILURE",
        [D] = "DELAY",
        [S | F] = "SUCCESS,FAILURE",
        [S | D] = "SUCCESS,DELAY",
        [F | D] = "FAILURE,DELAY",
        [S | F | D] = "SUCCESS,FAILURE,DELAY",
    };
    bool said = notify < sizeof(words) / sizeof(words[0]) && words[notify];

    return said ? span_of(words[notify]) : SPAN("");
}

/* Not said, it is FAILURE, and of a delay may be told (§4.1).  What was expanded goes on
 * to others: as a success. */
bool dsn_is_wanted(unsigned notify, enum dsn_action action)
{
    if (notify == 0)
        notify = DSN_NOTIFY_FAILURE | DSN_NOTIFY_DELAY;
    switch (action) {
    case DSN_FAILED:
        return (notify & DSN_NOTIFY_FAILURE) != 0;
    case DSN_DELAYED:
        return (notify & DSN_NOTIFY_DELAY) != 0;
    default:
        return (notify & DSN_NOTIFY_SUCCESS) != 0;
    }
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* xtext = *( xchar / hexchar ); xchar = %x21-2A / %x2C-3C / %x3E-7E */
bool dsn_xtext_decode(struct span xtext, char *text_r, size_t size, size_t *len_r)
{
    size_t len = 0;

    while (xtext.len > 0) {
        char c = *xtext.at;
        size_t n = 1;
        if (c == '+') {
            int high = xtext.len > 2 ? hex(xtext.at[1]) : -1;
            int low = xtext.len > 2 ? hex(xtext.at[2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            n = 3;
        } else if (c < '!' || c > '~' || c == '=') {
            return false;
        }
        if (len == size)
            return false;
        text_r[len++] = c;
        xtext = span_skip(xtext, n);
    }
    *len_r = len;
    return true;
}
