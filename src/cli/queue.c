/* queue - packetboat queue: what waits to be sent on, and what is to be done with it. */
#include "cli/administer.h"

#include "base/clock.h"
#include "base/own.h"
#include "queue/queued.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* ---- which of them: all filters have to fit, each with the same recipient */

struct filter {
    struct span to, from, code;
    int64_t age; /* at least; seconds */
    uint32_t number;
};

static const struct {
    char letter;
    int64_t seconds;
} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };

static bool take_age(struct span said, int64_t *age_r)
{
    uint64_t number;
    if (!span_take_number(&said, UINT32_MAX, &number) || said.len != 1)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].letter == *said.at) {
            *age_r = (int64_t)number * units[i].seconds;
            return true;
        }
    return false;
}

static bool is_code(struct span said)
{
    bool good =
        said.len >= 1 && said.len <= 3 && said.at[0] >= '2' && said.at[0] <= '5';
    for (size_t i = 0; i < said.len; i++)
        good = good && said.at[i] >= '0' && said.at[i] <= '9';
    return good;
}

static bool take_filter(struct span word, struct filter *f)
{
    uint64_t number;
    if (span_take(&word, SPAN("to:"))) {
        f->to = word;
        return word.len > 0;
    }
    if (span_take(&word, SPAN("from:"))) {
        f->from = word;
        return word.len > 0;
    }
    if (span_take(&word, SPAN("code:"))) {
        f->code = word;
        return is_code(word);
    }
    if (span_take(&word, SPAN("age:")))
        return take_age(word, &f->age);
    if (!span_take_number(&word, UINT32_MAX, &number) || word.len > 0 || number == 0)
        return false;
    f->number = (uint32_t)number;
    return true;
}

/* Without regard to case, anywhere. */
static bool has(struct span text, struct span part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (span_is_nocase(span_first(span_skip(text, i), part.len), part))
            return true;
    return false;
}

static bool fits_recipient(const struct filter *f, const struct queued_recipient *r)
{
    char code[8];
    snprintf(code, sizeof code, "%u", r->status.code);
    return has(r->mailbox, f->to) &&
           (f->code.len == 0 ||
            (strlen(code) == 3 && span_is(span_at(code, f->code.len), f->code)));
}

static bool fits(const struct filter *f, uint32_t number, const struct queued *e)
{
    if (f->number && f->number != number)
        return false;
    if (!has(e->reverse_path, f->from) || (int64_t)clock_wall() - e->arrived < f->age)
        return false;
    for (uint32_t i = 0; i < e->count; i++)
        if (fits_recipient(f, &e->recipients[i]))
            return true;
    return f->to.len == 0 && f->code.len == 0;
}

/* ---- walking */

struct walk {
    const char *site;
    struct filter filter;
    int verb; /* enum queue_verb; -1: they are shown */
    bool whole;
    uint32_t *numbers; /* that fit */
    size_t count, room;
};

static int note(struct walk *w, uint32_t number)
{
    for (size_t i = w->count; i-- > 0 && w->count - i < 64;)
        if (w->numbers[i] == number)
            return 0; /* it was written while we walked */
    if (w->count == w->room) {
        size_t room = w->room ? 2 * w->room : 256;
        uint32_t *more = realloc(w->numbers, room * sizeof *more);
        if (!more)
            return -ENOMEM;
        w->numbers = more;
        w->room = room;
    }
    w->numbers[w->count++] = number;
    return 0;
}

static const char *time_words(int64_t seconds, char text_r[SIZE_TEXT])
{
    size_t i = sizeof units / sizeof *units;
    if (seconds < 0)
        seconds = 0;
    while (i > 1 && seconds < 2 * units[i - 1].seconds)
        i--;
    snprintf(text_r, SIZE_TEXT, "%" PRId64 "%c", seconds / units[i - 1].seconds,
             units[i - 1].letter);
    return text_r;
}

static void print_recipient(const struct queued_recipient *r, int64_t now, bool held)
{
    char next[SIZE_TEXT];
    printf("    <%.*s> ", SPAN_ARG(r->mailbox));
    if (r->fate == QUEUED_SENT)
        printf("sent");
    else if (r->fate == QUEUED_FAILED)
        printf("failed");
    else if (held || r->next <= now)
        printf("%s", held ? "held" : "due");
    else
        printf("next in %s", time_words(r->next - now, next));
    if (r->attempts > 0)
        printf(", %" PRIu32 " attempt%s", r->attempts, r->attempts == 1 ? "" : "s");
    if (r->status.code)
        printf(": %u", r->status.code);
    if (r->words.len > 0)
        printf("%s%.*s", r->status.code ? " " : ": ", SPAN_ARG(r->words));
    if (r->remote.len > 0)
        printf(" (%.*s)", SPAN_ARG(r->remote));
    putchar('\n');
}

static void print_more(const struct queued *e)
{
    char date[CLOCK_DATE_SIZE];
    clock_date(e->arrived, date);
    printf("    arrived %s, by session %016" PRIx64 ", message %" PRIx64 "\n", date,
           e->session, e->email);
    if (e->envid.len > 0)
        printf("    ENVID=%.*s\n", SPAN_ARG(e->envid));
}

