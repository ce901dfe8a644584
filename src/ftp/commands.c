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
    { "account-information", ftpd_take_string },
    { "byte-size",  ftpd_take_number },
    { "client",     ftpd_take_string },
    { "host",       ftpd_take_word },
    { "language",   ftpd_take_word },
    { "mechanism",  ftpd_take_word },
    { "mode-code",  ftpd_take_code },
    { "password",   ftpd_take_string },
    { "prot-code",  ftpd_take_code },
    { "string",     ftpd_take_string },
    { "structure-code", ftpd_take_code },
    { "type-code",  ftpd_take_type_code },
    { "username",   ftpd_take_string },
    { "word",       ftpd_take_word },
    { 0 },
};

static const struct command commands[] = {
    /* §4.1.1: access control */
    { "USER username",        ANY,     ftpd_user,       0      },
    { "PASS [password]",      NAMED,   ftpd_pass,       SECRET },
    { "PASS [password]",      ANY,     ftpd_pass_again, SECRET },
    { "ACCT account-information", READY, ftpd_acct,     SECRET },
    { "SMNT string",          READY,   ftpd_not_implemented, 0 },
    { "REIN",                 ANY,     ftpd_rein,       0      },
    { "QUIT",                 ANY,     ftpd_quit,       0      },
    /* RFC 7151 §3 */
    { "HOST host",            ANY,     ftpd_host_command, 0    },
    /* RFC 2228 §3, RFC 4217 */
    { "AUTH mechanism",       ANY,     ftpd_auth,       0      },
    { "ADAT string",          ANY,     ftpd_no_mechanism, SECRET },
    { "PBSZ byte-size",       ANY,     ftpd_pbsz,       0      },
    { "PROT prot-code",       ANY,     ftpd_prot,       0      },
    { "CCC",                  READY,   ftpd_ccc,        0      },
    { "MIC string",           ANY,     ftpd_no_mechanism, SECRET },
    { "CONF string",          ANY,     ftpd_no_mechanism, SECRET },
    { "ENC string",           ANY,     ftpd_no_mechanism, SECRET },
    /* §4.1.2: transfer parameters */
    { "TYPE type-code",       READY,   ftpd_type,       0      },
    { "STRU structure-code",  READY,   ftpd_stru,       0      },
    { "MODE mode-code",       READY,   ftpd_mode,       0      },
    /* §4.1.3: services */
    { "SYST",                 ANY,     ftpd_syst,       0      },
    { "STAT",                 ANY,     ftpd_stat,       0      },
    { "HELP [word]",          ANY,     ftpd_help,       0      },
    { "NOOP",                 ANY,     ftpd_noop,       0      },
    /* RFC 2389 */
    { "FEAT",                 ANY,     ftpd_feat,       0      },
    { "OPTS UTF8 [word]",     ANY,     ftpd_opts_utf8,  0      },
    { "OPTS UTF-8 [word]",    ANY,     ftpd_opts_utf8,  0      },
    { "OPTS string",          ANY,     ftpd_opts,       0      },
    /* RFC 2640 §4.1 */
    { "LANG [language]",      ANY,     ftpd_lang,       0      },
    /* draft-peterson-streamlined-ftp-command-extensions; what came before it */
    { "CSID client",          ANY,     ftpd_csid,       0      },
    { "CLNT client",          ANY,     ftpd_clnt,       0      },

    /* Who speaks another protocol was sent here to speak for somebody else (A20) */
    { "GET [string]",         ANY,     ftpd_not_ftp,    0      },
    { "HEAD [string]",        ANY,     ftpd_not_ftp,    0      },
    { "POST [string]",        ANY,     ftpd_not_ftp,    0      },
    { "PUT [string]",         ANY,     ftpd_not_ftp,    0      },
    { "DELETE [string]",      ANY,     ftpd_not_ftp,    0      },
    { "OPTIONS [string]",     ANY,     ftpd_not_ftp,    0      },
    { "CONNECT [string]",     ANY,     ftpd_not_ftp,    0      },
    { "HOST: [string]",       ANY,     ftpd_not_ftp,    0      },
    { "EHLO [string]",        ANY,     ftpd_not_ftp,    0      },
    { "HELO [string]",        ANY,     ftpd_not_ftp,    0      },
    { "MAIL [string]",        ANY,     ftpd_not_ftp,    0      },
    { "RCPT [string]",        ANY,     ftpd_not_ftp,    0      },
    { 0 },
};
/* clang-format on */

const struct language ftpd_language = { commands, rules };
