/* list_match - see list_match.h. */
#include "imap/list_match.h"

#include "config/limits.h"
#include "store/names.h"

#include <ctype.h>

static bool is_wild(char c)
{
    return c == '*' || c == '%';
}

static bool is_same(char a, char b, enum list_case how)
{
    return a == b || (how == LIST_ANY_CASE &&
                      tolower((unsigned char)a) == tolower((unsigned char)b));
}

/* Where a wildcard stands one may go on behind it as well. */
static void step_over_wildcards(struct span pattern, bool *at)
{
    for (size_t i = 0; i < pattern.len; i++)
        if (at[i] && is_wild(pattern.at[i]))
            at[i + 1] = true;
}

/* at[i]: what has been read of the name fits the first i octets of the pattern.  False:
 * nothing that follows can make it fit. */
static bool read_octet(struct span pattern, bool *at, char c, enum list_case how)
{
    bool any = false;

    for (size_t i = pattern.len + 1; i-- > 0;) {
        bool stays =
            i < pattern.len &&
            (pattern.at[i] == '*' || (pattern.at[i] == '%' && c != NAMES_DELIMITER));
        bool comes = i > 0 && at[i - 1] && !is_wild(pattern.at[i - 1]) &&
                     is_same(pattern.at[i - 1], c, how);
        at[i] = (at[i] && stays) || comes;
        any |= at[i];
    }
    step_over_wildcards(pattern, at);
    return any;
}

bool list_match(struct span pattern, struct span name, enum list_case how)
{
    bool at[LIST_PATTERN_MAX + 1] = { true };

    if (pattern.len > LIST_PATTERN_MAX)
        return false;
    step_over_wildcards(pattern, at);
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == NAMES_DELIMITER)
            how = LIST_EXACT;
        if (!read_octet(pattern, at, name.at[i], how))
            return false;
    }
    return at[pattern.len];
}
