/*
 * ftp - the FTP server's room.
 *
 * RFC 959 (FTP) with RFC 1123 §4.1, RFC 2228 and RFC 4217 (TLS), RFC 2389 (FEAT, OPTS),
 * RFC 2428 (EPRT, EPSV), RFC 2577 (defences), RFC 2640 (UTF-8, LANG), RFC 3659 (MLSD and
 * its like, REST), RFC 7151 (HOST); MFMT and MFF, HASH and RANG, MODE Z, CSID of their
 * drafts.
 *
 * Deviations, and why:
 *   - Names are UTF-8 always, whatever OPTS or LANG say: one name has one form.
 *   - While a transfer runs, ABOR and STAT are heard; what else is said waits for its end.
 *   - SIZE and REST are of TYPE I alone: in ASCII a file would have to be read for them.
 *   - PORT and EPRT lead to the client itself (RFC 2577 §3): no copy between two servers.
 *   - Options of LIST change nothing: everybody may see all names.
 *   - Who has not logged in learns of FEAT and HELP what there is, and no more.
 */
#ifndef FTP_FTP_H
#define FTP_FTP_H

#include "wire/wire.h"

struct ftpd_host {
    const char *name;
    bool plaintext_login;           /* from loopback addresses, without TLS */
    bool clear_data;                /* PROT C and CCC where the login was under TLS */
    bool paired;                    /* data under TLS resumes the control session */
    const char *passive_address;    /* told by PASV; "": our own */
    bool spares;                    /* listeners ahead: ports are not scarce */
    struct data_ports *ports;       /* one-port mode (wire/data_ports.h); or NULL */
    bool implicit_tls;              /* RFC 4217 §3's other port: TLS never ends */
    uint64_t login_time, idle_time; /* nanoseconds */
    uint64_t data_time;             /* of a data connection that does not move */
};

void ftpd_session(struct wire *, void *host);
/* What a reply makes of the session: wire_settings.judge. */
uint8_t ftpd_judge(struct span reply);

extern const char ftpd_busy[], ftpd_too_many[];

#endif
