/* wire_show - see wire_show.h. */
#include "cli/wire_show.h"

#include "base/log.h"
#include "base/ring.h"

#include <inttypes.h>
#include <time.h>

enum {
    TEXT_SIZE = 4 * RECORD_TEXT_MAX + 8, /* every octet may become \xNN */
};

/* clang-format off */
static const struct {
    const char *mark, *colour;
} marks[RECORD_KINDS] = {
    [RECORD_OPEN]   = { "",    "\033[1m" },  /* bold */
    [RECORD_CLIENT] = { "C: ", "\033[36m" }, /* cyan */
    [RECORD_SERVER] = { "S: ", "\033[32m" }, /* green */
    [RECORD_NOTE]   = { "   ", "\033[2m" },  /* dim */
    [RECORD_CLOSE]  = { "-- ", "\033[2m" },
    [RECORD_EVENT]  = { "!! ", "\033[33m" }, /* yellow */
    [RECORD_ACCOUNT] = { "   account ", "\033[2m" },
};
/* clang-format on */

static const char plain[] = "\033[0m";

/* A session keeps its colour: one of six, by its id. */
static void put_id(struct show *s, uint64_t session)
{
    if (s->colour)
        fprintf(s->to, "\033[%dm", 31 + (int)(session % 6));
    fprintf(s->to, "%08" PRIx64, session >> 32);
    fputs(s->colour ? "\033[0m " : " ", s->to);
}

static void put_time(struct show *s, int64_t wall_us)
{
    time_t seconds = wall_us / 1000000;
    struct tm t = { 0 };
    localtime_r(&seconds, &t);
    int day = t.tm_year * 1000 + t.tm_yday;
    if (day != s->day)
        fprintf(s->to, "%04d-%02d-%02d\n", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday);
    s->day = day;
    fprintf(s->to, "%02d:%02d:%02d.%03d ", t.tm_hour, t.tm_min, t.tm_sec,
            (int)(wall_us / 1000 % 1000));
}

/* ---- one line */

static void put_result(const struct show *s, unsigned result)
{
    static const char *const names[] = { "refused", "error", "dropped" };
    const char *before = " [";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (result & 1U << i) {
            fprintf(s->to, "%s%s", before, names[i]);
            before = ", ";
        }
    putc(']', s->to);
}

static void put_text(struct show *s, const struct record *r, struct span text)
{
    char clean[TEXT_SIZE];
    log_clean(text, clean, sizeof clean);
    if (s->colour)
        fputs(marks[r->kind].colour, s->to);
    fputs(marks[r->kind].mark, s->to);
    if (r->kind == RECORD_EVENT)
        fprintf(s->to, "%s: ", log_level_name((enum log_level)r->level));
    fputs(clean, s->to);
    if (r->kind == RECORD_CLOSE && r->level)
        put_result(s, r->level);
    fputs(s->colour ? plain : "", s->to);
    putc('\n', s->to);
}

void show_record(struct show *s, const struct record *r, struct span text)
{
    if (r->kind >= RECORD_KINDS || !marks[r->kind].mark || r->session == 0 ||
        (r->kind == RECORD_EVENT && r->level > LOG_DEBUG))
        return;
    put_time(s, r->wall_us);
    put_id(s, r->session);
    put_text(s, r, text);
}
