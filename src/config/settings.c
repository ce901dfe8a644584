/* long: what is read, what is usual and what is sound of one struct stand together */
#include "config/settings.h"

#include "config/comments.h"
#include "config/word.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>

/* ---- numbers: one table for defaults, parsing and the check of a foreign block */

struct number {
    const char *name;
    size_t offset, size;
    uint64_t usual, least, most;
    bool octets; /* K, M and G may follow */
};

#define NUMBER(field)                                                                  \
#field, offsetof(struct settings, field), sizeof(((struct settings *)0)->field)

/* clang-format off */
static const struct number numbers[] = {
    { NUMBER(mx_copies),            0, 0, COPIES_MAX, false },
    { NUMBER(sessions),             SESSIONS_MAX, 1, SESSIONS_MOST, false },
    { NUMBER(message_size),         MESSAGE_SIZE, MESSAGE_SIZE_LEAST, MESSAGE_SIZE_MOST, true },
    { NUMBER(journal_segment),      JOURNAL_SEGMENT, JOURNAL_SEGMENT_LEAST, JOURNAL_SEGMENT_MOST, true },
    { NUMBER(compact_from),         COMPACT_FROM, COMPACT_FROM_LEAST, COMPACT_FROM_MOST, true },
    { NUMBER(uid_base),             UID_BASE, UID_BASE_LEAST, UID_BASE_MOST, false },
    { NUMBER(smtp_command_seconds), SMTP_COMMAND_SECONDS, 1, SMTP_COMMAND_SECONDS, false },
    { NUMBER(smtp_data_seconds),    SMTP_DATA_SECONDS, 1, SMTP_DATA_SECONDS, false },
    { NUMBER(pop3_idle_seconds),    POP3_IDLE_SECONDS, 1, POP3_IDLE_SECONDS, false },
    { NUMBER(pop3_expire),          POP3_EXPIRE_NEVER, 0, POP3_EXPIRE_NEVER, false },
    { NUMBER(pop3_login_delay),     0, 0, POP3_LOGIN_DELAY_MOST, false },
    { NUMBER(handshake_seconds),    TLS_HANDSHAKE_SECONDS, 1, TLS_HANDSHAKE_SECONDS, false },
    { NUMBER(login_seconds),        LOGIN_SECONDS, 1, LOGIN_SECONDS, false },
    { NUMBER(send_seconds),         SEND_SECONDS, 1, SEND_SECONDS, false },
    { NUMBER(ask_seconds),          ASK_SECONDS, 1, ASK_SECONDS, false },
};
/* In the section source. */
static const struct number source_numbers[] = {
    { "sessions", offsetof(struct settings, source.sessions), sizeof(uint32_t), SOURCE_SESSIONS, 1, SESSIONS_MOST, false },
    { "network_sessions", offsetof(struct settings, source.network_sessions), sizeof(uint32_t), SOURCE_NETWORK_SESSIONS, 1, SESSIONS_MOST, false },
};
static const struct number penalty_numbers[] = {
    { "failures", offsetof(struct settings, penalty.failures), sizeof(uint32_t), PENALTY_FAILURES, 1, PENALTY_FAILURES_MOST, false },
    { "seconds", offsetof(struct settings, penalty.seconds), sizeof(uint32_t), PENALTY_SECONDS, 1, PENALTY_SECONDS_MOST, false },
};
/* clang-format on */

enum {
    NUMBERS = sizeof numbers / sizeof *numbers,
    SOURCE_NUMBERS = sizeof source_numbers / sizeof *source_numbers,
    PENALTY_NUMBERS = sizeof penalty_numbers / sizeof *penalty_numbers,
    OPTIONS = NUMBERS + 7,
};

/* All of them, section by section. */
static const struct {
    const char *section; /* as libconfuse calls it */
    const struct number *rows;
    size_t count;
} tables[] = {
    { "root", numbers, NUMBERS },
    { "source", source_numbers, SOURCE_NUMBERS },
    { "penalty", penalty_numbers, PENALTY_NUMBERS },
};
enum { TABLES = sizeof tables / sizeof *tables };

static const char *const plaintext_words[] = { "never", "loopback" };

static void number_put(struct settings *s, const struct number *n, uint64_t value)
{
    char *at = (char *)s + n->offset;
    if (n->size == sizeof(uint64_t))
        memcpy(at, &value, sizeof value);
    else
        memcpy(at, &(uint32_t){ (uint32_t)value }, sizeof(uint32_t));
}

