/*
 * change - new settings beside those that a running site has.
 *
 * What is decided when the site starts stays as it is until the next start: its name, its
 * listeners, how many copies, the journal's size, the user ids.
 */
#ifndef CONFIG_CHANGE_H
#define CONFIG_CHANGE_H

#include "config/settings.h"

/* Gives `next` what `now` has where only a start could change it, and prints the names of
 * those that differ: "listen, uid_base".  Returns how many. */
size_t settings_keep(const struct settings *now, struct settings *next, char *names_r,
                     size_t size);

#endif
