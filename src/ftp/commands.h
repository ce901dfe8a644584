/*
 * commands - what runs a row of the table (commands.c), in the table's order.
 *
 * Each takes the session (struct ftpd) and the arguments that the row's usage line names,
 * and says the reply.
 */
#ifndef FTP_COMMANDS_H
#define FTP_COMMANDS_H

#include "wire/command.h"

/* ---- access.c */
void ftpd_user(void *session, const struct arg *);
void ftpd_pass(void *session, const struct arg *);
void ftpd_pass_again(void *session, const struct arg *);
void ftpd_acct(void *session, const struct arg *);
void ftpd_rein(void *session, const struct arg *);
void ftpd_quit(void *session, const struct arg *);
void ftpd_host_command(void *session, const struct arg *);
void ftpd_not_ftp(void *session, const struct arg *);

/* ---- security.c */
void ftpd_auth(void *session, const struct arg *);
void ftpd_pbsz(void *session, const struct arg *);
void ftpd_prot(void *session, const struct arg *);
void ftpd_ccc(void *session, const struct arg *);
void ftpd_no_mechanism(void *session, const struct arg *);

/* ---- parameter.c */
void ftpd_type(void *session, const struct arg *);
void ftpd_stru(void *session, const struct arg *);
void ftpd_mode(void *session, const struct arg *);

/* ---- information.c */
void ftpd_feat(void *session, const struct arg *);
void ftpd_opts_utf8(void *session, const struct arg *);
void ftpd_opts(void *session, const struct arg *);
void ftpd_lang(void *session, const struct arg *);
void ftpd_syst(void *session, const struct arg *);
void ftpd_stat(void *session, const struct arg *);
void ftpd_help(void *session, const struct arg *);
void ftpd_noop(void *session, const struct arg *);
void ftpd_csid(void *session, const struct arg *);
void ftpd_clnt(void *session, const struct arg *);
void ftpd_not_implemented(void *session, const struct arg *);

#endif
