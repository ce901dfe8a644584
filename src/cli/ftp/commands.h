/*
 * commands - the functions behind the rows of commands.c; shell.h says what they are.
 */
#ifndef CLI_FTP_COMMANDS_H
#define CLI_FTP_COMMANDS_H

#include "cli/ftp/shell.h"

int ftp_do_open(struct call *);
int ftp_do_user(struct call *);
int ftp_do_close(struct call *);
int ftp_do_bookmarks(struct call *);
int ftp_do_status(struct call *);
int ftp_do_quit(struct call *);
int ftp_do_cd(struct call *);
int ftp_do_cdup(struct call *);
int ftp_do_pwd(struct call *);
int ftp_do_lcd(struct call *);
int ftp_do_lpwd(struct call *);
int ftp_do_ls(struct call *);
int ftp_do_nlist(struct call *);
int ftp_do_find(struct call *);
int ftp_do_du(struct call *);
int ftp_do_mkdir(struct call *);
int ftp_do_rmdir(struct call *);
int ftp_do_rm(struct call *);
int ftp_do_mv(struct call *);
int ftp_do_chmod(struct call *);
int ftp_do_hash(struct call *);
int ftp_do_cat(struct call *);
int ftp_do_less(struct call *);
int ftp_do_get(struct call *);
int ftp_do_put(struct call *);
int ftp_do_reget(struct call *);
int ftp_do_reput(struct call *);
int ftp_do_append(struct call *);
int ftp_do_mget(struct call *);
int ftp_do_mput(struct call *);
int ftp_do_mirror(struct call *);
int ftp_do_fxp(struct call *);
int ftp_do_type(struct call *);
int ftp_do_ascii(struct call *);
int ftp_do_binary(struct call *);
int ftp_do_passive(struct call *);
int ftp_do_active(struct call *);
int ftp_do_verbose(struct call *);
int ftp_do_quote(struct call *);
int ftp_do_site(struct call *);
int ftp_do_shell(struct call *);
int ftp_do_help(struct call *);

#endif
