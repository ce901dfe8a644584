/* RFC 959 §4.1.3, services that tell: SYST, STAT, HELP, NOOP; RFC 2640, LANG; CSID of the streamlined FTP command extensions. */
#include "ftp/commands.h"
#include "ftp/session.h"

#include "wire/tls.h"

#include <ctype.h>
#include <stdio.h>

enum { HELP_COLUMNS = 56 };

/* RFC 2640 §4.1: what is said for people, is said in English. */
void ftpd_lang(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct span tag = args[0].given ? args[0].text : SPAN("en");

    if (span_is_nocase(tag, SPAN("en")) || span_starts_nocase(tag, SPAN("en-")))
        wire_say(s->wire, "200 Replies are in English");
    else
        ftpd_reply_bad(s, "504 There is English alone");
}

void ftpd_syst(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    wire_say(s->wire, "215 UNIX Type: L8");
}

/* RFC 959 §4.1.3, without a path. */
void ftpd_stat(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    const char *tls = wire_tls_name(s->wire);
    (void)args;

    wire_say(s->wire, "211-%s FTP server, Packetboat", s->host->name);
    wire_say(s->wire, " You are %s", wire_peer(s->wire));
    if (ftpd_is_in(s))
        wire_say(s->wire, " Logged in as %.*s", SPAN_ARG(sasl_name(&s->sasl)));
    else
        wire_say(s->wire, " Not logged in");
    wire_say(s->wire, " Control connection: %s", tls ? tls : "in the clear");
    wire_say(s->wire, " Data connections: %s",
             s->parameters.private ? "under TLS" : "in the clear");
    wire_say(s->wire, " TYPE: %s; STRU: %c; MODE: %c",
             s->parameters.type == TYPE_ASCII ? "ASCII" : "image",
             (char)s->parameters.structure, (char)s->parameters.mode);
    wire_say(s->wire, "211 End");
}

/* ---- HELP: the table says it */

static struct span verb_of(const char *usage)
{
    size_t n = 0;
    while (isupper((unsigned char)usage[n]) || isdigit((unsigned char)usage[n]))
        n++;
    return span_at(usage, n);
}

static bool is_shown(const struct command *c)
{
    return c->states && c->run != ftpd_not_ftp && c->run != ftpd_not_implemented;
}

static void help_with(struct ftpd *s, struct span verb)
{
    bool found = false;
    for (const struct command *c = ftpd_language.commands; c->usage; c++) {
        if (!is_shown(c) || !span_is_nocase(verb_of(c->usage), verb))
            continue;
        if (!found)
            wire_say(s->wire, "214-Usage:");
        found = true;
        wire_say(s->wire, " %s", c->usage);
    }
    if (found)
        wire_say(s->wire, "214 End");
    else
        ftpd_reply_bad(s, "501 There is no such command");
}

/* RFC 959 §4.1.3; a verb once, whatever it may be followed by. */
void ftpd_help(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct span last = { 0 };
    char line[HELP_COLUMNS + 16];
    size_t len = 0;

    if (args[0].given) {
        help_with(s, args[0].text);
        return;
    }
    wire_say(s->wire, "214-Commands; HELP and a name shows how it is said:");
    for (const struct command *c = ftpd_language.commands; c->usage; c++) {
        struct span verb = verb_of(c->usage);
        if (is_shown(c) && !span_is(verb, last))
            len += (size_t)snprintf(line + len, sizeof(line) - len, " %.*s",
                                    SPAN_ARG(verb));
        last = verb;
        if (len > HELP_COLUMNS || (len > 0 && !c[1].usage)) {
            wire_say(s->wire, "%s", line);
            len = 0;
        }
    }
    wire_say(s->wire, "214 End");
}

void ftpd_noop(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    wire_say(s->wire, "200 Nothing done");
}

/* Who we are; who they are is in the transcript. */
void ftpd_csid(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    wire_say(s->wire, "200 Name=Packetboat; Version=" PACKETBOAT_VERSION
                      "; OS=Linux; CaseSensitive=1; DirSep=/;");
}

void ftpd_clnt(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    wire_say(s->wire, "200 Noted");
}

/* RFC 959 §5.4: known, and nobody's here. */
void ftpd_not_implemented(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    ftpd_reply_bad(s, "502 Not here");
}
