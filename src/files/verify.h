/*
 * verify - looks at every file of DIR/files while no server runs.
 *
 * Files are what their users have made them: nothing says what should be in them.  What
 * can be wrong is the order around them; and what is there but can be reached by nobody
 * (links, pipes, devices, names that no path can have) is counted.
 */
#ifndef FILES_VERIFY_H
#define FILES_VERIFY_H

#include <stdint.h>

struct files_report {
    uint64_t accounts, files, octets, unfinished, unreachable;
};
/* Says in words what is wrong.  How many faults, or -errno when it could not look
 * (-ENOENT: there are no files). */
int files_verify(int directory, struct files_report *report_r,
                 void (*on_fault)(const char *fault, void *arg), void *arg);

#endif
