/*
 * lookup - packetboat lookup NAME [KIND]: what the running server finds in the DNS.
 */
#include "cli/cli.h"

#include "base/own.h"
#include "config/dns_record.h"
#include "dns/answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

struct lookup {
    const char *site;
    struct span name;
    enum dns_kind kind;
};

static int explain(const char *site, int error)
{
    switch (error) {
    case -ENOENT:
    case -ECONNREFUSED:
        return cli_fail("no server runs at %s", site);
    case -EAGAIN:
        return cli_fail("the server has too many questions under way; try again");
    case -EPIPE:
    case -ESHUTDOWN:
        return cli_fail("the server has stopped");
    default:
        return cli_fail("the server at %s: %s", site, strerror(-error));
    }
}

/* A stranger's octets: as RFC 1035 §5.1 writes them in a character-string. */
static void print_text(struct span text)
{
    putchar('"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        if (c < ' ' || c > '~')
            printf("\\%03u", c);
        else
            printf(c == '"' || c == '\\' ? "\\%c" : "%c", c);
    }
    puts("\"");
}

static void print_address(int family, struct span octets)
{
    char text[INET6_ADDRSTRLEN] = "?";
    if (octets.len == (family == AF_INET ? 4 : 16))
        inet_ntop(family, octets.at, text, sizeof text);
    puts(text);
}

static void print_tlsa(struct span row)
{
    for (size_t i = 0; i < row.len; i++)
        printf(i < 3 ? "%u " : "%02X", (unsigned char)row.at[i]);
    putchar('\n');
}

static void print_mx(struct span row)
{
    unsigned preference;
    struct span host;
    if (dns_take_mx(row, &preference, &host))
        printf("%u %.*s.\n", preference, SPAN_ARG(host));
}

static void print_row(enum dns_kind kind, struct span row)
{
    switch (kind) {
    case DNS_A:
        print_address(AF_INET, row);
        break;
    case DNS_AAAA:
        print_address(AF_INET6, row);
        break;
    case DNS_MX:
        print_mx(row);
        break;
    case DNS_TXT:
        print_text(row);
        break;
    case DNS_TLSA:
        print_tlsa(row);
        break;
    default:
        printf("%.*s.\n", SPAN_ARG(row));
    }
}

static int print(const struct lookup *l, const struct dns_question_answer *a)
{
    enum dns_outcome outcome = (enum dns_outcome)a->outcome;
    printf("%.*s. %s: %s", SPAN_ARG(a->canonical.len ? a->canonical : l->name),
           dns_kind_name(l->kind), dns_outcome_words(outcome));
    printf("%s", a->validated ? ", validated" : "");
    if (a->why.len > 0)
        printf(" (%.*s)", SPAN_ARG(a->why));
    putchar('\n');
    struct span rows = a->rows, row;
    while (dns_take_row(&rows, &row))
        print_row(l->kind, row);
    return outcome == DNS_FOUND ? EXIT_SUCCESS : EXIT_FAILURE_;
}

static int on_fiber(void *arg)
{
    const struct lookup *l = arg;
    struct dns_question question = { .kind = (uint8_t)l->kind, .name = l->name };
    struct dns_question_answer answer;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = arena ? cli_control(l->site) : -ENOMEM;
    if (error)
        return explain(l->site, error);
    error = ask_dns_question(&question, &answer, arena);
    int code;
    if (error == -ENOENT)
        code = cli_fail("packetboat.conf has no section dns");
    else
        code = error ? explain(l->site, error) : print(l, &answer);
    cli_disconnect();
    return code;
}

int cli_lookup(int argc, char **argv)
{
    struct lookup l = { .site = cli_site(&argc, argv), .kind = DNS_MX };
    if (!cli_words(&argc, argv, 1, 2))
        return EXIT_USAGE;
    l.name = span_of(argv[1]);
    if (l.name.len > 0 && l.name.at[l.name.len - 1] == '.')
        l.name.len--;
    if (argc > 2)
        l.kind = dns_kind_named(span_of(argv[2]));
    if (l.kind == DNS_KINDS)
        return cli_usage("lookup", "there is no kind '%s'", argv[2]);
    if (!dns_name_is_good(l.name))
        return cli_usage("lookup", "'%s' cannot be asked for", argv[1]);
    return cli_on_fiber(on_fiber, &l);
}
