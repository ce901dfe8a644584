/* prepare - see prepare.h. */
#include "auth/prepare.h"

#include <stdlib.h>
#include <stringprep.h>

static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < ' ' || text.at[i] > '~')
            return false;
    return true;
}

bool prepare(struct span text, struct arena *arena, struct span *prepared_r)
{
    if (text.len == 0 || span_find(text, '\0') < text.len)
        return false;
    *prepared_r = text;
    if (is_plain(text))
        return true;
    struct span copy = arena_copy(arena, text);
    char *prepared = NULL;
    if (!copy.at || stringprep_profile(copy.at, &prepared, "SASLprep",
                                       (Stringprep_profile_flags)0) != STRINGPREP_OK)
        return false;
    *prepared_r = arena_copy(arena, span_of(prepared));
    explicit_bzero(prepared, strlen(prepared));
    free(prepared);
    return prepared_r->len > 0;
}
