/* RFC 9051 §6.1: CAPABILITY, NOOP, LOGOUT; RFC 2971: ID. */
#include "imap/grammar.h"
#include "imap/session.h"

#include "wire/deflate.h"
#include "wire/tls.h"

#include <inttypes.h>
#include <stdio.h>

/* What is not there is not announced, and nothing that its state has no use for. */
void imap_capabilities(const struct imap *s, char *text_r, size_t size)
{
    char names[SASL_MECHANISMS_SIZE], mechanisms[2 * SASL_MECHANISMS_SIZE + 32] = "";
    struct span rest = span_at(names, sasl_mechanisms(&s->sasl, names, sizeof(names)));
    size_t at = 0;

    while (rest.len > 0) {
        size_t n = span_find(rest, ' ');
        at += (size_t)snprintf(mechanisms + at, sizeof(mechanisms) - at, " AUTH=%.*s",
                               (int)n, rest.at);
        rest = span_skip(rest, n < rest.len ? n + 1 : n);
    }
    if (s->state == NOT_AUTHENTICATED)
        snprintf(text_r, size, "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE%s%s%s",
                 wire_may_start_tls(s->wire) && !wire_has_tls(s->wire) ? " STARTTLS"
                                                                       : "",
                 sasl_may_login(&s->sasl) ? "" : " LOGINDISABLED", mechanisms);
    else
        snprintf(text_r, size,
                 "IMAP4rev1 IMAP4rev2 LITERAL+ ID ENABLE IDLE NAMESPACE CHILDREN "
                 "UNSELECT UIDPLUS"
                 " LIST-EXTENDED LIST-STATUS SPECIAL-USE CREATE-SPECIAL-USE MOVE "
                 "ESEARCH SORT SORT=DISPLAY ESORT "
                 "THREAD=ORDEREDSUBJECT THREAD=REFERENCES CATENATE "
                 "SEARCHRES PARTIAL BINARY WITHIN CONDSTORE QRESYNC OBJECTID SAVEDATE "
                 "UIDONLY QUOTA QUOTA=RES-STORAGE"
                 " STATUS=SIZE PREVIEW APPENDLIMIT=%" PRIu64 " UNAUTHENTICATE%s",
                 s->host->message_size,
                 wire_has_deflate(s->wire) ? "" : " COMPRESS=DEFLATE");
}

void imap_capability(void *session, const struct arg *args)
{
    struct imap *s = session;
    char capabilities[IMAP_CAPABILITIES_SIZE];
    (void)args;

    imap_capabilities(s, capabilities, sizeof(capabilities));
    wire_say(s->wire, "* CAPABILITY %s", capabilities);
    imap_reply(s, "OK that is all");
}

void imap_noop(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    int error = mailbox_tell_news(s);
    if (error && s->state != LOGOUT)
        imap_reply_error(s, error);
    else if (!error)
        imap_reply(s, "OK done");
}

void imap_logout(void *session, const struct arg *args)
{
    struct imap *s = session;
    (void)args;

    wire_say(s->wire, "* BYE %s IMAP server signing off", s->host->name);
    imap_reply(s, "OK bye");
    imap_enter(s, LOGOUT);
}

/* id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil  (RFC 2971
 * §4): read for its form alone. */
static bool is_id(struct span rest, struct arena *arena)
{
    struct span text;
    size_t pairs = 0;

    if (imap_take_word(&rest, SPAN("NIL")))
        return rest.len == 0;
    if (!span_take(&rest, SPAN("(")))
        return false;
    while (!span_take(&rest, SPAN(")"))) {
        if (pairs > 0 && !imap_take_sp(&rest))
            return false;
        if (++pairs > IMAP_ID_PAIRS_MAX || !imap_take_string(&rest, arena, &text) ||
            !imap_take_sp(&rest) || !imap_take_nstring(&rest, arena, &text) ||
            text.len > IMAP_EARLY_LITERALS_MAX)
            return false;
    }
    return rest.len == 0;
}

void imap_id(void *session, const struct arg *args)
{
    struct imap *s = session;

    if (!is_id(args[0].text, s->arena)) {
        imap_reply_bad(s, "malformed, or too much");
        return;
    }
    wire_say(s->wire, "* ID (\"name\" \"Packetboat\")");
    imap_reply(s, "OK so this is who we are");
}
