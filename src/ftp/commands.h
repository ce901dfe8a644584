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

/* ---- directory.c */
void ftpd_cwd(void *session, const struct arg *);
void ftpd_cdup(void *session, const struct arg *);
void ftpd_pwd(void *session, const struct arg *);
void ftpd_mkd(void *session, const struct arg *);
void ftpd_rmd(void *session, const struct arg *);

/* ---- data_connection.c */
void ftpd_pasv(void *session, const struct arg *);
void ftpd_epsv(void *session, const struct arg *);
void ftpd_epsv_all(void *session, const struct arg *);
void ftpd_port(void *session, const struct arg *);
void ftpd_eprt(void *session, const struct arg *);

/* ---- retrieve.c */
void ftpd_rest(void *session, const struct arg *);
void ftpd_rang(void *session, const struct arg *);
void ftpd_retr(void *session, const struct arg *);

/* ---- store.c */
void ftpd_allo(void *session, const struct arg *);
void ftpd_stor(void *session, const struct arg *);
void ftpd_appe(void *session, const struct arg *);
void ftpd_stou(void *session, const struct arg *);

/* ---- transfer.c */
void ftpd_stat_transfer(void *session, const struct arg *);
void ftpd_abor(void *session, const struct arg *);

/* ---- list.c */
void ftpd_list(void *session, const struct arg *);
void ftpd_nlst(void *session, const struct arg *);
void ftpd_mlsd(void *session, const struct arg *);
void ftpd_stat_path(void *session, const struct arg *);

/* ---- file.c */
void ftpd_dele(void *session, const struct arg *);
void ftpd_rnfr(void *session, const struct arg *);
void ftpd_rnto(void *session, const struct arg *);
void ftpd_size(void *session, const struct arg *);
void ftpd_mdtm(void *session, const struct arg *);
void ftpd_mlst(void *session, const struct arg *);
void ftpd_mfmt(void *session, const struct arg *);
void ftpd_mff(void *session, const struct arg *);
void ftpd_site_chmod(void *session, const struct arg *);
void ftpd_site_utime(void *session, const struct arg *);
void ftpd_site_help(void *session, const struct arg *);
void ftpd_site(void *session, const struct arg *);

/* ---- digest.c */
void ftpd_opts_hash(void *session, const struct arg *);
void ftpd_hash(void *session, const struct arg *);

/* ---- information.c */
void ftpd_feat(void *session, const struct arg *);
void ftpd_opts_mlst(void *session, const struct arg *);
void ftpd_opts_deflate(void *session, const struct arg *);
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
