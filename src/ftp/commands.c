/*
 * FTP, RFC 959 §4.1 and those that add to it: what a client may say, and when.
 */
#include "ftp/commands.h"
#include "ftp/grammar.h"
#include "ftp/session.h"

enum {
    BEFORE = NOBODY | NAMED,
    IN = READY | RENAMING,
    ANY = BEFORE | IN,
};

/* clang-format off */
static const struct rule rules[] = {
    { "account-information", ftpd_take_string },
    { "byte-size",  ftpd_take_number },
    { "digest",     ftpd_take_word },
    { "extended-address", ftpd_take_string },
    { "facts",      ftpd_take_word },
    { "host-port",  ftpd_take_host_port },
    { "level",      ftpd_take_number },
    { "list-path",  ftpd_take_listed },
    { "mode",       ftpd_take_word },
    { "net-prt",    ftpd_take_number },
    { "octet",      ftpd_take_number },
    { "path",       ftpd_take_path },
    { "time-val",   ftpd_take_word },
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
    { "ACCT account-information", IN, ftpd_acct,     SECRET },
    { "CWD path",             IN,      ftpd_cwd,       0      },
    { "XCWD path",            IN,      ftpd_cwd,       0      },
    { "CDUP",                 IN,      ftpd_cdup,      0      },
    { "XCUP",                 IN,      ftpd_cdup,      0      },
    { "SMNT string",          IN,      ftpd_not_implemented, 0 },
    { "REIN",                 ANY,     ftpd_rein,       0      },
    { "QUIT",                 ANY,     ftpd_quit,       0      },
    /* RFC 7151 §3 */
    { "HOST host",            ANY,     ftpd_host_command, 0    },
    /* RFC 2228 §3, RFC 4217 */
    { "AUTH mechanism",       ANY,     ftpd_auth,       0      },
    { "ADAT string",          ANY,     ftpd_no_mechanism, SECRET },
    { "PBSZ byte-size",       ANY,     ftpd_pbsz,       0      },
    { "PROT prot-code",       ANY,     ftpd_prot,       0      },
    { "CCC",                  IN,      ftpd_ccc,        0      },
    { "MIC string",           ANY,     ftpd_no_mechanism, SECRET },
    { "CONF string",          ANY,     ftpd_no_mechanism, SECRET },
    { "ENC string",           ANY,     ftpd_no_mechanism, SECRET },
    /* §4.1.2: transfer parameters */
    { "PORT host-port",       IN,      ftpd_port,      0      },
    { "PASV",                 IN,      ftpd_pasv,      0      },
    /* RFC 2428 */
    { "EPRT extended-address", IN,     ftpd_eprt,      0      },
    { "EPSV ALL",             IN,      ftpd_epsv_all,  0      },
    { "EPSV [net-prt]",       IN,      ftpd_epsv,      0      },
    { "TYPE type-code",       IN,      ftpd_type,       0      },
    { "STRU structure-code",  IN,      ftpd_stru,       0      },
    { "MODE mode-code",       IN,      ftpd_mode,       0      },
    /* §4.1.3: services */
    { "RETR path",            IN,      ftpd_retr,      0      },
    { "STOR path",            IN,      ftpd_stor,      0      },
    { "STOU [path]",          IN,      ftpd_stou,      0      },
    { "APPE path",            IN,      ftpd_appe,      0      },
    { "ALLO octet [R octet]", IN,     ftpd_allo,      0      },
    { "REST octet",           IN,      ftpd_rest,      0      },
    { "RNFR path",            IN,      ftpd_rnfr,      0      },
    { "RNTO path",            RENAMING, ftpd_rnto,     0      },
    { "ABOR",                 IN,      ftpd_abor,      0      },
    { "ABOR",                 TRANSFERRING, ftpd_abor, 0      },
    { "DELE path",            IN,      ftpd_dele,      0      },
    { "RMD path",             IN,      ftpd_rmd,       0      },
    { "XRMD path",            IN,      ftpd_rmd,       0      },
    { "MKD path",             IN,      ftpd_mkd,       0      },
    { "XMKD path",            IN,      ftpd_mkd,       0      },
    { "PWD",                  IN,      ftpd_pwd,       0      },
    { "XPWD",                 IN,      ftpd_pwd,       0      },
    { "LIST [list-path]",     IN,      ftpd_list,      0      },
    { "NLST [list-path]",     IN,      ftpd_nlst,      0      },
    { "SITE CHMOD mode path", IN,      ftpd_site_chmod, 0     },
    { "SITE UTIME time-val path", IN,  ftpd_site_utime, 0     },
    { "SITE HELP [string]",   IN,      ftpd_site_help, 0      },
    { "SITE string",          IN,      ftpd_site,      0      },
    { "SYST",                 ANY,     ftpd_syst,       0      },
    { "STAT",                 ANY,     ftpd_stat,      0      },
    { "STAT list-path",       IN,      ftpd_stat_path, 0      },
    { "STAT",                 TRANSFERRING, ftpd_stat_transfer, 0 },
    { "HELP [word]",          ANY,     ftpd_help,       0      },
    { "NOOP",                 ANY,     ftpd_noop,       0      },
    /* RFC 2389 */
    { "FEAT",                 ANY,     ftpd_feat,       0      },
    { "OPTS UTF8 [word]",     ANY,     ftpd_opts_utf8,  0      },
    { "OPTS UTF-8 [word]",    ANY,     ftpd_opts_utf8,  0      },
    { "OPTS MLST [facts]",    ANY,     ftpd_opts_mlst, 0      },
    { "OPTS HASH [digest]",   ANY,     ftpd_opts_hash, 0      },
    { "OPTS MODE Z LEVEL level", ANY,  ftpd_opts_deflate, 0   },
    { "OPTS string",          ANY,     ftpd_opts,       0      },
    /* RFC 3659 */
    { "MDTM path",            IN,      ftpd_mdtm,      0      },
    { "SIZE path",            IN,      ftpd_size,      0      },
    { "MLST [path]",          IN,      ftpd_mlst,      0      },
    { "MLSD [path]",          IN,      ftpd_mlsd,      0      },
    /* draft-somers-ftp-mfxx */
    { "MFMT time-val path",   IN,      ftpd_mfmt,      0      },
    { "MFF facts path",       IN,      ftpd_mff,       0      },
    /* draft-bryan-ftpext-hash, draft-bryan-ftp-range */
    { "HASH path",            IN,      ftpd_hash,      0      },
    { "RANG octet octet",     IN,      ftpd_rang,      0      },
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
