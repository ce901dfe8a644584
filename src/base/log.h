/*
 * log - what happened, for the person who runs this.
 *
 * Libraries do not log; the one who decides logs, once, with the session's id (0: none).
 * An event is one line without control characters.  It goes to the sink: standard error
 * at first, a role's ring to the log role later (role/boot.c sets it).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/span.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_DEBUG };

void log_event(enum log_level, uint64_t session, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* line: NUL-ended, cleaned, without line end. */
typedef void log_sink(enum log_level, uint64_t session, const char *line);
void log_to(log_sink *);         /* NULL: standard error */
log_sink log_to_stderr;          /* for a sink that wants both */
void log_name(const char *role); /* borrowed; the prefix on standard error */
const char *log_level_name(enum log_level);
/* Octets from anywhere as one line that may be shown to a terminal: UTF-8 stays, what
 * is none and every control character becomes \xNN.  NUL-ended, cut to fit size >= 8. */
void log_clean(struct span, char *line_r, size_t size);

#endif
