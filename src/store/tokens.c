/* tokens - see tokens.h. */
#include "store/tokens.h"

#include "config/limits.h"

#include <stdlib.h>

static const char name[] = "unicode61";

struct around { /* of a connection */
    fts5_tokenizer inner;
    void *inner_context;
    struct words **words;
};

struct noting { /* of a table */
    struct around *around;
    Fts5Tokenizer *inner;
};

struct taking { /* of a text */
    struct words *words;
    void *context;
    int (*on_token)(void *, int, const char *, int, int, int);
};

static void noting_delete(Fts5Tokenizer *tokenizer)
{
    struct noting *n = (struct noting *)tokenizer;
    if (n->inner)
        n->around->inner.xDelete(n->inner);
    free(n);
}

static int noting_create(void *context, const char **words, int count,
                         Fts5Tokenizer **tokenizer_r)
{
    struct noting *n = calloc(1, sizeof *n);
    if (!n)
        return SQLITE_NOMEM;
    n->around = context;
    int code =
        n->around->inner.xCreate(n->around->inner_context, words, count, &n->inner);
    *tokenizer_r = (Fts5Tokenizer *)n;
    if (code != SQLITE_OK) {
        n->inner = NULL;
        noting_delete(*tokenizer_r);
        *tokenizer_r = NULL;
    }
    return code;
}

static int on_token(void *context, int flags, const char *term, int len, int start,
                    int end)
{
    struct taking *t = context;
    words_note(t->words,
               span_at(term, len < WORD_OCTETS_MAX ? (size_t)len : WORD_OCTETS_MAX));
    return t->on_token(t->context, flags, term, len, start, end);
}

static int noting_tokenize(Fts5Tokenizer *tokenizer, void *context, int flags,
                           const char *text, int len,
                           int (*token)(void *, int, const char *, int, int, int))
{
    struct noting *n = (struct noting *)tokenizer;
    struct taking t = { *n->around->words, context, token };
    if (!t.words || !(flags & FTS5_TOKENIZE_DOCUMENT))
        return n->around->inner.xTokenize(n->inner, context, flags, text, len, token);
    return n->around->inner.xTokenize(n->inner, &t, flags, text, len, on_token);
}

static int find_api(sqlite3 *db, fts5_api **api_r)
{
    sqlite3_stmt *s;
    *api_r = NULL;
    int code = sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &s, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_pointer(s, 1, api_r, "fts5_api_ptr", NULL);
    if (code == SQLITE_OK && sqlite3_step(s) != SQLITE_ROW)
        code = SQLITE_ERROR;
    sqlite3_finalize(s);
    return code == SQLITE_OK && !*api_r ? SQLITE_ERROR : code;
}

int tokens_note(sqlite3 *db, struct words **words)
{
    static const fts5_tokenizer ours = { noting_create, noting_delete,
                                         noting_tokenize };
    fts5_api *api;
    int code = find_api(db, &api);
    struct around *a = code == SQLITE_OK ? calloc(1, sizeof *a) : NULL;
    if (!a)
        return code == SQLITE_OK ? SQLITE_NOMEM : code;
    a->words = words;
    code = api->xFindTokenizer(api, name, &a->inner_context, &a->inner);
    if (code == SQLITE_OK) {
        fts5_tokenizer copy = ours;
        code = api->xCreateTokenizer(api, name, a, &copy, free);
    }
    if (code != SQLITE_OK)
        free(a);
    return code;
}
