/* listing_other - the forms of Windows (IIS), EPLF and VMS. */
#include "ftp/listing_forms.h"

/* ---- Windows: "11-21-26  09:30PM       <DIR>          name" */

/* MM-DD-YY, MM-DD-YYYY, YYYY-MM-DD, with "-" or "/". */
static bool windows_day(struct span word, unsigned t[6])
{
    uint64_t n[3];
    const char *mark = span_find(word, '/') < word.len ? "/" : "-";
    for (int i = 0; i < 3; i++)
        if ((i > 0 && !span_take(&word, span_of(mark))) ||
            !span_take_number(&word, 9999, &n[i]))
            return false;
    bool year_first = n[0] > 31;
    uint64_t year = year_first ? n[0] : n[2];
    t[0] = (unsigned)(year < 70 ? 2000 + year : year < 100 ? 1900 + year : year);
    t[1] = (unsigned)(year_first ? n[1] : n[0]);
    t[2] = (unsigned)(year_first ? n[2] : n[1]);
    return word.len == 0;
}

bool listing_windows(struct span line, int64_t now, struct ftp_entry *e)
{
    (void)now;
    unsigned t[6];
    if (!windows_day(listing_word(&line), t) || !listing_clock(listing_word(&line), t))
        return false;
    struct span before = line, word = listing_word(&line);
    bool is_half = span_is_nocase(word, SPAN("AM")) || span_is_nocase(word, SPAN("PM"));
    if (is_half)
        t[3] = t[3] % 12 + (word.at[0] == 'P' || word.at[0] == 'p' ? 12 : 0);
    else
        line = before;
    e->has_time = listing_time(t, &e->time);
    word = listing_word(&line);
    e->type = FTP_FILE;
    if (span_is(word, SPAN("<DIR>")) || span_is(word, SPAN("<JUNCTION>")) ||
        span_is(word, SPAN("<SYMLINKD>")))
        e->type = FTP_DIRECTORY;
    else if (!listing_number(word, &e->size))
        return false;
    else
        e->has_size = true;
    /* Columns: a directory's name begins behind ten spaces, a file's behind one. */
    while (e->type == FTP_DIRECTORY ? span_take(&line, SPAN(" ")) : false)
        ;
    if (e->type == FTP_FILE && !span_take(&line, SPAN(" ")))
        return false;
    e->name = line;
    return e->has_time;
}

/* ---- EPLF: "+i8388621.29609,m824255902,/,<TAB>name" */

static void eplf_fact(struct span fact, struct ftp_entry *e)
{
    if (span_is(fact, SPAN("/")))
        e->type = FTP_DIRECTORY;
    else if (fact.at[0] == 's')
        e->has_size = listing_number(span_skip(fact, 1), &e->size);
    else if (fact.at[0] == 'i')
        e->unique = span_skip(fact, 1);
    else if (fact.at[0] == 'm') {
        uint64_t time = 0;
        e->has_time = e->time_is_exact = listing_number(span_skip(fact, 1), &time);
        e->time = (int64_t)time;
    }
}

bool listing_eplf(struct span line, int64_t now, struct ftp_entry *e)
{
    (void)now;
    if (!span_take(&line, SPAN("+")))
        return false;
    size_t tab = span_find(line, '\t');
    if (tab == line.len)
        return false;
    struct span facts = span_first(line, tab);
    e->type = FTP_OTHER;
    while (facts.len > 0) {
        size_t comma = span_find(facts, ',');
        struct span fact = span_first(facts, comma);
        if (span_is(fact, SPAN("r")))
            e->type = FTP_FILE;
        else if (comma > 0)
            eplf_fact(fact, e);
        facts = span_skip(facts, comma < facts.len ? comma + 1 : comma);
    }
    e->name = span_skip(line, tab + 1);
    return true;
}

/* ---- VMS: "README.TXT;4   18/20   21-NOV-2026 09:30:15  [ANONYMOUS]  (RWED,RWED,RE,)" */

static bool vms_day(struct span word, unsigned t[6])
{
    uint64_t day, year;
    if (!span_take_number(&word, 31, &day) || !span_take(&word, SPAN("-")) ||
        word.len < 4 || !listing_month(span_first(word, 3), &t[1]))
        return false;
    word = span_skip(word, 3);
    t[2] = (unsigned)day;
    if (!span_take(&word, SPAN("-")) || !span_take_number(&word, 9999, &year))
        return false;
    t[0] = (unsigned)year;
    return word.len == 0;
}

/* The version goes; so does the type of a directory, ".DIR". */
static void vms_name(struct span name, struct ftp_entry *e)
{
    struct span end = SPAN(".DIR");
    name.len = span_find(name, ';');
    if (name.len > end.len &&
        span_is_nocase(span_skip(name, name.len - end.len), end)) {
        name.len -= end.len;
        e->type = FTP_DIRECTORY;
    }
    e->name = name;
}

bool listing_vms(struct span line, int64_t now, struct ftp_entry *e)
{
    (void)now;
    unsigned t[6] = { 0 };
    uint64_t blocks;
    struct span name = listing_word(&line);
    size_t version = span_find(name, ';');
    if (version == 0 || version >= name.len - (name.len > 0))
        return false;
    struct span size = listing_word(&line);
    size.len = span_find(size, '/');
    if (!listing_number(size, &blocks) || blocks > INT64_MAX / 512 ||
        !vms_day(listing_word(&line), t))
        return false;
    struct span owner = line;
    if (listing_clock(listing_word(&line), t))
        owner = line;
    e->has_time = listing_time(t, &e->time);
    e->owner = listing_word(&owner);
    vms_name(name, e);
    /* Blocks of 512 octets: how large it is about, which is no size. */
    return e->has_time;
}
