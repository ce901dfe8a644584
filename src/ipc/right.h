/*
 * right - what a handle may do: what auth grants and a keeper looks at.
 *
 * The bits are kept with app passwords (auth/database.h): none is ever given another
 * meaning.
 */
#ifndef IPC_RIGHT_H
#define IPC_RIGHT_H

enum right {
    RIGHT_READ = 1,         /* the account's mail */
    RIGHT_EXPUNGE = 2,      /* from it; to set flags, as \Deleted is one; to append */
    RIGHT_SEND = 4,         /* for submission alone: no keeper has a use for it */
    RIGHT_FILES = 8,        /* to look at the account's files */
    RIGHT_FILES_WRITE = 16, /* and to change them */
    RIGHTS_ALL = 31,
};

/* What somebody may do in a folder that another account shares with him.  Kept in auth's
 * database: none is ever given another meaning. */
enum share_access {
    SHARE_READ, /* look and read */
    SHARE_ADD,  /* and store new files and directories; nothing is changed or removed */
    SHARE_WRITE, /* and everything else, the folder itself excepted */
    SHARE_ACCESSES
};

#endif