static uint64_t number_get(const struct settings *s, const struct number *n)
{
    const char *at = (const char *)s + n->offset;
    uint64_t large;
    uint32_t small;
    if (n->size == sizeof large) {
        memcpy(&large, at, sizeof large);
        return large;
    }
    memcpy(&small, at, sizeof small);
    return small;
}

void settings_default(struct settings *s)
{
    memset(s, 0, sizeof *s);
    s->text_index = 1;
    for (size_t t = 0; t < TABLES; t++)
        for (size_t i = 0; i < tables[t].count; i++)
            number_put(s, &tables[t].rows[i], tables[t].rows[i].usual);
    network_parse(SPAN("127.0.0.0/8"), &s->source.exempt[s->source.exempts++]);
    network_parse(SPAN("::1"), &s->source.exempt[s->source.exempts++]);
    s->penalty.exempts = s->source.exempts;
    memcpy(s->penalty.exempt, s->source.exempt, sizeof s->penalty.exempt);
}

/* ---- parsing, by libconfuse: it calls us after each option, with no argument of ours */

static struct parse {
    const char *file_name;
    struct settings *settings;
    struct listen_setting listen; /* of the listen section that is being read */
    char path[SOURCE_OCTETS_MAX]; /* of it, too */
    char title[16];               /* its service, as said; empty: no option yet */
    char *error;
    size_t error_size;
    bool failed;
} * parse;

/* The first error is the one that says why. */
static void on_error(cfg_t *cfg, const char *format, va_list args)
{
    if (parse->failed)
        return;
    parse->failed = true;
    int n = snprintf(parse->error, parse->error_size, "%s:%d: ", parse->file_name,
                     cfg->line);
    if (n > 0 && (size_t)n < parse->error_size)
        vsnprintf(parse->error + n, parse->error_size - (size_t)n, format, args);
}

/* The value just read. */
static const char *value_of(cfg_opt_t *option)
{
    const char *value = cfg_opt_getnstr(option, cfg_opt_size(option) - 1);
    return value ? value : "";
}

static int refuse(cfg_t *cfg, cfg_opt_t *option, const char *what)
{
    cfg_error(cfg, "%s '%.64s' is not %s", cfg_opt_name(option), value_of(option),
              what);
    return -1;
}

static const struct number *find_number(cfg_t *cfg, cfg_opt_t *option)
{
    struct span section = span_of(cfg_name(cfg)), name = span_of(cfg_opt_name(option));
    for (size_t t = 0; t < TABLES; t++)
        for (size_t i = 0; i < tables[t].count; i++)
            if (span_is(section, span_of(tables[t].section)) &&
                span_is(name, span_of(tables[t].rows[i].name)))
                return &tables[t].rows[i];
    return NULL;
}

/* Of this number, the most has a name, too. */
static bool may_be_never(const struct number *n)
{
    return n->offset == offsetof(struct settings, pop3_expire);
}

static int check_number(cfg_t *cfg, cfg_opt_t *option)
{
    const struct number *n = find_number(cfg, option);
    if (!n)
        return refuse(cfg, option, "known here");
    uint64_t value = n->most;
    struct span said = span_of(value_of(option));
    if ((may_be_never(n) && span_is(said, SPAN("never"))) ||
        (word_take_amount(said, n->octets, n->most, &value) && value >= n->least)) {
        number_put(parse->settings, n, value);
        return 0;
    }
    char bounds[80];
    snprintf(bounds, sizeof bounds, "%sbetween %llu and %llu",
             may_be_never(n) ? "'never' or " : "", (unsigned long long)n->least,
             (unsigned long long)n->most);
    return refuse(cfg, option, bounds);
}

static int check_hostname(cfg_t *cfg, cfg_opt_t *option)
{
    struct span name = span_of(value_of(option));
    if (!word_is_hostname(name))
        return refuse(cfg, option, "a host name");
    span_to_string(name, parse->settings->hostname, sizeof parse->settings->hostname);
    return 0;
}

static int check_plaintext(cfg_t *cfg, cfg_opt_t *option)
{
    struct span said = span_of(value_of(option));
    for (uint32_t i = 0; i < 2; i++)
        if (span_is(said, span_of(plaintext_words[i]))) {
            parse->settings->plaintext_login = i;
            return 0;
        }
    return refuse(cfg, option, "'loopback' or 'never'");
}

static int check_text_index(cfg_t *cfg, cfg_opt_t *option)
{
    struct span said = span_of(value_of(option));
    parse->settings->text_index = span_is(said, SPAN("yes"));
    if (parse->settings->text_index || span_is(said, SPAN("no")))
        return 0;
    return refuse(cfg, option, "'yes' or 'no'");
}

