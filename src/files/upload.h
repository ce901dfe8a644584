/*
 * upload - a file on its way in.
 *
 * It is a temporary in the account's uploads/ until it is whole: then it is synced, gets
 * its name, and the directory is synced (cabinet_commit).  The front writes into it
 * within the room that it was given, and asks for more; that is where the quota is
 * counted and where what was written is sent to the disk, so that neither a checkpoint of
 * the store nor the commit has to wait for gigabytes.
 */
#ifndef FILES_UPLOAD_H
#define FILES_UPLOAD_H

#include "config/limits.h"
#include "files/facts.h"

enum upload_how {
    UPLOAD_STORE,  /* in place of what is there */
    UPLOAD_APPEND, /* behind what is there, if anything is */
    UPLOAD_UNIQUE, /* under a name that nothing has, made of the one that was said */
    UPLOAD_RESUME, /* from `offset` on; before it stays what is there */
    UPLOAD_HOWS
};

struct upload_begin {
    struct span path;
    enum upload_how how;
    uint64_t offset;
    uint64_t expected; /* octets that are to come; 0: nobody knows */
};

struct upload_begun {
    uint64_t upload;
    int file;      /* to write; the caller's */
    uint64_t size; /* where writing begins */
    uint64_t room; /* how long it may become */
    char name[FILES_NAME_MAX + 1];
};

#endif
