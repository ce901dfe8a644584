/*
 * commands - what runs a row of the table (commands.c), in the table's order.
 *
 * Each takes the session (struct ftp) and the arguments that the row's usage line names,
 * and says the reply.
 */
#ifndef FTP_COMMANDS_H
#define FTP_COMMANDS_H

#include "wire/command.h"

/* ---- access.c */
void ftp_user(void *session, const struct arg *);
void ftp_pass(void *session, const struct arg *);
void ftp_pass_again(void *session, const struct arg *);
void ftp_acct(void *session, const struct arg *);
void ftp_rein(void *session, const struct arg *);
void ftp_quit(void *session, const struct arg *);
void ftp_host_command(void *session, const struct arg *);
void ftp_not_ftp(void *session, const struct arg *);

/* ---- security.c */
void ftp_auth(void *session, const struct arg *);
void ftp_pbsz(void *session, const struct arg *);
void ftp_prot(void *session, const struct arg *);
void ftp_ccc(void *session, const struct arg *);
void ftp_no_mechanism(void *session, const struct arg *);

/* ---- parameter.c */
void ftp_type(void *session, const struct arg *);
void ftp_stru(void *session, const struct arg *);
void ftp_mode(void *session, const struct arg *);

/* ---- information.c */
void ftp_feat(void *session, const struct arg *);
void ftp_opts_utf8(void *session, const struct arg *);
void ftp_opts(void *session, const struct arg *);
void ftp_lang(void *session, const struct arg *);
void ftp_syst(void *session, const struct arg *);
void ftp_stat(void *session, const struct arg *);
void ftp_help(void *session, const struct arg *);
void ftp_noop(void *session, const struct arg *);
void ftp_csid(void *session, const struct arg *);
void ftp_clnt(void *session, const struct arg *);
void ftp_not_implemented(void *session, const struct arg *);

#endif
