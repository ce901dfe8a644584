/*
 * settings_parse - packetboat.conf, read by libconfuse.
 *
 * It calls us after each option, and has no argument of ours for that: what is being read
 * is one static struct.
 */
#include "config/fields.h"

#include "config/comments.h"
#include "config/dns_setting.h"
#include "config/word.h"

#include <assert.h>
#include <confuse.h>
#include <errno.h>
#include <stdarg.h>

enum { OPTIONS_MAX = 48 }; /* of one section, with its end */

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

static int check_field(cfg_t *cfg, cfg_opt_t *option)
{
    const struct field *f =
        field_named(span_of(cfg_name(cfg)), span_of(cfg_opt_name(option)));
    if (!f)
        return refuse(cfg, option, "known here");
    if (field_take(f, span_of(value_of(option)), parse->settings))
        return 0;
    char words[128];
    field_describe(f, words, sizeof words);
    return refuse(cfg, option, words);
}

static int check_hostname(cfg_t *cfg, cfg_opt_t *option)
{
    struct span name = span_of(value_of(option));
    if (!word_is_hostname(name))
        return refuse(cfg, option, "a host name");
    span_to_string(name, parse->settings->hostname, sizeof parse->settings->hostname);
    return 0;
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

static int check_network(cfg_t *cfg, cfg_opt_t *option)
{
    struct network any;
    if (!network_parse(span_of(value_of(option)), &any))
        return refuse(cfg, option, "a numeric address or network");
    return 0;
}

/* "41000-41099", or "41000" for all. */
static int check_passive_ports(cfg_t *cfg, cfg_opt_t *option)
{
    struct ftp_setting *ftp = &parse->settings->ftp;
    struct span said = span_of(value_of(option));
    uint64_t first = 0, last = 0;
    bool good = span_take_number(&said, 65535, &first);
    last = first;
    if (good && span_take(&said, SPAN("-")))
        good = span_take_number(&said, 65535, &last);
    if (!good || said.len > 0 || first < 1024 || last < first)
        return refuse(cfg, option, "PORT or FIRST-LAST, ports from 1024 on");
    ftp->passive_first = (uint32_t)first;
    ftp->passive_last = (uint32_t)last;
    return 0;
}

static int check_passive_address(cfg_t *cfg, cfg_opt_t *option)
{
    struct span said = span_of(value_of(option));
    char *address = parse->settings->ftp.passive_address;
    if (!word_is_address(said) || span_find(said, ':') < said.len)
        return refuse(cfg, option, "a numeric IPv4 address");
    span_to_string(said, address, sizeof parse->settings->ftp.passive_address);
    return 0;
}

/* After the closing brace: only then an empty list is known. */
static int check_networks(cfg_t *cfg, cfg_opt_t *option, const char *name,
                          uint32_t *count_r, struct network *networks_r)
{
    cfg_t *section = cfg_opt_getnsec(option, 0);
    unsigned count = cfg_size(section, name);
    if (count > EXEMPT_MAX) {
        cfg_error(cfg, "more than %d networks are said by %s", EXEMPT_MAX, name);
        return -1;
    }
    for (unsigned i = 0; i < count; i++)
        network_parse(span_of(cfg_getnstr(section, name, i)), &networks_r[i]);
    *count_r = count;
    return 0;
}

static int check_source(cfg_t *cfg, cfg_opt_t *option)
{
    struct source_setting *source = &parse->settings->source;
    return check_networks(cfg, option, "exempt", &source->exempts, source->exempt);
}

static int check_penalty(cfg_t *cfg, cfg_opt_t *option)
{
    struct penalty_setting *penalty = &parse->settings->penalty;
    return check_networks(cfg, option, "exempt", &penalty->exempts, penalty->exempt);
}

static int check_relay(cfg_t *cfg, cfg_opt_t *option)
{
    struct relay_setting *relay = &parse->settings->relay;
    relay->wanted = 1;
    return check_networks(cfg, option, "allow", &relay->allows, relay->allow);
}

static int check_tree(cfg_t *cfg, cfg_opt_t *option)
{
    if (!word_is_tree(span_of(value_of(option))))
        return refuse(cfg, option, "a path that begins with '/', or a name");
    return 0;
}

static int check_trees(cfg_t *cfg, cfg_t *section, const char *name, uint32_t *count_r,
                       char trees_r[FILES_TREES_SET_MAX][FILES_TREE_OCTETS_MAX])
{
    unsigned count = cfg_size(section, name);
    if (count > FILES_TREES_SET_MAX) {
        cfg_error(cfg, "more than %d trees are %s", FILES_TREES_SET_MAX, name);
        return -1;
    }
    for (unsigned i = 0; i < count; i++)
        span_to_string(span_of(cfg_getnstr(section, name, i)), trees_r[i],
                       FILES_TREE_OCTETS_MAX);
    *count_r = count;
    return 0;
}

static int check_files(cfg_t *cfg, cfg_opt_t *option)
{
    struct files_setting *f = &parse->settings->files;
    cfg_t *section = cfg_opt_getnsec(option, 0);
    if (check_trees(cfg, section, "hidden", &f->hiddens, f->hidden))
        return -1;
    return check_trees(cfg, section, "read_only", &f->read_onlys, f->read_only);
}

static int check_dns_word(cfg_t *cfg, cfg_opt_t *option)
{
    const char *fault =
        dns_setting_add(&parse->settings->dns, span_of(cfg_opt_name(option)),
                        span_of(value_of(option)));
    return fault ? refuse(cfg, option, fault) : 0;
}

static int check_dns(cfg_t *cfg, cfg_opt_t *option)
{
    (void)cfg;
    (void)option;
    parse->settings->dns.wanted = 1;
    return 0;
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

static cfg_opt_t word_option(const char *name, cfg_validate_callback_t check)
{
    cfg_opt_t option = CFG_STR(name, NULL, CFGF_NODEFAULT);
    option.validcb = check;
    return option;
}

static cfg_opt_t section_option(const char *name, cfg_opt_t *options, cfg_flag_t flags,
                                cfg_validate_callback_t check)
{
    cfg_opt_t option = CFG_SEC(name, options, flags);
    option.validcb = check;
    return option;
}

/* At the end of these options: numbers are words to libconfuse, for only we know their
 * bounds and letters. */
static void add_fields(cfg_opt_t options[OPTIONS_MAX], enum section_kind kind)
{
    const struct section *s = &sections[kind];
    size_t at = 0;
    while (options[at].name)
        at++;
    assert(at + s->count < OPTIONS_MAX);
    for (size_t i = 0; i < s->count; i++)
        options[at++] = word_option(s->fields[i].name, check_field);
    options[at] = (cfg_opt_t)CFG_END();
}

static cfg_opt_t networks_option(const char *name, char *usual)
{
    cfg_opt_t option = CFG_STR_LIST(name, usual, CFGF_NONE);
    option.validcb = check_network;
    return option;
}

static cfg_opt_t trees_option(const char *name)
{
    cfg_opt_t option = CFG_STR_LIST(name, NULL, CFGF_NONE);
    option.validcb = check_tree;
    return option;
}

static void run_parser(char *text)
{
    cfg_opt_t listen[] = {
        word_option("address", check_address),
        word_option("port", check_port),
        word_option("path", check_path),
        CFG_END(),
    };
    static char loopback[] = "{127.0.0.0/8, \"::1\"}";
    cfg_opt_t source[OPTIONS_MAX] = { networks_option("exempt", loopback) };
    add_fields(source, SECTION_SOURCE);
    cfg_opt_t penalty[OPTIONS_MAX] = { networks_option("exempt", loopback) };
    add_fields(penalty, SECTION_PENALTY);
    cfg_opt_t ftp[OPTIONS_MAX] = {
        word_option("passive_ports", check_passive_ports),
        word_option("passive_address", check_passive_address),
    };
    add_fields(ftp, SECTION_FTP);
    cfg_opt_t files[OPTIONS_MAX] = { trees_option("hidden"),
                                     trees_option("read_only") };
    add_fields(files, SECTION_FILES);
    cfg_opt_t dns[OPTIONS_MAX] = {
        word_option("record", check_dns_word),
        word_option("forward", check_dns_word),
        word_option("trust_anchor", check_dns_word),
    };
    add_fields(dns, SECTION_DNS);
    cfg_opt_t relay[OPTIONS_MAX] = { networks_option("allow", NULL) };
    add_fields(relay, SECTION_RELAY);
    cfg_opt_t options[OPTIONS_MAX] = {
        word_option("hostname", check_hostname),
        section_option("listen", listen, CFGF_MULTI | CFGF_TITLE, check_listen),
        section_option("source", source, CFGF_NONE, check_source),
        section_option("penalty", penalty, CFGF_NONE, check_penalty),
        section_option("ftp", ftp, CFGF_NONE, NULL),
        section_option("files", files, CFGF_NONE, check_files),
        section_option("dns", dns, CFGF_NONE, check_dns),
        section_option("relay", relay, CFGF_NONE, check_relay),
    };
    add_fields(options, SECTION_ROOT);

    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (!cfg) {
        parse->failed = true;
        snprintf(parse->error, parse->error_size, "out of memory");
        return;
    }
    cfg_set_error_function(cfg, on_error);
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

/* What the whole lacks; NULL: nothing. */
static const char *missing(const struct settings *s)
{
    if (s->relay.wanted && !s->dns.wanted)
        return "section relay needs a section dns, which may be empty: 'dns { }'";
    return s->hostname[0] ? NULL : "no hostname is given";
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
    if (!p.failed && (fault = missing(settings_r)) != NULL) {
        p.failed = true;
        snprintf(error_r, error_size, "%s:%zu: %s", file_name, line, fault);
    }
    return p.failed ? -EINVAL : 0;
}
