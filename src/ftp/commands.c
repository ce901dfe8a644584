/*
 * FTP, RFC 959 §4.1 and those that add to it: what a client may say, and when.
 */
#include "ftp/commands.h"
#include "ftp/session.h"

enum {
    BEFORE = NOBODY | NAMED,
    ANY = BEFORE | READY,
};

/* clang-format off */
static const struct rule rules[] = {
    { "account-information", ftp_take_string },
    { "byte-size",  ftp_take_number },
    { "client",     ftp_take_string },
    { "host",       ftp_take_word },
    { "language",   ftp_take_word },
    { "mechanism",  ftp_take_word },
    { "mode-code",  ftp_take_code },
    { "password",   ftp_take_string },
    { "prot-code",  ftp_take_code },
    { "string",     ftp_take_string },
    { "structure-code", ftp_take_code },
    { "type-code",  ftp_take_type_code },
    { "username",   ftp_take_string },
    { "word",       ftp_take_word },
    { 0 },
};

static const struct command commands[] = {
    /* §4.1.1: access control */
    { "USER username",        ANY,     ftp_user,       0      },
    { "PASS [password]",      NAMED,   ftp_pass,       SECRET },
    { "PASS [password]",      ANY,     ftp_pass_again, SECRET },
    { "ACCT account-information", READY, ftp_acct,     SECRET },
    { "SMNT string",          READY,   ftp_not_implemented, 0 },
    { "REIN",                 ANY,     ftp_rein,       0      },
    { "QUIT",                 ANY,     ftp_quit,       0      },
    /* RFC 7151 §3 */
    { "HOST host",            ANY,     ftp_host_command, 0    },
    /* RFC 2228 §3, RFC 4217 */
    { "AUTH mechanism",       ANY,     ftp_auth,       0      },
    { "ADAT string",          ANY,     ftp_no_mechanism, SECRET },
    { "PBSZ byte-size",       ANY,     ftp_pbsz,       0      },
    { "PROT prot-code",       ANY,     ftp_prot,       0      },
    { "CCC",                  READY,   ftp_ccc,        0      },
    { "MIC string",           ANY,     ftp_no_mechanism, SECRET },
    { "CONF string",          ANY,     ftp_no_mechanism, SECRET },
    { "ENC string",           ANY,     ftp_no_mechanism, SECRET },
    /* §4.1.2: transfer parameters */
    { "TYPE type-code",       READY,   ftp_type,       0      },
    { "STRU structure-code",  READY,   ftp_stru,       0      },
    { "MODE mode-code",       READY,   ftp_mode,       0      },
    /* §4.1.3: services */
    { "SYST",                 ANY,     ftp_syst,       0      },
    { "STAT",                 ANY,     ftp_stat,       0      },
    { "HELP [word]",          ANY,     ftp_help,       0      },
    { "NOOP",                 ANY,     ftp_noop,       0      },
    /* RFC 2389 */
    { "FEAT",                 ANY,     ftp_feat,       0      },
    { "OPTS UTF8 [word]",     ANY,     ftp_opts_utf8,  0      },
    { "OPTS UTF-8 [word]",    ANY,     ftp_opts_utf8,  0      },
    { "OPTS string",          ANY,     ftp_opts,       0      },
    /* RFC 2640 §4.1 */
    { "LANG [language]",      ANY,     ftp_lang,       0      },
    /* draft-peterson-streamlined-ftp-command-extensions; what came before it */
    { "CSID client",          ANY,     ftp_csid,       0      },
    { "CLNT client",          ANY,     ftp_clnt,       0      },

    /* Who speaks another protocol was sent here to speak for somebody else (A20) */
    { "GET [string]",         ANY,     ftp_not_ftp,    0      },
    { "HEAD [string]",        ANY,     ftp_not_ftp,    0      },
    { "POST [string]",        ANY,     ftp_not_ftp,    0      },
    { "PUT [string]",         ANY,     ftp_not_ftp,    0      },
    { "DELETE [string]",      ANY,     ftp_not_ftp,    0      },
    { "OPTIONS [string]",     ANY,     ftp_not_ftp,    0      },
    { "CONNECT [string]",     ANY,     ftp_not_ftp,    0      },
    { "HOST: [string]",       ANY,     ftp_not_ftp,    0      },
    { "EHLO [string]",        ANY,     ftp_not_ftp,    0      },
    { "HELO [string]",        ANY,     ftp_not_ftp,    0      },
    { "MAIL [string]",        ANY,     ftp_not_ftp,    0      },
    { "RCPT [string]",        ANY,     ftp_not_ftp,    0      },
    { 0 },
};
/* clang-format on */

const struct language ftp_language = { commands, rules };
