/*
 * sqlite_vfs - SQLite below the working directory, for a process that may look nowhere
 * else.
 *
 * SQLite's own unix VFS makes every name absolute with getcwd, which fails when a parent
 * of the working directory is closed to our uid; and it opens /dev/urandom, which the
 * sandbox forbids.  The VFS "beneath" is the unix VFS with relative names kept as they
 * are and randomness from getrandom.  What a name may reach is the sandbox's matter.
 * A quota that is used up is to SQLite what a full disk is (SQLITE_FULL).  Links are not
 * followed, and what is no file is not opened.
 *
 * A role that uses it: fchdir to its directory, sqlite_beneath_init, sqlite3_open_v2 with
 * a relative name, PRAGMA temp_store=MEMORY (there is no place for temporary files).
 */
#ifndef OS_SQLITE_VFS_H
#define OS_SQLITE_VFS_H

/* Registers "beneath" as SQLite's default VFS, once however often it is called.  0, or
 * -ENOTSUP when SQLite was built without a VFS to stand on. */
int sqlite_beneath_init(void);

#endif
