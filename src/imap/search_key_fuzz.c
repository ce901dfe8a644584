/*
 * search_key_fuzz - keys that were taken are whole, and a message fits as a reader finds
 * who recurses, and judges all of them.  A key is true where its place and kind say so.
 */
#include "imap/search_key.h"

#include "config/limits.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static const struct search_keys *all;

static bool is_true(const struct search_key *key, void *arg)
{
    (void)arg;
    size_t place = (size_t)(key - all->keys);
    return (place * 7 + (size_t)key->kind + key->text.len) % 3 != 0;
}

static bool naive(size_t *at)
{
    const struct search_key *key = &all->keys[(*at)++];
    assert(*at <= all->count);
    if (key->kind == SEARCH_NOT)
        return !naive(at);
    if (key->kind != SEARCH_AND && key->kind != SEARCH_OR)
        return key->kind == SEARCH_ALL || is_true(key, NULL);
    assert(key->kind == SEARCH_AND ? key->count > 0 : key->count == 2);
    bool fits = key->kind == SEARCH_AND;
    for (uint32_t i = 0; i < key->count; i++) {
        bool one = naive(at);
        fits = key->kind == SEARCH_AND ? fits && one : fits || one;
    }
    return fits;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    struct arena *arena = arena_open(1 << 24);
    struct span rest = span_at(octets, len < IMAP_LINE_MAX ? len : IMAP_LINE_MAX);
    struct search_keys keys;

    if (search_keys_take(&rest, arena, &keys)) {
        size_t at = 0;
        all = &keys;
        assert(search_keys_fit(&keys, is_true, NULL) == naive(&at));
        assert(at == keys.count && keys.count <= IMAP_KEYS_MAX);
    }
    arena_close(&arena);
    return 0;
}
