/* RFC 9051 §9: date and date-time. */
#include "imap/grammar.h"

#include <inttypes.h>

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

enum { DAY_SECONDS = 24 * 60 * 60 };

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Leap days before that year, counted from the year 1 on. */
static int64_t leap_days(int64_t year)
{
    return (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400;
}

int64_t imap_day(int year, int month, int day)
{
    int64_t days = (int64_t)(year - 1970) * 365 + leap_days(year) - leap_days(1970);

    for (int m = 1; m < month; m++)
        days += days_of_month(year, m);
    return days + day - 1;
}

static bool take_digits(struct span *rest, size_t most, int *number_r)
{
    size_t n = 0;

    *number_r = 0;
    for (; n < rest->len && n < most && rest->at[n] >= '0' && rest->at[n] <= '9'; n++)
        *number_r = *number_r * 10 + (rest->at[n] - '0');
    *rest = span_skip(*rest, n);
    return n > 0;
}

/* So many digits, neither more nor less. */
static bool take_exactly(struct span *rest, size_t count, int *number_r)
{
    size_t before = rest->len;
    return take_digits(rest, count, number_r) && before - rest->len == count;
}

/* date-month */
static bool take_month(struct span *rest, int *month_r)
{
    for (int m = 1; m <= 12; m++) {
        struct span name = span_at(months + (m - 1) * 3, 3);
        if (span_starts_nocase(*rest, name)) {
            *rest = span_skip(*rest, 3);
            *month_r = m;
            return true;
        }
    }
    return false;
}

/* date-month "-" date-year, behind the day and "-". */
static bool take_month_and_year(struct span *rest, int day, int64_t *day_r)
{
    int month, year;

    if (!span_take(rest, SPAN("-")) || !take_month(rest, &month) ||
        !span_take(rest, SPAN("-")) || !take_exactly(rest, 4, &year) || year == 0 ||
        day == 0 || day > days_of_month(year, month))
        return false;
    *day_r = imap_day(year, month, day);
    return true;
}

/* date = date-text / DQUOTE date-text DQUOTE */
bool imap_take_date(struct span *rest, int64_t *day_r)
{
    bool quoted = span_take(rest, SPAN("\""));
    int day;

    return take_digits(rest, 2, &day) && take_month_and_year(rest, day, day_r) &&
           (!quoted || span_take(rest, SPAN("\"")));
}

/* time = 2DIGIT ":" 2DIGIT ":" 2DIGIT */
static bool take_time(struct span *rest, int64_t *seconds_r)
{
    int hour, minute, second;

    if (!take_exactly(rest, 2, &hour) || !span_take(rest, SPAN(":")) ||
        !take_exactly(rest, 2, &minute) || !span_take(rest, SPAN(":")) ||
        !take_exactly(rest, 2, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    *seconds_r = hour * 3600 + minute * 60 + second;
    return true;
}

/* zone = ("+" / "-") 4DIGIT */
static bool take_zone(struct span *rest, int64_t *seconds_r)
{
    bool west = span_take(rest, SPAN("-"));
    int hours, minutes;

    if ((!west && !span_take(rest, SPAN("+"))) || !take_exactly(rest, 2, &hours) ||
        !take_exactly(rest, 2, &minutes) || minutes > 59)
        return false;
    *seconds_r = (west ? -60 : 60) * (hours * 60 + minutes);
    return true;
}

/* date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE;
 * date-day-fixed = (SP DIGIT) / 2DIGIT */
bool imap_take_date_time(struct span *rest, int64_t *time_r)
{
    int64_t days, seconds, zone;
    int day;

    if (!span_take(rest, SPAN("\"")) ||
        !take_exactly(rest, span_take(rest, SPAN(" ")) ? 1 : 2, &day) ||
        !take_month_and_year(rest, day, &days) || !span_take(rest, SPAN(" ")) ||
        !take_time(rest, &seconds) || !span_take(rest, SPAN(" ")) ||
        !take_zone(rest, &zone) || !span_take(rest, SPAN("\"")))
        return false;
    *time_r = days * DAY_SECONDS + seconds - zone;
    return true;
}

/* In UTC: where a message came in is not where its reader is. */
int imap_put_date_time(struct buf *b, int64_t time)
{
    const int64_t first = imap_day(1, 1, 1), end = imap_day(10000, 1, 1);
    int64_t seconds = (time % DAY_SECONDS + DAY_SECONDS) % DAY_SECONDS;
    int64_t day = (time - seconds) / DAY_SECONDS;

    day = day < first ? first : day >= end ? end - 1 : day;
    int year = (int)((day - first) / 366) + 1, month = 1;
    while (imap_day(year + 1, 1, 1) <= day)
        year++;
    while (month < 12 && imap_day(year, month + 1, 1) <= day)
        month++;
    return buf_printf(b, "\"%2" PRId64 "-%.3s-%04d %02d:%02d:%02d +0000\"",
                      day - imap_day(year, month, 1) + 1, months + (month - 1) * 3,
                      year, (int)(seconds / 3600), (int)(seconds / 60 % 60),
                      (int)(seconds % 60));
}
