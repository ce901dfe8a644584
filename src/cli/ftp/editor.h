/*
 * editor - a line from a person at the terminal: edited, completed with Tab, remembered.
 *
 * libedit does it, opened by dlopen, so that no other process of this program maps it;
 * without it lines are read as the terminal gives them.  While a line is typed the loop
 * goes on: the fiber is parked.  What was typed is kept in
 * ~/.local/state/packetboat/ftp-history (0600), but nothing that may hold a password.
 */
#ifndef CLI_FTP_EDITOR_H
#define CLI_FTP_EDITOR_H

#include "cli/ftp/shell.h"

enum { HISTORY_LINES = 1000 };

struct editor *editor_open(struct shell *); /* NULL: out of memory */
void editor_close(struct editor **);        /* keeps the history */
/* Without the line end, until the next call.  1; 0: the end; -EINTR: Ctrl-C. */
int editor_line(struct editor *, const char *prompt, struct span *line_r);

/* May the line be kept?  Pure. */
bool editor_may_keep(struct span line, struct arena *);

#endif
