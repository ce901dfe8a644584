/* RFC 2228 §3 as RFC 4217 uses it for TLS: AUTH, PBSZ, PROT, CCC. */
#include "ftp/commands.h"
#include "ftp/session.h"

#include "wire/tls.h"

/* RFC 4217 §17: TLS and its other name; SSL is of the draft's time: TLS, and PROT P. */
static bool is_tls(struct span mechanism)
{
    return span_is_nocase(mechanism, SPAN("TLS")) ||
           span_is_nocase(mechanism, SPAN("TLS-C")) ||
           span_is_nocase(mechanism, SPAN("TLS-P")) ||
           span_is_nocase(mechanism, SPAN("SSL"));
}

static bool implies_private(struct span mechanism)
{
    return span_is_nocase(mechanism, SPAN("TLS-P")) ||
           span_is_nocase(mechanism, SPAN("SSL"));
}

/* §4: whoever had logged in has to do it again.  Behind AUTH nothing may follow in the
 * clear: it would be taken for what was said under TLS (A17). */
static void begin_tls(struct ftpd *s, bool private)
{
    wire_say(s->wire, "234 Begin TLS");
    ftpd_leave(s);
    s->parameters = (struct parameters){ .private = private };
    ftpd_reset(s);
    if (!wire_start_tls(s->wire))
        ftpd_enter(s, CLOSED);
}

void ftpd_auth(void *session, const struct arg *args)
{
    struct ftpd *s = session;

    if (!is_tls(args[0].text))
        ftpd_reply_bad(s, "504 AUTH TLS, nothing else");
    else if (wire_has_tls(s->wire))
        ftpd_reply_bad(s, "503 Encrypted already");
    else if (!wire_may_start_tls(s->wire))
        ftpd_reply_bad(s, "431 No encryption here");
    else if (wire_input(s->wire).len > 0)
        ftpd_reply_closing(s, "Nothing may follow AUTH");
    else
        begin_tls(s, implies_private(args[0].text));
}

static bool is_protected(const struct ftpd *s)
{
    return wire_has_tls(s->wire) || s->parameters.cleared;
}

/* §9: TLS needs no buffers of ours; the size is 0. */
void ftpd_pbsz(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;

    if (!is_protected(s)) {
        ftpd_reply_bad(s, "503 AUTH TLS comes first");
        return;
    }
    s->parameters.buffer_size_said = true;
    wire_say(s->wire, "200 PBSZ=0");
}

static void protect(struct ftpd *s, bool private)
{
    if (!private && !s->host->clear_data) {
        ftpd_reply_bad(s, "534 Data goes encrypted here: PROT P");
        return;
    }
    s->parameters.private = private;
    wire_say(s->wire, private ? "200 Data connections under TLS"
                              : "200 Data connections in the clear");
}

void ftpd_prot(void *session, const struct arg *args)
{
    struct ftpd *s = session;

    if (!s->parameters.buffer_size_said) {
        ftpd_reply_bad(s, "503 PBSZ 0 comes first");
        return;
    }
    switch ((char)args[0].number) {
    case 'P':
    case 'C':
        protect(s, args[0].number == 'P');
        break;
    case 'S':
    case 'E':
        ftpd_reply_bad(s, "536 TLS has C and P alone");
        break;
    default:
        ftpd_reply_bad(s, "504 PROT C or PROT P");
    }
}

void ftpd_clear_control(struct ftpd *s)
{
    if (!wire_stop_tls(s->wire))
        ftpd_enter(s, CLOSED);
}

/* RFC 2228 §3, RFC 4217 §12.3: for those between us who must see PORT and PASV. */
void ftpd_ccc(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;

    if (!wire_has_tls(s->wire)) {
        ftpd_reply_bad(s, "533 Nothing is encrypted");
    } else if (s->host->implicit_tls || !s->host->clear_data) {
        ftpd_reply_bad(s, "534 The control connection stays encrypted here");
    } else if (wire_input(s->wire).len > 0) {
        ftpd_reply_closing(s, "Nothing may follow CCC");
    } else {
        wire_say(s->wire, "200 In the clear from now on");
        s->parameters.cleared = true;
        ftpd_clear_control(s);
    }
}

/* RFC 2228 §3: what mechanisms need that exchange tokens, as TLS does not. */
void ftpd_no_mechanism(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    ftpd_reply_bad(s, "503 AUTH TLS needs none of this");
}