static void print(const struct walk *w, const struct admin_queue_next_answer *a,
                  const struct queued *e)
{
    char size[SIZE_TEXT], age[SIZE_TEXT];
    int64_t now = (int64_t)clock_wall();
    printf("%-6" PRIu32 " %s octets, %s old, from <%.*s>%s\n", a->number,
           size_text(a->size, size), time_words(now - e->arrived, age),
           SPAN_ARG(e->reverse_path), a->trying ? ", being sent" : "");
    if (w->whole)
        print_more(e);
    for (uint32_t i = 0; i < e->count; i++)
        print_recipient(&e->recipients[i], now, e->held);
}

static int look_at(struct walk *w, const struct admin_queue_next_answer *a,
                   struct arena *arena)
{
    struct queued e;
    if (queued_take(a->envelope, arena, &e)) {
        printf("%-6" PRIu32 " cannot be read; see the events in DIR/log\n", a->number);
        return 0;
    }
    if (!fits(&w->filter, a->number, &e))
        return 0;
    size_t before = w->count;
    int error = note(w, a->number);
    if (!error && w->count > before && w->verb < 0)
        print(w, a, &e);
    return error;
}

static int walk(struct walk *w)
{
    OWN(arena_close)
    struct arena *arena = arena_open(ENVELOPE_MEMORY_MAX + MESSAGE_OCTETS_MAX);
    struct admin_queue_next_answer a = { 0 };
    int error = arena ? 0 : -ENOMEM;
    while (!error) {
        error = ask_admin_queue_next(&(struct admin_queue_next){ a.cursor }, &a, arena);
        if (!error)
            error = look_at(w, &a, arena);
        arena_reset(arena);
    }
    return error == -ENODATA ? 0 : error;
}

/* ---- doing */

static const char *const done_words[QUEUE_VERBS] = {
    [QUEUE_RETRY] = "tried now",  [QUEUE_HOLD] = "held",
    [QUEUE_RELEASE] = "released", [QUEUE_FAIL] = "given up; who sent them is told",
    [QUEUE_DROP] = "dropped",
};

static int act(const struct walk *w)
{
    size_t done = 0, gone = 0;
    struct admin_queue_do_answer answer;
    for (size_t i = 0; i < w->count; i++) {
        const struct admin_queue_do q = { w->numbers[i], (uint8_t)w->verb };
        int error = ask_admin_queue_do(&q, &answer, NULL);
        done += error == 0;
        gone += error == -ENOENT; /* it has been sent meanwhile */
        if (error == -EBUSY)
            cli_fail("%" PRIu32 " is being sent just now: try again", q.number);
        else if (error == -EPERM)
            cli_fail("%" PRIu32 " is held: release it first", q.number);
        else if (error && error != -ENOENT)
            return explain_error(error);
    }
    printf("%zu of %zu %s.\n", done, w->count - gone, done_words[w->verb]);
    return done + gone == w->count ? EXIT_SUCCESS : EXIT_FAILURE_;
}

static int on_fiber(void *arg)
{
    struct walk *w = arg;
    int error = cli_control(w->site);
    if (error)
        return cli_fail("no server runs in %s (%s); start it: packetboat serve",
                        w->site, strerror(-error));
    error = walk(w);
    int code = error == -ENOENT
                   ? cli_fail("packetboat.conf has no section relay: there is no queue")
                   : explain_error(error);
    if (!error && w->filter.number && w->count == 0)
        code = cli_fail("%" PRIu32 " is not in the queue (any more)", w->filter.number);
    else if (!error && w->verb >= 0)
        code = act(w);
    cli_disconnect();
    free(w->numbers);
    return code;
}

static int run(const struct words *words, int verb)
{
    struct walk w = { .site = words->site, .verb = verb };
    w.whole = verb < 0 && strcmp(words->subcommand, "show") == 0;
    for (int i = 0; i < words->count; i++)
        if (!(verb >= 0 && strcmp(words->at[i], "all") == 0) &&
            !take_filter(span_of(words->at[i]), &w.filter))
            return wrong_words(words,
                               "\"%s\" is no number of the queue's and no filter",
                               words->at[i]);
    return cli_on_fiber(on_fiber, &w);
}

static int list(const struct words *w)
{
    return run(w, -1);
}

#define VERB(name, verb)                                                               \
    static int name(const struct words *w)                                             \
    {                                                                                  \
        return run(w, verb);                                                           \
    }
VERB(retry, QUEUE_RETRY)
VERB(hold, QUEUE_HOLD)
VERB(release, QUEUE_RELEASE)
VERB(fail, QUEUE_FAIL)
VERB(drop, QUEUE_DROP)

/* clang-format off */
static const struct subcommand subcommands[] = {
    { "list",    0, 8, list },
    { "show",    1, 8, list },
    { "retry",   1, 8, retry },
    { "hold",    1, 8, hold },
    { "release", 1, 8, release },
    { "fail",    1, 8, fail },
    { "drop",    1, 8, drop },
    { 0 },
};
/* clang-format on */

int cli_queue(int argc, char **argv)
{
    const char *site = cli_site(&argc, argv);
    if (!cli_words(&argc, argv, 1, 9))
        return EXIT_USAGE;
    return run_subcommand(subcommands, site, argc, argv);
}
