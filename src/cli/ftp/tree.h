/*
 * tree - what lies below a directory, there or here.
 *
 * Links are listed and not followed.  What the rules exclude is listed and not entered.
 * Paths are relative to the top.  A server may send whatever it likes: names are single
 * components (ftp/client.h), and there is a most of paths, depth and number.
 */
#ifndef CLI_FTP_TREE_H
#define CLI_FTP_TREE_H

#include "cli/ftp/crew.h"
#include "cli/ftp/mirror_plan.h"

enum { TREE_NODES_MAX = 4 << 20, TREE_PATH_MAX = 4096 };

/* Sorted.  Directories that cannot be read are said and counted; -errno: the top cannot
 * be, or -E2BIG, -ENOMEM; it is said.  The paths live in the call's arena. */
int tree_remote(struct crew *, const char *top, const struct mirror_rules *,
                struct tree *r, unsigned *failed_r);
int tree_local(struct call *, int top, const struct mirror_rules *, struct tree *r,
               unsigned *failed_r);
void tree_free(struct tree *);

#endif