static int check_address(cfg_t *cfg, cfg_opt_t *option)
{
    const char *address = value_of(option);
    if (!word_is_address(span_of(address)))
        return refuse(cfg, option, "a numeric address");
    span_to_string(span_of(address), parse->listen.address,
                   sizeof parse->listen.address);
    span_to_string(span_of(cfg_title(cfg)), parse->title, sizeof parse->title);
    return 0;
}

static int check_port(cfg_t *cfg, cfg_opt_t *option)
{
    uint64_t port;
    if (!word_take_amount(span_of(value_of(option)), false, 65535, &port) || port == 0)
        return refuse(cfg, option, "between 1 and 65535");
    parse->listen.port = (uint16_t)port;
    span_to_string(span_of(cfg_title(cfg)), parse->title, sizeof parse->title);
    return 0;
}

static int check_path(cfg_t *cfg, cfg_opt_t *option)
{
    const char *name = value_of(option);
    if (!word_is_file_name(span_of(name)))
        return refuse(cfg, option, "a plain file name");
    span_to_string(span_of(name), parse->path, sizeof parse->path);
    span_to_string(span_of(cfg_title(cfg)), parse->title, sizeof parse->title);
    return 0;
}

static int check_exempt(cfg_t *cfg, cfg_opt_t *option)
{
    struct network any;
    if (!network_parse(span_of(value_of(option)), &any))
        return refuse(cfg, option, "a numeric address or network");
    return 0;
}

/* After the closing brace: only then an empty list is known. */
static int check_exempts(cfg_t *cfg, cfg_opt_t *option, uint32_t *count_r,
                         struct network *exempt_r)
{
    cfg_t *section = cfg_opt_getnsec(option, 0);
    unsigned count = cfg_size(section, "exempt");
    if (count > EXEMPT_MAX) {
        cfg_error(cfg, "more than %d networks are exempt", EXEMPT_MAX);
        return -1;
    }
    for (unsigned i = 0; i < count; i++)
        network_parse(span_of(cfg_getnstr(section, "exempt", i)), &exempt_r[i]);
    *count_r = count;
    return 0;
}

static int check_source(cfg_t *cfg, cfg_opt_t *option)
{
    struct source_setting *source = &parse->settings->source;
    return check_exempts(cfg, option, &source->exempts, source->exempt);
}

static int check_penalty(cfg_t *cfg, cfg_opt_t *option)
{
    struct penalty_setting *penalty = &parse->settings->penalty;
    return check_exempts(cfg, option, &penalty->exempts, penalty->exempt);
}

/* After the closing brace.  libconfuse would keep one section of each title, so it is
 * copied out here. */
static int check_listen(cfg_t *cfg, cfg_opt_t *option)
{
    (void)option;
    struct settings *s = parse->settings;
    struct listen_setting *l = &parse->listen;
    l->service = (uint8_t)service_named(span_of(parse->title));
    const char *fault = listen_fault(l, span_of(parse->path));
    if (fault)
        cfg_error(cfg, "%s", fault);
    else if (l->service == SERVICES)
        cfg_error(cfg, "listen '%s': there is no such service", parse->title);
    else if (s->listeners == LISTENERS_MAX)
        cfg_error(cfg, "more than %d listen sections", LISTENERS_MAX);
    if (parse->failed)
        return -1;
    if (parse->path[0])
        memcpy(l->path, parse->path, sizeof l->path);
    s->listen[s->listeners++] = *l;
    memset(l, 0, sizeof *l);
    parse->title[0] = parse->path[0] = '\0';
    return 0;
}

/* Numbers are words to libconfuse: only we know their bounds and letters. */
static void add_numbers(cfg_opt_t *options, const struct number *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        options[i] = (cfg_opt_t)CFG_STR(rows[i].name, NULL, CFGF_NODEFAULT);
        options[i].validcb = check_number;
    }
    options[count] = (cfg_opt_t)CFG_END();
}

