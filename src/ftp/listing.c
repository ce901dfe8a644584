#include "ftp/listing.h"

enum { DAY = 86400, HALF_A_YEAR = 182 * DAY, SECOND = 1000000000 };

struct date {
    int64_t year;
    unsigned month, day, hour, minute, second;
};

/* The proleptic Gregorian calendar, years from March on. */
static struct date date_of(int64_t seconds)
{
    int64_t days = seconds / DAY, rest = seconds % DAY;
    if (rest < 0) {
        rest += DAY;
        days--;
    }
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned of_era = (unsigned)(days - era * 146097);
    unsigned years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * years + years / 4 - years / 100);
    unsigned month = (5 * of_year + 2) / 153;
    struct date d = { .year = years + era * 400,
                      .day = of_year - (153 * month + 2) / 5 + 1,
                      .month = month < 10 ? month + 3 : month - 9,
                      .hour = (unsigned)(rest / 3600),
                      .minute = (unsigned)(rest / 60 % 60),
                      .second = (unsigned)(rest % 60) };
    d.year += d.month <= 2;
    return d;
}

static int64_t seconds_of(int64_t nanoseconds)
{
    return nanoseconds / SECOND - (nanoseconds % SECOND < 0);
}

/* A long directory has ten thousand of each: printf would take most of the time. */

/* In that base, at least so many digits. */
static size_t put_number(uint64_t number, unsigned base, size_t least, char *at)
{
    char digits[64];
    size_t n = 0;
    do
        digits[n++] = "0123456789abcdef"[number % base];
    while ((number /= base) > 0 || n < least);
    for (size_t i = 0; i < n; i++)
        at[i] = digits[n - 1 - i];
    return n;
}

/* To the right, with spaces before it. */
static char *put_right(uint64_t number, size_t width, char *at)
{
    char digits[24];
    size_t n = put_number(number, 10, 1, digits), spaces = n < width ? width - n : 0;
    memset(at, ' ', spaces);
    memcpy(at + spaces, digits, n);
    return at + spaces + n;
}

static char *put_text(struct span text, char *at)
{
    memcpy(at, text.at, text.len);
    return at + text.len;
}

/* Two digits of a number below 100. */
static char *put_two(char *at, unsigned number)
{
    at[0] = (char)('0' + number / 10);
    at[1] = (char)('0' + number % 10);
    return at + 2;
}

void listing_time_val(int64_t nanoseconds, char text_r[TIME_VAL_SIZE])
{
    struct date d = date_of(seconds_of(nanoseconds));
    unsigned year = d.year < 0 ? 0 : d.year > 9999 ? 9999 : (unsigned)d.year;
    const unsigned pairs[] = { year / 100, year % 100, d.month, d.day,
                               d.hour,     d.minute,   d.second };
    char *at = text_r;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        at = put_two(at, pairs[i]);
    *at = '\0';
}

/* ---- as ls -l */

static char *put_mode(const struct file_facts *f, char *at)
{
    static const char letters[] = "rwxrwxrwx";
    *at++ = f->type == FILE_DIRECTORY ? 'd' : '-';
    for (unsigned i = 0; i < 9; i++)
        *at++ = f->mode & (0400u >> i) ? letters[i] : '-';
    return at;
}

/* "Nov 26 01:47", or "Nov 26  2024". */
static char *put_date(int64_t seconds, int64_t now, char *at)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct date d = date_of(seconds);
    at = put_text(span_at(months + 3 * (d.month - 1), 3), at);
    *at++ = ' ';
    at = put_right(d.day, 2, at);
    *at++ = ' ';
    if (seconds > now - HALF_A_YEAR && seconds <= now + DAY) {
        at = put_two(at, d.hour);
        *at++ = ':';
        return put_two(at, d.minute);
    }
    *at++ = ' ';
    unsigned year = d.year < 0 || d.year > 9999 ? 9999u : (unsigned)d.year;
    return at + put_number(year, 10, 4, at);
}

size_t listing_long(const struct file_facts *f, struct span name, int64_t now, char *at)
{
    char *begin = at;
    at = put_mode(f, at);
    at = put_text(f->type == FILE_DIRECTORY ? SPAN("   2") : SPAN("   1"), at);
    at = put_text(SPAN(" ftp      ftp      "), at);
    at = put_right(f->size, 12, at);
    *at++ = ' ';
    at = put_date(seconds_of(f->modified), now, at);
    *at++ = ' ';
    at = put_text(name, at);
    at = put_text(SPAN("\r\n"), at);
    return (size_t)(at - begin);
}

/* ---- facts */

static const char *const names[FACTS] = { "Type", "Size",   "Modify",
                                          "Perm", "Unique", "UNIX.mode" };

const char *fact_name(unsigned n)
{
    return names[n];
}

static size_t put_perm(const struct file_facts *f, char *at)
{
    static const char letters[] = "acdeflmprw";
    size_t len = 0;
    for (unsigned i = 0; i < sizeof letters - 1; i++)
        if (f->perm & 1u << i)
            at[len++] = letters[i];
    return len;
}

static size_t put_value(const struct file_facts *f, unsigned fact, char *at)
{
    static const struct span types[] = { { "file", 4 },
                                         { "dir", 3 },
                                         { "OS.unix=other", 13 } };
    switch (fact) {
    case FACT_TYPE:
        return (size_t)(put_text(types[f->type], at) - at);
    case FACT_SIZE:
        return put_number(f->size, 10, 1, at);
    case FACT_MODIFY:
        listing_time_val(f->modified, at);
        return strlen(at);
    case FACT_PERM:
        return put_perm(f, at);
    case FACT_UNIQUE:
        return put_number(f->unique, 16, 1, at);
    default:
        return put_number(f->mode & 0777, 8, 4, at);
    }
}

size_t listing_facts(const struct file_facts *f, struct span name, unsigned which,
                     char *at)
{
    size_t len = 0;
    for (unsigned i = 0; i < FACTS; i++) {
        if (!(which & 1u << i) || (1u << i == FACT_SIZE && f->type != FILE_REGULAR))
            continue;
        size_t n = strlen(names[i]);
        memcpy(at + len, names[i], n);
        at[len + n] = '=';
        len += n + 1;
        len += put_value(f, 1u << i, at + len);
        at[len++] = ';';
    }
    at[len++] = ' ';
    memcpy(at + len, name.at, name.len);
    memcpy(at + len + name.len, "\r\n", 2);
    return len + name.len + 2;
}
