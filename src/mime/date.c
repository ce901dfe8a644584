#include "mime/date.h"

#include "mime/lex.h"

static bool take_char(struct span *s, char c)
{
    lex_skip(s, NULL);
    return span_take(s, span_at(&c, 1));
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool take_number(struct span *s, uint64_t max, uint64_t *number_r)
{
    lex_skip(s, NULL);
    return span_take_number(s, max, number_r);
}

static struct span take_letters(struct span *s)
{
    lex_skip(s, NULL);
    size_t n = 0;
    while (n < s->len && is_letter(s->at[n]))
        n++;
    struct span letters = span_first(*s, n);
    *s = span_skip(*s, n);
    return letters;
}

/* month, by its first three letters; 1 to 12 */
static bool take_month(struct span *s, uint64_t *month_r)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    struct span word = take_letters(s);
    for (*month_r = 1; word.len >= 3 && *month_r <= 12; ++*month_r)
        if (span_is_nocase(span_first(word, 3), span_at(names + 3 * (*month_r - 1), 3)))
            return true;
    return false;
}

/* §4.3: two digits up to 49 are of this century; else, and of three digits, 1900 is
 * added. */
static bool take_year(struct span *s, uint64_t *year_r)
{
    size_t before;
    lex_skip(s, NULL);
    before = s->len;
    if (!span_take_number(s, 9999, year_r))
        return false;
    size_t digits = before - s->len;
    if (digits == 2 && *year_r < 50)
        *year_r += 2000;
    else if (digits < 4)
        *year_r += 1900;
    return true;
}

/* ---- zone */

static bool take_zone_name(struct span *s, int *minutes_r)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = { { "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
                  { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 } };
    struct span name = take_letters(s);
    *minutes_r = 0; /* UT, GMT, and all whose meaning nobody knows */
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++)
        if (span_is_nocase(name, span_of(zones[i].name)))
            *minutes_r = zones[i].hours * 60;
    return true;
}

static bool take_zone(struct span *s, int *minutes_r)
{
    uint64_t number;
    lex_skip(s, NULL);
    if (s->len == 0 || (s->at[0] != '+' && s->at[0] != '-'))
        return take_zone_name(s, minutes_r);
    bool west = s->at[0] == '-';
    *s = span_skip(*s, 1);
    if (!take_number(s, 9999, &number) || number % 100 > 59)
        return false;
    *minutes_r = (int)(number / 100 * 60 + number % 100);
    if (west)
        *minutes_r = -*minutes_r;
    return true;
}

/* ---- the whole */

static bool is_leap(uint64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint64_t days_of(uint64_t month, uint64_t year)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (uint64_t)(month == 2 && is_leap(year));
}

/* Days from 1 January 1970. */
static int64_t day_number(uint64_t year, uint64_t month, uint64_t day)
{
    uint64_t before = year - 1;
    int64_t days = (int64_t)(before * 365 + before / 4 - before / 100 + before / 400);
    for (uint64_t m = 1; m < month; m++)
        days += (int64_t)days_of(m, year);
    return days + (int64_t)day - 1 - 719162;
}

/* [day-name ","] day month year */
static bool take_day(struct span *s, int64_t *day_r)
{
    uint64_t day, month, year;
    struct span name = take_letters(s);
    if (name.len > 0)
        take_char(s, ',');
    if (!take_number(s, 31, &day))
        return false;
    take_char(s, '-');
    if (!take_month(s, &month))
        return false;
    take_char(s, '.');
    take_char(s, '-');
    if (!take_year(s, &year) || year < 1 || day < 1 || day > days_of(month, year))
        return false;
    *day_r = day_number(year, month, day);
    return true;
}

/* hour ":" minute [ ":" second ] */
static bool take_time(struct span *s, int64_t *seconds_r)
{
    uint64_t hour, minute, second = 0;
    if (!take_number(s, 23, &hour) || !take_char(s, ':') ||
        !take_number(s, 59, &minute))
        return false;
    if (take_char(s, ':') && !take_number(s, 60, &second))
        return false;
    *seconds_r = (int64_t)(hour * 3600 + minute * 60 + second);
    return true;
}

bool date_read(struct span value, int64_t *time_r, int *minutes_r)
{
    int64_t day, seconds;
    if (!take_day(&value, &day) || !take_time(&value, &seconds) ||
        !take_zone(&value, minutes_r))
        return false;
    *time_r = day * 86400 + seconds - *minutes_r * 60;
    return true;
}
