/*
 * demo_settings - the demo's packetboat.conf when an earlier version made the site: what
 * this version serves beside is added, and what a person changed stays.
 */
#ifndef CLI_DEMO_SETTINGS_H
#define CLI_DEMO_SETTINGS_H

#include "base/span.h"

/* Adds to the site's packetboat.conf each section ("listen imap { ... }", one a line) of
 * `fresh` that it has not.  0 or -errno. */
int demo_settings_add(int site, struct span fresh);

#endif
