/* listing_unix - what ls -l prints, and the many that print like it; NetWare's too. */
#include "ftp/listing_forms.h"

/* ---- "-rwxr-sr-t" */

static bool type_of(char c, enum ftp_type *type_r)
{
    if (c == '\0' || !strchr("-dlbcpsDPC", c))
        return false;
    *type_r = c == '-' || c == 'C'   ? FTP_FILE
              : c == 'd' || c == 'D' ? FTP_DIRECTORY
              : c == 'l'             ? FTP_LINK
                                     : FTP_OTHER;
    return true;
}

/* Three letters of one class; special: the bit that s or t stands for. */
static bool take_class(const char *c, unsigned special, unsigned shift, unsigned *mode)
{
    if (!strchr("r-", c[0]) || !strchr("w-", c[1]) || !strchr("x-sStTlL", c[2]))
        return false;
    unsigned bits =
        (c[0] == 'r') * 4u + (c[1] == 'w') * 2u + (strchr("xst", c[2]) != NULL);
    *mode |= bits << shift;
    if (strchr("sStTlL", c[2]))
        *mode |= special;
    return true;
}

/* With "+", "." or "@" behind it (ACLs), which says nothing here. */
static bool take_mode(struct span word, struct ftp_entry *e)
{
    if (word.len < 10 || word.len > 11 || memchr(word.at, 0, word.len) ||
        !type_of(word.at[0], &e->type))
        return false;
    e->mode = 0;
    e->has_mode = take_class(word.at + 1, 04000, 6, &e->mode) &&
                  take_class(word.at + 4, 02000, 3, &e->mode) &&
                  take_class(word.at + 7, 01000, 0, &e->mode);
    return e->has_mode;
}

/* ---- the date */

static bool day_or_year(struct span word, uint64_t most, unsigned *number_r)
{
    uint64_t number;
    if (!listing_number(word, &number) || number > most)
        return false;
    *number_r = (unsigned)number;
    return true;
}

/* "2026-11-21", with a time behind it. */
static bool iso_date(struct span day, struct span *rest, struct ftp_entry *e)
{
    unsigned t[6] = { 0 };
    uint64_t n[3];
    if (!span_take_number(&day, 9999, &n[0]) || !span_take(&day, SPAN("-")) ||
        !span_take_number(&day, 12, &n[1]) || !span_take(&day, SPAN("-")) ||
        !span_take_number(&day, 31, &n[2]) || day.len > 0)
        return false;
    for (int i = 0; i < 3; i++)
        t[i] = (unsigned)n[i];
    struct span before = *rest, zone;
    if (!listing_clock(listing_word(rest), t))
        *rest = before;
    before = *rest;
    zone = listing_word(rest); /* --full-time has one */
    if (zone.len != 5 || (zone.at[0] != '+' && zone.at[0] != '-'))
        *rest = before;
    e->has_time = listing_time(t, &e->time);
    return e->has_time;
}

/* A day this year, unless that is still to come: then last year's. */
static bool without_year(unsigned t[6], int64_t now, struct ftp_entry *e)
{
    t[0] = listing_year(now + 86400);
    e->has_time = listing_time(t, &e->time);
    if (e->has_time && e->time <= now + 86400)
        return true;
    t[0]--;
    e->has_time = listing_time(t, &e->time);
    return e->has_time;
}

bool listing_unix_time(struct span *rest, int64_t now, struct ftp_entry *e)
{
    unsigned t[6] = { 0 };
    struct span first = listing_word(rest), second, third;
    bool made = false;
    if (iso_date(first, rest, e)) {
        made = true;
    } else {
        second = listing_word(rest);
        third = listing_word(rest);
        bool named = (listing_month(first, &t[1]) && day_or_year(second, 31, &t[2])) ||
                     (listing_month(second, &t[1]) && day_or_year(first, 31, &t[2]));
        if (named && day_or_year(third, 9999, &t[0]))
            made = e->has_time = listing_time(t, &e->time);
        else if (named && listing_clock(third, t))
            made = without_year(t, now, e);
    }
    return made && span_take(rest, SPAN(" "));
}

/* ---- the line */

/* Words before the date: links, owner, group, size, or some of them; the last is the
 * size.  "8, 1" of a device is none. */
static bool take_size(const struct span words[], unsigned count, struct ftp_entry *e)
{
    e->has_size = listing_number(words[count - 1], &e->size) && e->type != FTP_OTHER;
    bool links = count > 2 && listing_number(words[0], &(uint64_t){ 0 });
    if (count > 2 + (unsigned)links)
        e->group = words[count - 2];
    if (count > 1 + (unsigned)links)
        e->owner = words[links];
    return e->has_size || e->type == FTP_OTHER;
}

static void take_target(struct ftp_entry *e)
{
    struct span arrow = SPAN(" -> ");
    const char *at = e->type == FTP_LINK
                         ? memmem(e->name.at, e->name.len, arrow.at, arrow.len)
                         : NULL;
    if (!at)
        return;
    size_t n = (size_t)(at - e->name.at);
    e->target = span_skip(e->name, n + arrow.len);
    e->name.len = n;
}

/* Up to six words stand between the mode and the date: the first place where a date can
 * be read, with a size before it, is it. */
bool listing_unix(struct span line, int64_t now, struct ftp_entry *e)
{
    struct span words[7];
    struct span first = listing_word(&line);
    if (!take_mode(first, e))
        return false;
    for (unsigned count = 1; count < 7; count++) {
        words[count - 1] = listing_word(&line);
        if (words[count - 1].len == 0)
            return false;
        struct span rest = line;
        if (listing_unix_time(&rest, now, e) && take_size(words, count, e)) {
            e->name = rest;
            take_target(e);
            return true;
        }
    }
    return false;
}

/* "d [RWCEAFMS] rcodato 512 Nov 21 09:30 mail" */
bool listing_netware(struct span line, int64_t now, struct ftp_entry *e)
{
    struct span type = listing_word(&line), rights = listing_word(&line);
    if (type.len != 1 || !strchr("d-", type.at[0]) || rights.len < 2 ||
        rights.at[0] != '[' || rights.at[rights.len - 1] != ']')
        return false;
    e->type = type.at[0] == 'd' ? FTP_DIRECTORY : FTP_FILE;
    e->owner = listing_word(&line);
    e->has_size = listing_number(listing_word(&line), &e->size);
    if (!e->has_size || !listing_unix_time(&line, now, e))
        return false;
    e->name = line;
    return true;
}
