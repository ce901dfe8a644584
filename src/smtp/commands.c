/*
 * SMTP, RFC 5321 §4.1.1: what a client may say, and when.
 */
#include "smtp/session.h"

/* §4.1.4: what may be said whatever has been said before. */
enum {
    OPEN = SENDER_GIVEN | RECIPIENTS_GIVEN,
    CHUNKED = CHUNKS_GIVEN | CHUNKS_REFUSED,
    ANY = CONNECTED | READY | OPEN | CHUNKED,
};

/* Rows that are not for every service; the dispatcher does not look at these flags. */
enum { NOT_LMTP = 1 << 8, LMTP_ALONE = 1 << 9, SUBMISSION_ALONE = 1 << 10 };

/* clang-format off */
static const struct rule rules[] = {
    { "client",          smtp_take_client },
    { "reverse-path",    smtp_take_reverse_path },
    { "forward-path",    smtp_take_forward_path },
    { "mail-parameters", smtp_take_mail_parameters },
    { "rcpt-parameters", smtp_take_mail_parameters },
    { "string",          smtp_take_string },
    { "vrfy-string",     smtp_take_octets },
    { "octets",          smtp_take_octets },
    { "mechanism",       smtp_take_mechanism },
    { "initial-response", smtp_take_initial_response },
    { "chunk-size",      smtp_take_chunk_size },
    { "end-marker",      smtp_take_end_marker },
    { 0 },
};

static const struct command commands[] = {
    /* §4.1.1.1 */
    { "EHLO client",                               ANY,              smtp_ehlo, NOT_LMTP    },
    { "HELO client",                               ANY,              smtp_helo, NOT_LMTP    },
    /* RFC 2033 §4.1 */
    { "LHLO client",                               ANY,              smtp_ehlo, LMTP_ALONE  },
    /* RFC 3207 §4 */
    { "STARTTLS",                                  READY,            smtp_starttls, NOT_LMTP },
    /* RFC 4954 §4 */
    { "AUTH mechanism [initial-response]",         READY,            smtp_auth, SUBMISSION_ALONE | SECRET },
    { "AUTH [octets]",                             ANY & ~READY,     smtp_auth_out_of_place, SUBMISSION_ALONE | SECRET },
    /* §4.1.1.2 */
    { "MAIL FROM:reverse-path [mail-parameters]",  READY,            smtp_mail, 0           },
    /* §4.1.1.3 */
    { "RCPT TO:forward-path [rcpt-parameters]",    OPEN,             smtp_rcpt, 0           },
    /* §4.1.1.4 */
    { "DATA",                                      RECIPIENTS_GIVEN, smtp_data, 0           },
    { "DATA",                                      SENDER_GIVEN,     smtp_data_for_nobody, 0 },
    /* RFC 3030 §2 */
    { "BDAT chunk-size [end-marker]",   RECIPIENTS_GIVEN | CHUNKED,  smtp_bdat, 0           },
    { "BDAT chunk-size [end-marker]",              ANY,              smtp_bdat_out_of_place, 0 },
    { "BDAT [octets]",                             ANY,              smtp_bdat_of_no_size, 0 },
    /* §4.1.1.5 */
    { "RSET",                                      ANY,              smtp_rset, 0           },
    /* §4.1.1.6 */
    { "VRFY vrfy-string",                          ANY,              smtp_vrfy, 0           },
    /* §4.1.1.8 */
    { "HELP [string]",                             ANY,              smtp_help, 0           },
    /* §4.1.1.9 */
    { "NOOP [string]",                             ANY,              smtp_noop, 0           },
    /* §4.1.1.10 */
    { "QUIT",                                      ANY,              smtp_quit, 0           },

    /* §4.2.4: known, and not for strangers or no longer for anybody */
    { "EXPN [string]",                             ANY,              smtp_not_implemented, 0 },
    { "TURN [string]",                             ANY,              smtp_not_implemented, 0 },
    { "ATRN [string]",                             ANY,              smtp_not_implemented, 0 },
    { "SEND [string]",                             ANY,              smtp_not_implemented, 0 },
    { "SOML [string]",                             ANY,              smtp_not_implemented, 0 },
    { "SAML [string]",                             ANY,              smtp_not_implemented, 0 },
    { "XEXCH50 [string]",                          ANY,              smtp_not_implemented, 0 },

    /* A browser that was sent here to speak for somebody else */
    { "GET [string]",                              ANY,              smtp_not_smtp, 0       },
    { "HEAD [string]",                             ANY,              smtp_not_smtp, 0       },
    { "POST [string]",                             ANY,              smtp_not_smtp, 0       },
    { "PUT [string]",                              ANY,              smtp_not_smtp, 0       },
    { "OPTIONS [string]",                          ANY,              smtp_not_smtp, 0       },
    { "CONNECT [string]",                          ANY,              smtp_not_smtp, 0       },
    { "HOST: [string]",                            ANY,              smtp_not_smtp, 0       },

    /* RFC 4954: where it is not offered, what some say with it is a password all the same */
    { "AUTH [string]",                             0,                NULL, SECRET           },
    { 0 },
};
/* clang-format on */

enum { ROWS = sizeof(commands) / sizeof(commands[0]) };

static bool is_for(const struct command *row, enum smtp_service service)
{
    if (row->flags & NOT_LMTP)
        return service != SMTP_LMTP;
    if (row->flags & LMTP_ALONE)
        return service == SMTP_LMTP;
    return !(row->flags & SUBMISSION_ALONE) || service == SMTP_SUBMISSION;
}

/* Made of the table's rows at the service's first session. */
const struct language *smtp_language(enum smtp_service service)
{
    static struct command own[SMTP_SERVICES][ROWS];
    static struct language languages[SMTP_SERVICES];
    struct language *l = &languages[service];
    size_t n = 0;

    if (l->commands)
        return l;
    for (size_t i = 0; i < ROWS; i++)
        if (is_for(&commands[i], service))
            own[service][n++] = commands[i];
    *l = (struct language){ own[service], rules };
    return l;
}
