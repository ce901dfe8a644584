/* facts_read - see facts_read.h. */
#include "ftp/facts_read.h"

/* ---- time-val, RFC 3659 §2.3 */

static bool take_digits(struct span *text, unsigned count, unsigned *number_r)
{
    unsigned number = 0;
    if (text->len < count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        char c = text->at[i];
        if (c < '0' || c > '9')
            return false;
        number = number * 10 + (unsigned)(c - '0');
    }
    *text = span_skip(*text, count);
    *number_r = number;
    return true;
}

bool time_val_read(struct span text, int64_t *time_r)
{
    unsigned t[6];
    if (!take_digits(&text, 4, &t[0]))
        return false;
    for (int i = 1; i < 6; i++)
        if (!take_digits(&text, 2, &t[i]))
            return false;
    if (span_take(&text, SPAN("."))) {
        unsigned digit;
        if (!take_digits(&text, 1, &digit))
            return false;
        while (take_digits(&text, 1, &digit))
            ;
    }
    return text.len == 0 && listing_time(t, time_r);
}

/* ---- the facts, §7.5 */

/* §7.5.1: "file", "cdir", "pdir", "dir", and "OS.name=type" as servers have it. */
static enum ftp_type type_of(struct span value, struct span *target_r)
{
    static const struct {
        const char *name;
        enum ftp_type type;
    } types[] = { { "file", FTP_FILE },
                  { "dir", FTP_DIRECTORY },
                  { "cdir", FTP_HERE },
                  { "pdir", FTP_ABOVE },
                  { "OS.unix=symlink", FTP_LINK },
                  { "OS.unix=slink", FTP_LINK } };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (span_is_nocase(value, span_of(types[i].name)))
            return types[i].type;
    struct span slink = SPAN("OS.unix=slink:");
    if (!span_starts_nocase(value, slink))
        return FTP_OTHER;
    *target_r = span_skip(value, slink.len);
    return FTP_LINK;
}

static bool octal_read(struct span text, unsigned *mode_r)
{
    unsigned mode = 0;
    if (text.len == 0 || text.len > 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '7')
            return false;
        mode = mode * 8 + (unsigned)(text.at[i] - '0');
    }
    *mode_r = mode & 07777;
    return true;
}

static bool number_read(struct span text, uint64_t *number_r)
{
    uint64_t number;
    if (!span_take_number(&text, INT64_MAX, &number) || text.len > 0)
        return false;
    *number_r = number;
    return true;
}

static void take_fact(struct ftp_entry *e, struct span name, struct span value)
{
    if (span_is_nocase(name, SPAN("type")))
        e->type = type_of(value, &e->target);
    else if (span_is_nocase(name, SPAN("size")))
        e->has_size = number_read(value, &e->size);
    else if (span_is_nocase(name, SPAN("modify")))
        e->has_time = e->time_is_exact = time_val_read(value, &e->time);
    else if (span_is_nocase(name, SPAN("unix.mode")))
        e->has_mode = octal_read(value, &e->mode);
    else if (span_is_nocase(name, SPAN("unix.owner")) ||
             span_is_nocase(name, SPAN("unix.ownername")))
        e->owner = value;
    else if (span_is_nocase(name, SPAN("unix.group")) ||
             span_is_nocase(name, SPAN("unix.groupname")))
        e->group = value;
    else if (span_is_nocase(name, SPAN("perm")))
        e->perm = value;
    else if (span_is_nocase(name, SPAN("unique")))
        e->unique = value;
}

bool facts_read(struct span line, struct ftp_entry *entry_r)
{
    struct ftp_entry e = { .type = FTP_OTHER };
    bool any = false;
    while (line.len > 0 && line.at[0] != ' ') {
        size_t semicolon = span_find(line, ';');
        size_t equals = span_find(line, '=');
        if (semicolon == line.len || equals > semicolon)
            return false;
        take_fact(&e, span_first(line, equals),
                  span_at(line.at + equals + 1, semicolon - equals - 1));
        line = span_skip(line, semicolon + 1);
        any = true;
    }
    if (!span_take(&line, SPAN(" ")) || line.len == 0)
        return false;
    if (!any)
        e.type = FTP_FILE;
    e.name = line;
    *entry_r = e;
    return true;
}
