/*
 * own - the one ownership idiom.
 *
 * A destructor takes T **, accepts NULL, and leaves NULL behind; so the same function
 * serves by hand, in arenas, and at the end of a scope:
 *
 *     OWN(arena_close) struct arena *arena = arena_open(4096);
 *     ...
 *     return TAKE(&arena);          hands it over: the scope no longer closes it
 */
#ifndef BASE_OWN_H
#define BASE_OWN_H

#define OWN(close) __attribute__((cleanup(close)))

#define TAKE(pointer)                                                                  \
    __extension__({                                                                    \
        __typeof__(*(pointer)) taken_ = *(pointer);                                    \
        *(pointer) = NULL;                                                             \
        taken_;                                                                        \
    })

#endif
