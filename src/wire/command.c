/* command - see command.h; the usage line is read anew for each line: it is short. */
#include "wire/command.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>

/* ---- words */

static struct span verb_of(struct span line)
{
    size_t n = 0;
    while (n < line.len && isalnum((unsigned char)line.at[n]))
        n++;
    return span_first(line, n);
}

static bool is_verb_of(const struct command *c, struct span verb)
{
    return verb.len > 0 &&
           toupper((unsigned char)*verb.at) == toupper((unsigned char)*c->usage) &&
           span_is_nocase(verb_of(span_of(c->usage)), verb);
}

/* The rule's name that the usage line goes on with; empty: something else. */
static struct span rule_name(const char *usage)
{
    size_t n = 0;
    if (islower((unsigned char)*usage)) {
        while (islower((unsigned char)usage[n]) || isdigit((unsigned char)usage[n]) ||
               usage[n] == '-' || usage[n] == '_')
            n++;
    }
    return span_at(usage, n);
}

static const struct rule *find_rule(const struct rule *rules, struct span name)
{
    while (rules->name && !span_is(span_of(rules->name), name))
        rules++;
    assert(rules->name); /* the usage line names a rule that the grammar lacks */
    return rules;
}

/* ---- matching */

static bool may_end_here(const char *usage)
{
    return usage[0] == '[' || (usage[0] == ' ' && usage[1] == '[');
}

static bool is_white(struct span rest)
{
    while (rest.len > 0 && (*rest.at == ' ' || *rest.at == '\t'))
        rest = span_skip(rest, 1);
    return rest.len == 0;
}

/* Capitals and punctuation. */
static bool take_letter(struct span *line, char letter)
{
    if (line->len == 0 || toupper((unsigned char)*line->at) != (unsigned char)letter)
        return false;
    *line = span_skip(*line, 1);
    return true;
}

static bool fits(const struct rule *rules, const char *usage, struct span line,
                 struct arg args_r[COMMAND_ARGS_MAX])
{
    size_t n = 0;

    memset(args_r, 0, COMMAND_ARGS_MAX * sizeof(*args_r));
    while (*usage) {
        struct span name = rule_name(usage);
        if (may_end_here(usage) && is_white(line))
            return true;
        if (name.len > 0) {
            assert(n < COMMAND_ARGS_MAX);
            if (!find_rule(rules, name)->take(&line, &args_r[n]))
                return false;
            args_r[n++].given = true;
            usage += name.len;
            continue;
        }
        if (*usage != '[' && *usage != ']' && !take_letter(&line, *usage))
            return false;
        usage++;
    }
    return is_white(line);
}

enum command_match command_match(const struct language *language, unsigned state,
                                 struct span line, const struct command **command_r,
                                 struct arg args_r[COMMAND_ARGS_MAX])
{
    enum command_match match = COMMAND_UNKNOWN;
    struct span verb = verb_of(line);

    for (const struct command *c = language->commands; c->usage; c++) {
        if (!c->states || !is_verb_of(c, verb))
            continue;
        if (!(c->states & state)) {
            match = match == COMMAND_UNKNOWN ? COMMAND_OUT_OF_STATE : match;
            continue;
        }
        match = COMMAND_BAD_ARGUMENTS;
        if (fits(language->rules, c->usage, line, args_r)) {
            *command_r = c;
            return COMMAND_FOUND;
        }
    }
    return match;
}

/* ---- the transcript */

static bool is_secret(const struct language *language, struct span verb)
{
    for (const struct command *c = language->commands; c->usage; c++) {
        if ((c->flags & SECRET) && is_verb_of(c, verb))
            return true;
    }
    return false;
}

/* White space in front makes the line unknown, its password no less secret. */
bool command_is_secret(const struct language *language, struct span line,
                       struct span *verb_r)
{
    struct span rest = line;
    while (rest.len > 0 && isspace((unsigned char)*rest.at))
        rest = span_skip(rest, 1);
    *verb_r = verb_of(rest);
    return verb_r->len < rest.len && is_secret(language, *verb_r);
}

void command_heard(const struct language *language, struct wire *w, struct span line)
{
    struct span verb;
    if (!command_is_secret(language, line, &verb)) {
        wire_heard(w, line);
        return;
    }
    char masked[32];
    int n = snprintf(masked, sizeof(masked), "%.*s ****", SPAN_ARG(verb));
    assert(n > 0 && (size_t)n < sizeof(masked)); /* verbs are short words */
    wire_heard(w, span_at(masked, (size_t)n));
}

enum command_match command_run(const struct language *language, unsigned state,
                               struct wire *w, struct span line, void *session)
{
    const struct command *command = NULL;
    struct arg args[COMMAND_ARGS_MAX];

    command_heard(language, w, line);
    enum command_match match = command_match(language, state, line, &command, args);
    if (match == COMMAND_FOUND)
        command->run(session, args);
    return match;
}
