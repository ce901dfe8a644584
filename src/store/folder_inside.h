/*
 * folder_inside - what the files that know the folder's names share.
 */
#ifndef STORE_FOLDER_INSIDE_H
#define STORE_FOLDER_INSIDE_H

#include "store/folder.h"

#include <dirent.h>

void folder_path(char path_r[FOLDER_PATH], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int folder_list(int store, const char *path, DIR **directory_r);
void folder_list_close(DIR **); /* for OWN */
bool folder_is_dots(const char *name);
int folder_sync(int store, const char *path);

#endif
