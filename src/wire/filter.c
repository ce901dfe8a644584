/* filter - see filter.h. */
#include "wire/filter.h"

#include "wire/transcript.h"

#include <stdio.h>
#include <time.h>

enum { ID_DIGITS = 16, ID_DIGITS_LEAST = 4 };

void filter_open(struct wire_filter *f)
{
    *f = (struct wire_filter){ .until_us = INT64_MAX };
}

/* ---- words */

static const struct {
    const char *name;
    uint8_t result;
} results[] = {
    { "ok", RESULT_OK },
    { "refused", RESULT_REFUSED },
    { "error", RESULT_ERROR },
    { "dropped", RESULT_DROPPED },
};

static const char *take_result(struct wire_filter *f, struct span word)
{
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        if (!span_is(word, span_of(results[i].name)))
            continue;
        if (f->has_result)
            return "a session has one result";
        f->has_result = true;
        f->result = results[i].result;
        return NULL;
    }
    return "";
}

static const char *take_account(struct wire_filter *f, struct span word)
{
    if (span_find(word, '@') == word.len)
        return "";
    if (f->account[0])
        return "a session has one account";
    return span_to_string(word, f->account, sizeof f->account) ? NULL : "too long";
}

static const char *take_peer(struct wire_filter *f, struct span word)
{
    struct network peer;
    if (!network_parse(word, &peer))
        return "";
    if (f->has_peer)
        return "a session has one client";
    f->peer = peer;
    f->has_peer = true;
    return NULL;
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;
    return at ? (int)(at - digits) : -1;
}

static const char *take_id(struct wire_filter *f, struct span word)
{
    uint64_t id = 0;
    if (word.len < ID_DIGITS_LEAST || word.len > ID_DIGITS)
        return "";
    for (size_t i = 0; i < word.len; i++) {
        int digit = hex(word.at[i]);
        if (digit < 0)
            return "";
        id |= (uint64_t)digit << (4 * (ID_DIGITS - 1 - i));
    }
    if (f->id_digits)
        return "a session has one id";
    f->id = id;
    f->id_digits = (uint8_t)word.len;
    return NULL;
}

static const char *take_protocol(struct wire_filter *f, struct span word)
{
    for (size_t i = 0; i < word.len; i++)
        if ((word.at[i] < 'a' || word.at[i] > 'z') &&
            (word.at[i] < '0' || word.at[i] > '9'))
            return "no protocol, address, account, result or id";
    if (word.len == 0 || word.len >= sizeof f->protocol)
        return "no protocol, address, account, result or id";
    if (f->protocol[0])
        return "a session has one protocol";
    span_to_string(word, f->protocol, sizeof f->protocol);
    return NULL;
}

const char *filter_word(struct wire_filter *f, struct span word)
{
    static const char *(*const kinds[])(struct wire_filter *, struct span) = {
        take_result, take_account, take_peer, take_id, take_protocol
    };
    const char *error = "";
    for (size_t i = 0; error && !error[0] && i < sizeof kinds / sizeof *kinds; i++)
        error = kinds[i](f, word);
    return error;
}

/* ---- times */

static bool take_ago(struct span text, int64_t now_us, int64_t *time_us_r)
{
    static const struct {
        char letter;
        int seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    uint64_t n;
    if (!span_take_number(&text, 100000000, &n) || text.len != 1)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].letter == text.at[0]) {
            *time_us_r = now_us - (int64_t)n * units[i].seconds * 1000000;
            return true;
        }
    return false;
}

bool filter_time(struct span text, int64_t now_us, int64_t *time_us_r)
{
    static const char *const forms[] = {
        "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M",
        "%Y-%m-%d",          "%H:%M:%S",          "%H:%M"
    };
    char string[32];
    if (take_ago(text, now_us, time_us_r))
        return true;
    if (!span_to_string(text, string, sizeof string))
        return false;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        time_t now = now_us / 1000000;
        struct tm t;
        localtime_r(&now, &t);
        t.tm_hour = t.tm_min = t.tm_sec = 0;
        const char *end = strptime(string, forms[i], &t);
        if (!end || *end)
            continue;
        t.tm_isdst = -1;
        *time_us_r = (int64_t)mktime(&t) * 1000000;
        return true;
    }
    return false;
}

/* ---- fitting */

bool filter_wants_sessions(const struct wire_filter *f)
{
    return f->protocol[0] || f->account[0] || f->has_peer || f->has_result;
}

bool filter_is_open(const struct wire_filter *f)
{
    return !filter_wants_sessions(f) && f->id_digits == 0 && f->since_us == 0 &&
           f->until_us == INT64_MAX;
}

bool filter_fits_id(const struct wire_filter *f, uint64_t session)
{
    unsigned rest = 4U * (unsigned)(ID_DIGITS - f->id_digits);
    return session != 0 && (f->id_digits == 0 || session >> rest == f->id >> rest);
}

bool filter_fits_record(const struct wire_filter *f, const struct record *r)
{
    return r->wall_us >= f->since_us && r->wall_us < f->until_us &&
           filter_fits_id(f, r->session);
}

bool filter_fits_open(const struct wire_filter *f, struct span text)
{
    struct ip peer;
    struct span protocol = span_first(text, span_find(text, ' '));
    struct span address = span_skip(text, protocol.len);
    if (f->protocol[0] && !span_is(protocol, span_of(f->protocol)))
        return false;
    return !f->has_peer || (span_take(&address, SPAN(" ")) &&
                            ip_parse(address, &peer) && network_has(&f->peer, &peer));
}

bool filter_fits_account(const struct wire_filter *f, struct span address)
{
    return !f->account[0] || span_is_nocase(address, span_of(f->account));
}

bool filter_fits_result(const struct wire_filter *f, uint8_t result)
{
    return !f->has_result || (f->result ? (result & f->result) != 0 : result == 0);
}
