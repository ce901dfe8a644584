/*
 * command - match a command line against a protocol's own usage lines.
 *
 * The usage line is the one printed in the RFC ("TOP msg n", "LIST [msg]").  It is the
 * documentation, the HELP text and the grammar at once:
 *
 *     CAPITALS and punctuation   match themselves, letters in any case
 *     a lower-case word          names a rule of the protocol's grammar
 *     [ ... ]                    may be left out, with all that follows it
 *
 * A rule's name begins with a lower-case letter; '-', '_' and digits may follow.  White
 * space at the end of the line is tolerated (RFC 5321 §4.1.1) where no rule takes it.
 *
 * The verb is the row's first word.  Rows may share one; the first that fits and is
 * allowed in this state is taken.  A line that fits none: bad arguments, if its verb has
 * a row for this state; else out of state, if it has a row at all; else unknown.
 */
#ifndef WIRE_COMMAND_H
#define WIRE_COMMAND_H

#include "wire/wire.h"

enum { COMMAND_ARGS_MAX = 4 };

struct arg {
    bool given;
    struct span text;
    uint64_t number;
};

/* What a row may say about itself beyond its states. */
enum command_flags {
    SECRET = 1,         /* its arguments never reach the transcript */
    ROOM_FLAG = 1 << 8, /* the first of those that mean something to the room alone */
};

struct command {
    const char *usage;
    unsigned states; /* the set of session states that allow it; none: the verb is not
                      * known, but SECRET still holds for who says it */
    void (*run)(void *session, const struct arg *args);
    unsigned flags;
};

/* A rule takes its value off the front of *rest, or returns false and takes nothing. */
struct rule {
    const char *name;
    bool (*take)(struct span *rest, struct arg *arg_r);
};

struct language {
    const struct command *commands; /* ends with a row without usage */
    const struct rule *rules;       /* ends with a row without name */
};

enum command_match {
    COMMAND_FOUND,
    COMMAND_UNKNOWN,
    COMMAND_OUT_OF_STATE,
    COMMAND_BAD_ARGUMENTS,
};

enum command_match command_match(const struct language *, unsigned state,
                                 struct span line, const struct command **command_r,
                                 struct arg args_r[COMMAND_ARGS_MAX]);

/* Must its arguments not be shown?  *verb_r: its verb, in either case. */
bool command_is_secret(const struct language *, struct span line, struct span *verb_r);

/* Notes in the transcript what was heard, the arguments of a SECRET verb as "****"
 * whether they fit or not; for lines that never come to be matched (too long, bare). */
void command_heard(const struct language *, struct wire *, struct span line);

/* command_heard, command_match, and runs the command when it was found. */
enum command_match command_run(const struct language *, unsigned state, struct wire *,
                               struct span line, void *session);

#endif