static void run_parser(char *text)
{
    cfg_opt_t listen[] = {
        CFG_STR("address", NULL, CFGF_NODEFAULT),
        CFG_STR("port", NULL, CFGF_NODEFAULT),
        CFG_STR("path", NULL, CFGF_NODEFAULT),
        CFG_END(),
    };
    char usual_exempt[] = "{127.0.0.0/8, \"::1\"}";
    cfg_opt_t source[SOURCE_NUMBERS + 2] = {
        CFG_STR_LIST("exempt", usual_exempt, CFGF_NONE),
    };
    add_numbers(source + 1, source_numbers, SOURCE_NUMBERS);
    cfg_opt_t penalty[PENALTY_NUMBERS + 2] = {
        CFG_STR_LIST("exempt", usual_exempt, CFGF_NONE),
    };
    add_numbers(penalty + 1, penalty_numbers, PENALTY_NUMBERS);
    cfg_opt_t options[OPTIONS] = {
        CFG_STR("hostname", NULL, CFGF_NODEFAULT),
        CFG_STR("plaintext_login", NULL, CFGF_NODEFAULT),
        CFG_STR("text_index", NULL, CFGF_NODEFAULT),
        CFG_SEC("listen", listen, CFGF_MULTI | CFGF_TITLE),
        CFG_SEC("source", source, CFGF_NONE),
        CFG_SEC("penalty", penalty, CFGF_NONE),
    };
    add_numbers(options + OPTIONS - NUMBERS - 1, numbers, NUMBERS);

    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (!cfg) {
        parse->failed = true;
        snprintf(parse->error, parse->error_size, "out of memory");
        return;
    }
    cfg_set_error_function(cfg, on_error);
    cfg_set_validate_func(cfg, "hostname", check_hostname);
    cfg_set_validate_func(cfg, "plaintext_login", check_plaintext);
    cfg_set_validate_func(cfg, "text_index", check_text_index);
    cfg_set_validate_func(cfg, "listen", check_listen);
    cfg_set_validate_func(cfg, "listen|address", check_address);
    cfg_set_validate_func(cfg, "listen|port", check_port);
    cfg_set_validate_func(cfg, "listen|path", check_path);
    cfg_set_validate_func(cfg, "source", check_source);
    cfg_set_validate_func(cfg, "source|exempt", check_exempt);
    cfg_set_validate_func(cfg, "penalty", check_penalty);
    cfg_set_validate_func(cfg, "penalty|exempt", check_exempt);
    if (cfg_parse_buf(cfg, text) != CFG_SUCCESS && !parse->failed)
        cfg_error(cfg, "cannot be read");
    cfg_free(cfg);
}

static size_t count_lines(struct span s)
{
    size_t lines = 1;
    for (size_t i = 0; i < s.len; i++)
        lines += s.at[i] == '\n';
    return lines;
}

int settings_parse(const char *file_name, struct span text, struct settings *settings_r,
                   char *error_r, size_t error_size)
{
    settings_default(settings_r);
    size_t nul = span_find(text, '\0');
    if (nul < text.len) {
        snprintf(error_r, error_size, "%s:%zu: a NUL octet", file_name,
                 count_lines(span_first(text, nul)));
        return -EINVAL;
    }
    char *copy = malloc(text.len + 1);
    if (!copy) {
        snprintf(error_r, error_size, "out of memory");
        return -ENOMEM;
    }
    span_to_string(text, copy, text.len + 1);
    struct parse p = { .file_name = file_name,
                       .settings = settings_r,
                       .error = error_r,
                       .error_size = error_size };
    size_t line;
    const char *fault = comments_blank(copy, &line);
    if (fault) {
        p.failed = true;
        snprintf(error_r, error_size, "%s:%zu: %s", file_name, line, fault);
    } else {
        parse = &p;
        run_parser(copy);
        parse = NULL;
    }
    free(copy);
    if (!p.failed && !settings_r->hostname[0]) {
        p.failed = true;
        snprintf(error_r, error_size, "%s:%zu: no hostname is given", file_name, line);
    }
    return p.failed ? -EINVAL : 0;
}

/* ---- a block that another process made */

static bool is_ended(const char *string, size_t size)
{
    return memchr(string, '\0', size) != NULL;
}

static bool numbers_are_sound(const struct settings *s)
{
    for (size_t t = 0; t < TABLES; t++)
        for (size_t i = 0; i < tables[t].count; i++) {
            uint64_t value = number_get(s, &tables[t].rows[i]);
            if (value < tables[t].rows[i].least || value > tables[t].rows[i].most)
                return false;
        }
    return true;
}

static bool are_networks(const struct network *networks, uint32_t count)
{
    if (count > EXEMPT_MAX)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!network_is_sound(&networks[i]))
            return false;
    return true;
}

bool settings_are_sound(const struct settings *s)
{
    if (!is_ended(s->hostname, sizeof s->hostname) ||
        !word_is_hostname(span_of(s->hostname)) || s->listeners > LISTENERS_MAX ||
        s->plaintext_login > 1 || s->text_index > 1)
        return false;
    if (!numbers_are_sound(s) || !are_networks(s->source.exempt, s->source.exempts) ||
        !are_networks(s->penalty.exempt, s->penalty.exempts))
        return false;
    for (uint32_t i = 0; i < s->listeners; i++)
        if (!listen_is_sound(&s->listen[i]))
            return false;
    return true;
}
