/* RFC 2389: FEAT, and OPTS of those commands that have options. */
#include "ftp/commands.h"
#include "ftp/digest.h"
#include "ftp/listing.h"
#include "ftp/session.h"
#include "wire/tls.h"

#include <stdio.h>

static void say_facts(struct ftpd *s)
{
    char line[128];
    size_t len = 0;
    for (unsigned i = 0; i < FACTS; i++)
        len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s;", fact_name(i),
                                s->parameters.facts & 1u << i ? "*" : "");
    wire_say(s->wire, " MLST %s", line);
}

static void say_hashes(struct ftpd *s)
{
    char line[64];
    size_t len = 0;
    for (unsigned i = 0; i < DIGEST_KINDS; i++)
        len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s%s", i ? ";" : "",
                                digest_name((enum digest_kind)i),
                                s->parameters.hash == i ? "*" : "");
    wire_say(s->wire, " HASH %s", line);
}

/* RFC 2389 §3: in any order; nothing that is not acted on is announced. */
void ftpd_feat(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;

    wire_say(s->wire, "211-Features:");
    if (wire_may_start_tls(s->wire) || wire_has_tls(s->wire))
        wire_say(s->wire, " AUTH TLS");
    if (wire_has_tls(s->wire) && s->host->clear_data && !s->host->implicit_tls)
        wire_say(s->wire, " CCC");
    wire_say(s->wire, " CSID");
    wire_say(s->wire, " EPRT");
    wire_say(s->wire, " EPSV");
    say_hashes(s);
    wire_say(s->wire, " HOST");
    wire_say(s->wire, " LANG EN*");
    wire_say(s->wire, " MDTM");
    wire_say(s->wire, " MFF Modify;UNIX.mode;");
    wire_say(s->wire, " MFMT");
    say_facts(s);
    wire_say(s->wire, " MODE Z");
    if (wire_may_start_tls(s->wire) || wire_has_tls(s->wire)) {
        wire_say(s->wire, " PBSZ");
        wire_say(s->wire, " PROT");
    }
    wire_say(s->wire, " RANG STREAM");
    wire_say(s->wire, " REST STREAM");
    wire_say(s->wire, " SIZE");
    wire_say(s->wire, " TVFS");
    wire_say(s->wire, " UTF8");
    wire_say(s->wire, "211 End");
}

/* RFC 3659 §7.9: those of them that are known; the reply says which. */
void ftpd_opts_mlst(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct span rest = args[0].given ? args[0].text : SPAN("");
    char line[128] = "";
    size_t len = 0;

    s->parameters.facts = 0;
    while (rest.len > 0) {
        struct span name = span_first(rest, span_find(rest, ';'));
        for (unsigned i = 0; i < FACTS; i++)
            if (span_is_nocase(name, span_of(fact_name(i))))
                s->parameters.facts |= 1u << i;
        rest = span_skip(rest, name.len);
        span_take(&rest, SPAN(";"));
    }
    for (unsigned i = 0; i < FACTS; i++)
        if (s->parameters.facts & 1u << i)
            len += (size_t)snprintf(line + len, sizeof(line) - len, "%s%s;",
                                    len ? "" : " ", fact_name(i));
    wire_say(s->wire, "200 MLST OPTS%s", line);
}

/* draft-preston-ftpext-deflate: OPTS MODE Z LEVEL n */
void ftpd_opts_deflate(void *session, const struct arg *args)
{
    struct ftpd *s = session;

    if (args[0].number < 1 || args[0].number > 9) {
        ftpd_reply_bad(s, "501 Levels are 1 to 9");
        return;
    }
    s->parameters.level = (int)args[0].number;
    wire_say(s->wire, "200 MODE Z LEVEL %d", s->parameters.level);
}

void ftpd_opts_utf8(void *session, const struct arg *args)
{
    struct ftpd *s = session;

    if (args[0].given && !span_is_nocase(args[0].text, SPAN("ON")))
        ftpd_reply_bad(s, "501 Names are UTF-8 always");
    else
        wire_say(s->wire, "200 Names are UTF-8, always");
}

/* RFC 2389 §4: a command that has no options. */
void ftpd_opts(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    ftpd_reply_bad(s, "501 That has no options");
}
