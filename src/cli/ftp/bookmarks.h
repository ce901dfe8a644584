/*
 * bookmarks - names for places, in a file that a person can edit:
 * $XDG_CONFIG_HOME/packetboat/bookmarks (~/.config), one "NAME URL" a line, "#" opens a
 * comment.  It is written with mode 0600, since a URL may hold a password.
 *
 * personal_path says where such files are: those of config, and the history's.
 */
#ifndef CLI_FTP_BOOKMARKS_H
#define CLI_FTP_BOOKMARKS_H

#include "base/buf.h"

enum { BOOKMARKS_OCTETS_MAX = 1 << 20, BOOKMARK_NAME_MAX = 64 };

/* Letters, digits, "-", "_" and "."; not longer than BOOKMARK_NAME_MAX. */
bool bookmark_is_name(struct span);

/* ---- the file's text.  A line that is none is passed over, and kept. */
struct bookmark {
    struct span name, url;
};
bool bookmark_take(struct span *text,
                   struct bookmark *r); /* the next; false: no more */
bool bookmark_find(struct span text, struct span name, struct span *url_r);
/* The text with this bookmark in place of any of its name; url.len == 0: without it.
 * 0; -ENOENT: none to remove; -errno. */
int bookmark_put(struct buf *to, struct span text, struct span name, struct span url);

/* ---- the file.  0 or -errno. */
int bookmarks_read(struct buf *text_r); /* no file: empty */
int bookmarks_write(struct span text);

/* ~/.config/packetboat/NAME, or with state ~/.local/state/packetboat/NAME; makes the
 * directories (0700) if asked.  False: there is no home, or it is too long. */
bool personal_path(const char *name, bool state, bool make, char *path_r, size_t size);

#endif
