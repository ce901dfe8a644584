#include "ftp/listing.h"

#include <inttypes.h>
#include <stdio.h>

enum { VALUE_MAX = 32, DAY = 86400, HALF_A_YEAR = 182 * DAY, SECOND = 1000000000 };

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

void listing_time_val(int64_t nanoseconds, char text_r[TIME_VAL_SIZE])
{
    struct date d = date_of(seconds_of(nanoseconds));
    unsigned year = d.year < 0 ? 0 : d.year > 9999 ? 9999 : (unsigned)d.year;
    snprintf(text_r, TIME_VAL_SIZE, "%04u%02u%02u%02u%02u%02u", year, d.month, d.day,
             d.hour, d.minute, d.second);
}

/* ---- as ls -l */

static void put_mode(const struct file_facts *f, char mode_r[11])
{
    static const char letters[] = "rwxrwxrwx";
    mode_r[0] = f->type == FILE_DIRECTORY ? 'd' : '-';
    for (unsigned i = 0; i < 9; i++)
        mode_r[i + 1] = f->mode & (0400u >> i) ? letters[i] : '-';
    mode_r[10] = '\0';
}

static void put_date(int64_t seconds, int64_t now, char date_r[16])
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct date d = date_of(seconds);
    const char *month = months + 3 * (d.month - 1);
    if (seconds > now - HALF_A_YEAR && seconds <= now + DAY)
        snprintf(date_r, 16, "%.3s %2u %02u:%02u", month, d.day % 32, d.hour % 24,
                 d.minute % 60);
    else
        snprintf(date_r, 16, "%.3s %2u  %04u", month, d.day % 32,
                 d.year < 0 || d.year > 9999 ? 9999u : (unsigned)d.year);
}

size_t listing_long(const struct file_facts *f, struct span name, int64_t now, char *at)
{
    char mode[11], date[16];
    put_mode(f, mode);
    put_date(seconds_of(f->modified), now, date);
    int n = snprintf(at, LISTING_LINE_MAX, "%s %3d ftp      ftp      %12" PRIu64 " %s ",
                     mode, f->type == FILE_DIRECTORY ? 2 : 1, f->size, date);
    size_t len = (size_t)n;
    memcpy(at + len, name.at, name.len);
    memcpy(at + len + name.len, "\r\n", 2);
    return len + name.len + 2;
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
    static const char *const types[] = { "file", "dir", "OS.unix=other" };
    switch (fact) {
    case FACT_TYPE:
        return (size_t)snprintf(at, VALUE_MAX, "%s", types[f->type]);
    case FACT_SIZE:
        return (size_t)snprintf(at, VALUE_MAX, "%" PRIu64, f->size);
    case FACT_MODIFY:
        listing_time_val(f->modified, at);
        return strlen(at);
    case FACT_PERM:
        return put_perm(f, at);
    case FACT_UNIQUE:
        return (size_t)snprintf(at, VALUE_MAX, "%" PRIx64, f->unique);
    default:
        return (size_t)snprintf(at, VALUE_MAX, "0%03o", f->mode & 0777);
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
