/* listing_read - see listing_read.h: which of the forms a line has, and that form. */
#include "ftp/listing_read.h"

#include "ftp/listing_forms.h"

/* ---- time */

static int64_t days_before_year(int64_t year)
{
    year--;
    return year * 365 + year / 4 - year / 100 + year / 400;
}

static bool is_leap(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool listing_time(const unsigned t[6], int64_t *time_r)
{
    static const unsigned before[13] = { 0,   31,  59,  90,  120, 151, 181,
                                         212, 243, 273, 304, 334, 365 };
    if (t[0] < 1601 || t[0] > 9999 || t[1] < 1 || t[1] > 12 || t[2] < 1)
        return false;
    unsigned length = before[t[1]] - before[t[1] - 1] + (t[1] == 2 && is_leap(t[0]));
    if (t[2] > length || t[3] > 23 || t[4] > 59 || t[5] > 60)
        return false;
    int64_t days = days_before_year(t[0]) - days_before_year(1970) + before[t[1] - 1] +
                   (t[1] > 2 && is_leap(t[0])) + t[2] - 1;
    *time_r = days * 86400 + t[3] * 3600 + t[4] * 60 + t[5];
    return true;
}

unsigned listing_year(int64_t time)
{
    unsigned year = time < 0 ? 1970 : (unsigned)(1970 + time / 86400 / 366);
    while (days_before_year(year + 1) - days_before_year(1970) <= time / 86400)
        year++;
    return year;
}

/* ---- words */

struct span listing_word(struct span *rest)
{
    while (rest->len > 0 && (rest->at[0] == ' ' || rest->at[0] == '\t'))
        *rest = span_skip(*rest, 1);
    size_t n = 0;
    while (n < rest->len && rest->at[n] != ' ' && rest->at[n] != '\t')
        n++;
    struct span word = span_first(*rest, n);
    *rest = span_skip(*rest, n);
    return word;
}

bool listing_number(struct span word, uint64_t *number_r)
{
    uint64_t number;
    if (!span_take_number(&word, INT64_MAX, &number) || word.len > 0)
        return false;
    *number_r = number;
    return true;
}

bool listing_month(struct span word, unsigned *month_r)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (unsigned i = 0; word.len == 3 && i < 12; i++)
        if (span_is_nocase(word, span_at(names + (size_t)i * 3, 3))) {
            *month_r = i + 1;
            return true;
        }
    return false;
}

bool listing_clock(struct span word, unsigned t[6])
{
    uint64_t hour, minute, second = 0;
    if (!span_take_number(&word, 23, &hour) || !span_take(&word, SPAN(":")) ||
        !span_take_number(&word, 59, &minute))
        return false;
    if (span_take(&word, SPAN(":")) && !span_take_number(&word, 60, &second))
        return false;
    t[3] = (unsigned)hour;
    t[4] = (unsigned)minute;
    t[5] = (unsigned)second;
    /* "09:30PM" and "9:30 AM" are Windows's; what stands behind is its own to judge. */
    if (word.len >= 2 && (word.at[1] == 'M' || word.at[1] == 'm')) {
        bool after_noon = word.at[0] == 'P' || word.at[0] == 'p';
        t[3] = t[3] % 12 + (after_noon ? 12 : 0);
        word = span_skip(word, 2);
    }
    return word.len == 0 || word.at[0] == '.';
}

/* ---- names */

/* ASCII's, and U+0080 to U+009F, which terminals obey too. */
static bool is_control(struct span name, size_t at)
{
    unsigned char c = (unsigned char)name.at[at];
    return c < ' ' || c == 127 ||
           (c == 0xc2 && at + 1 < name.len && (unsigned char)name.at[at + 1] < 0xa0);
}

bool name_is_single(struct span name)
{
    if (name.len == 0 || name.len > 255 || span_is(name, SPAN(".")) ||
        span_is(name, SPAN("..")))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.at[i] == '/' || is_control(name, i))
            return false;
    return true;
}

/* ---- the forms */

bool listing_read(struct span line, int64_t now, struct ftp_entry *entry_r)
{
    static bool (*const forms[])(struct span, int64_t, struct ftp_entry *) = {
        listing_eplf, listing_unix, listing_windows, listing_vms, listing_netware,
    };
    while (line.len > 0 &&
           (line.at[line.len - 1] == '\r' || line.at[line.len - 1] == 0))
        line.len--;
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        struct ftp_entry e = { .type = FTP_FILE };
        if (forms[i](line, now, &e) && e.name.len > 0) {
            *entry_r = e;
            return true;
        }
    }
    return false;
}
