/* progress - see progress.h. */
#include "cli/ftp/progress.h"

#include "cli/ftp/columns.h"

#include <sys/ioctl.h>
#include <unistd.h>

enum {
    DRAW_MS = 200,
    LINE_OCTETS_MAX = 8192,
    /* "  45%  12.3M  1.2M/s  0:12" */
    PERCENT_COLUMNS = 5,
    RATE_COLUMNS = SIZE_COLUMNS + 4,
    LEFT_COLUMNS = 9,
    FIGURES_COLUMNS = PERCENT_COLUMNS + SIZE_COLUMNS + 2 + RATE_COLUMNS + LEFT_COLUMNS,
    NAME_LEAST = 12,
    NAME_MOST = 40,
    BAR_LEAST = 10,
    ECHO_COLUMNS = 3, /* the cursor, and ^C */
};

/* ---- one line */

static int put_right(struct buf *b, const struct buf *text, unsigned columns)
{
    return buf_printf(b, "%*.*s", (int)columns, (int)text->len,
                      text->len ? text->at : "");
}

static bool has_size(const struct progress *p)
{
    return p->size != PROGRESS_UNKNOWN && p->size > 0 && p->done <= p->size;
}

/* A clock that jumps may make any rate. */
static uint64_t whole(double number)
{
    return number >= 0 && number < 1e18 ? (uint64_t)number : 0;
}

static int put_figures(struct buf *b, const struct progress *p)
{
    struct buf size = { .max = 64 }, rate = { .max = 64 }, left = { .max = 64 };
    int error = put_size(&size, p->done);
    if (!error)
        error = put_size(&rate, whole(p->rate));
    if (!error)
        error = buf_put(&rate, SPAN("/s"));
    if (!error && has_size(p) && p->rate >= 1)
        error = put_duration(&left, whole((double)(p->size - p->done) / p->rate));
    if (!error && has_size(p))
        error = buf_printf(b, "%*u%%", PERCENT_COLUMNS - 1,
                           (unsigned)((double)p->done * 100 / (double)p->size));
    else if (!error)
        error = buf_printf(b, "%*s", PERCENT_COLUMNS, "");
    if (!error)
        error = put_right(b, &size, SIZE_COLUMNS + 2);
    if (!error)
        error = put_right(b, &rate, RATE_COLUMNS);
    if (!error)
        error = put_right(b, &left, LEFT_COLUMNS);
    buf_free(&size);
    buf_free(&rate);
    buf_free(&left);
    return error;
}

static int put_bar(struct buf *b, const struct progress *p, unsigned columns)
{
    unsigned room = columns - 3; /* " [" and "]" */
    double part = has_size(p) ? (double)p->done / (double)p->size : 0;
    int error = buf_put(b, SPAN(" ["));
    for (unsigned i = 0; i < room && !error; i++)
        error = buf_put(b, i < (unsigned)(part * room) ? SPAN("#") : SPAN("."));
    return error ? error : buf_put(b, SPAN("]"));
}

int progress_line(struct buf *b, const struct progress *p, unsigned columns)
{
    if (columns < NAME_LEAST + FIGURES_COLUMNS)
        return put_fitted(b, p->name, columns);
    unsigned room = columns - FIGURES_COLUMNS;
    unsigned name = room < NAME_MOST ? room : NAME_MOST;
    if (room - name < BAR_LEAST) /* a bar would be a stump */
        name = room;
    int error = put_fitted(b, p->name, name);
    if (!error && room > name)
        error = put_bar(b, p, room - name);
    return error ? error : put_figures(b, p);
}

/* The rate of about the last three seconds; at first of all there were. */
void progress_measure(struct progress *p, uint64_t now)
{
    const double memory = 3;
    double seconds = (double)(now - p->looked_at) / (double)CLOCK_SECOND;
    if (seconds <= 0)
        return;
    double fresh = (double)(p->done - p->looked_done) / seconds;
    double weight = seconds / (p->seconds + seconds);
    p->rate = p->rate * (1 - weight) + fresh * weight;
    p->seconds = p->seconds + seconds < memory ? p->seconds + seconds : memory;
    p->looked_at = now;
    p->looked_done = p->done;
}

/* ---- the screen */

void screen_open(struct screen *s, FILE *to)
{
    const char *terminal = getenv("TERM");
    *s = (struct screen){ .fd = fileno(to) };
    bool can = isatty(s->fd) && !(terminal && strcmp(terminal, "dumb") == 0);
    s->to = can ? to : NULL;
    list_init(&s->transfers);
}

static struct winsize window(int fd)
{
    struct winsize w = { 0 };
    if (ioctl(fd, TIOCGWINSZ, &w) < 0 || w.ws_col == 0)
        w.ws_col = 80;
    if (w.ws_row == 0)
        w.ws_row = 24;
    return w;
}

/* Back to the first line; what was drawn goes. */
static void erase(struct screen *s)
{
    if (s->lines > 1)
        fprintf(s->to, "\033[%uA", s->lines - 1);
    if (s->lines > 0)
        fputs("\r\033[J", s->to);
    s->lines = 0;
}

static void draw(struct screen *s)
{
    struct winsize w = window(s->fd);
    unsigned columns = w.ws_col > ECHO_COLUMNS ? w.ws_col - ECHO_COLUMNS : 0;
    struct buf b = { .max = LINE_OCTETS_MAX };
    erase(s);
    LIST_FOR_EACH(link, &s->transfers)
    {
        struct progress *p = LIST_ENTRY(link, struct progress, link);
        progress_measure(p, s->drawn);
        buf_clear(&b);
        if (s->lines + 1 >= w.ws_row || progress_line(&b, p, columns) != 0)
            break;
        fprintf(s->to, "%s%.*s", s->lines ? "\n" : "", (int)b.len, b.at);
        s->lines++;
    }
    fflush(s->to);
    buf_free(&b);
}

void progress_begin(struct screen *s, struct progress *p, struct span name,
                    uint64_t size, uint64_t done)
{
    *p = (struct progress){ .name = name, .size = size, .done = done };
    p->looked_at = clock_now();
    p->looked_done = done;
    list_push(&s->transfers, &p->link);
}

void progress_is(struct screen *s, struct progress *p, uint64_t done)
{
    if (done < p->looked_done) /* it began anew */
        p->looked_done = done;
    p->done = done;
    uint64_t now = s->to ? clock_now() : 0;
    if (!s->to || now - s->drawn < DRAW_MS * CLOCK_MS)
        return;
    s->drawn = now;
    draw(s);
}

void progress_end(struct screen *s, struct progress *p)
{
    list_remove(&p->link);
    if (list_is_empty(&s->transfers))
        progress_hide(s);
}

void progress_hide(struct screen *s)
{
    if (!s->to || s->lines == 0)
        return;
    erase(s);
    fflush(s->to);
}
