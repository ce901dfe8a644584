/* search_key - see search_key.h. */
#include "imap/search_key.h"

#include "config/limits.h"
#include "imap/grammar.h"

/* What stands behind the word. */
enum argument { NONE, TEXT, DATE, NUMBER, FLAG, FIELD_AND_TEXT, SET, MODSEQ };

struct word {
    const char *name;
    enum search_kind kind;
    enum argument argument;
    bool negated;
    const char *what; /* the field, or the flag */
};

/* clang-format off */
static const struct word words[] = {
    { "ALL",        SEARCH_ALL,    NONE,  false, NULL },
    { "ANSWERED",   SEARCH_FLAG,   NONE,  false, "\\Answered" },
    { "BCC",        SEARCH_HEADER, TEXT,  false, "Bcc" },
    { "BEFORE",     SEARCH_BEFORE, DATE,  false, NULL },
    { "BODY",       SEARCH_BODY,   TEXT,  false, NULL },
    { "CC",         SEARCH_HEADER, TEXT,  false, "Cc" },
    { "DELETED",    SEARCH_FLAG,   NONE,  false, "\\Deleted" },
    { "DRAFT",      SEARCH_FLAG,   NONE,  false, "\\Draft" },
    { "EMAILID",    SEARCH_EMAILID, TEXT, false, NULL },
    { "FLAGGED",    SEARCH_FLAG,   NONE,  false, "\\Flagged" },
    { "FROM",       SEARCH_HEADER, TEXT,  false, "From" },
    { "HEADER",     SEARCH_HEADER, FIELD_AND_TEXT, false, NULL },
    { "KEYWORD",    SEARCH_FLAG,   FLAG,  false, NULL },
    { "LARGER",     SEARCH_LARGER, NUMBER, false, NULL },
    { "MODSEQ",     SEARCH_MODSEQ, MODSEQ, false, NULL },
    { "OLD",        SEARCH_RECENT, NONE,  true,  NULL },
    { "OLDER",      SEARCH_OLDER,  NUMBER, false, NULL },
    { "ON",         SEARCH_ON,     DATE,  false, NULL },
    { "RECENT",     SEARCH_RECENT, NONE,  false, NULL },
    { "SAVEDATESUPPORTED", SEARCH_ALL, NONE, false, NULL },
    { "SAVEDBEFORE", SEARCH_SAVEDBEFORE, DATE, false, NULL },
    { "SAVEDON",    SEARCH_SAVEDON, DATE, false, NULL },
    { "SAVEDSINCE", SEARCH_SAVEDSINCE, DATE, false, NULL },
    { "SEEN",       SEARCH_FLAG,   NONE,  false, "\\Seen" },
    { "SENTBEFORE", SEARCH_SENTBEFORE, DATE, false, NULL },
    { "SENTON",     SEARCH_SENTON, DATE,  false, NULL },
    { "SENTSINCE",  SEARCH_SENTSINCE, DATE, false, NULL },
    { "SINCE",      SEARCH_SINCE,  DATE,  false, NULL },
    { "SMALLER",    SEARCH_SMALLER, NUMBER, false, NULL },
    { "SUBJECT",    SEARCH_HEADER, TEXT,  false, "Subject" },
    { "TEXT",       SEARCH_TEXT,   TEXT,  false, NULL },
    { "THREADID",   SEARCH_THREADID, TEXT, false, NULL },
    { "TO",         SEARCH_HEADER, TEXT,  false, "To" },
    { "UID",        SEARCH_UIDS,   SET,   false, NULL },
    { "UNANSWERED", SEARCH_FLAG,   NONE,  true,  "\\Answered" },
    { "UNDELETED",  SEARCH_FLAG,   NONE,  true,  "\\Deleted" },
    { "UNDRAFT",    SEARCH_FLAG,   NONE,  true,  "\\Draft" },
    { "UNFLAGGED",  SEARCH_FLAG,   NONE,  true,  "\\Flagged" },
    { "UNKEYWORD",  SEARCH_FLAG,   FLAG,  true,  NULL },
    { "UNSEEN",     SEARCH_FLAG,   NONE,  true,  "\\Seen" },
    { "YOUNGER",    SEARCH_YOUNGER, NUMBER, false, NULL },
};
/* clang-format on */

/* An operator whose operands are being read. */
struct open {
    size_t key;
    uint32_t wanted; /* so many operands are missing; 0: a list, up to its ")" */
};

struct reader {
    struct span *rest;
    struct arena *arena;
    struct search_keys *keys;
    size_t room, depth;
    struct open open[IMAP_NESTING_MAX];
};

static struct search_key *add(struct reader *r, enum search_kind kind)
{
    if (r->keys->count == r->room)
        return NULL;
    struct search_key *key = &r->keys->keys[r->keys->count++];
    *key = (struct search_key){ .kind = kind };
    return key;
}

static bool open_operator(struct reader *r, enum search_kind kind, uint32_t wanted)
{
    if (r->depth == IMAP_NESTING_MAX || !add(r, kind))
        return false;
    r->open[r->depth++] = (struct open){ r->keys->count - 1, wanted };
    return true;
}

/* One operand is whole; those operators that it completes are, too. */
static void close_operand(struct reader *r)
{
    while (r->depth > 0) {
        struct open *o = &r->open[r->depth - 1];
        r->keys->keys[o->key].count++;
        if (o->wanted == 0 || --o->wanted > 0)
            return;
        r->depth--;
    }
}

/* ---- keys without operands */

/* search-modsequence = "MODSEQ" [SP entry-name SP entry-type-req] SP mod-sequence-valzer:
 * there is one modseq for all flags (RFC 7162 §3.1.5). */
static bool take_modseq(struct reader *r, struct search_key *key)
{
    struct span entry;

    if (r->rest->len > 0 && *r->rest->at == '"') {
        if (!imap_take_string(r->rest, r->arena, &entry) ||
            !span_starts_nocase(entry, SPAN("/flags/")) || !imap_take_sp(r->rest) ||
            !(imap_take_word(r->rest, SPAN("priv")) ||
              imap_take_word(r->rest, SPAN("shared")) ||
              imap_take_word(r->rest, SPAN("all"))) ||
            !imap_take_sp(r->rest))
            return false;
    }
    return imap_take_number(r->rest, &key->number);
}

static bool take_argument(struct reader *r, const struct word *w,
                          struct search_key *key)
{
    if (w->argument == NONE)
        return true;
    if (!imap_take_sp(r->rest))
        return false;
    switch (w->argument) {
    case DATE:
        return imap_take_date(r->rest, &key->day);
    case NUMBER:
        return imap_take_number(r->rest, &key->number);
    case MODSEQ:
        return take_modseq(r, key);
    case FLAG:
        return imap_take_flag(r->rest, &key->text);
    case SET:
        return sequence_take(r->rest, r->arena, &key->set);
    case FIELD_AND_TEXT:
        return imap_take_astring(r->rest, r->arena, &key->field) &&
               imap_take_sp(r->rest) &&
               imap_take_astring(r->rest, r->arena, &key->text);
    default:
        return imap_take_astring(r->rest, r->arena, &key->text);
    }
}

static bool take_plain(struct reader *r, const struct word *w)
{
    if (w->negated && !add(r, SEARCH_NOT))
        return false;
    if (w->negated)
        r->keys->keys[r->keys->count - 1].count = 1;
    struct search_key *key = add(r, w->kind);
    if (!key)
        return false;
    key->field = span_of(w->kind == SEARCH_HEADER && w->what ? w->what : "");
    key->text = span_of(w->kind == SEARCH_FLAG && w->what ? w->what : "");
    if (!take_argument(r, w, key))
        return false;
    close_operand(r);
    return true;
}

/* RFC 3501 §6.4.4: NEW is RECENT and UNSEEN. */
static bool take_new(struct reader *r)
{
    struct search_key *both = add(r, SEARCH_AND), *recent = add(r, SEARCH_RECENT);
    struct search_key *unseen = add(r, SEARCH_NOT), *seen = add(r, SEARCH_FLAG);

    if (!both || !recent || !unseen || !seen)
        return false;
    both->count = 2;
    unseen->count = 1;
    seen->text = SPAN("\\Seen");
    close_operand(r);
    return true;
}

static bool take_set(struct reader *r)
{
    struct search_key *key = add(r, SEARCH_NUMBERS);

    if (!key || !sequence_take(r->rest, r->arena, &key->set))
        return false;
    close_operand(r);
    return true;
}

/* search-key, but for its operands. */
static bool take_key(struct reader *r)
{
    if (span_take(r->rest, SPAN("(")))
        return open_operator(r, SEARCH_AND, 0);
    if (imap_take_word(r->rest, SPAN("OR")))
        return imap_take_sp(r->rest) && open_operator(r, SEARCH_OR, 2);
    if (imap_take_word(r->rest, SPAN("NOT")))
        return imap_take_sp(r->rest) && open_operator(r, SEARCH_NOT, 1);
    if (imap_take_word(r->rest, SPAN("NEW")))
        return take_new(r);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (imap_take_word(r->rest, span_of(words[i].name)))
            return take_plain(r, &words[i]);
    return take_set(r);
}

/* ")" as often as it stands there, behind a whole key. */
static bool take_ends(struct reader *r)
{
    while (span_take(r->rest, SPAN(")"))) {
        if (r->depth < 2 || r->open[r->depth - 1].wanted > 0)
            return false;
        r->depth--;
        close_operand(r);
    }
    return true;
}

/* Has the last key been an operator, so that the next one follows at once? */
static bool is_open(const struct reader *r)
{
    return r->open[r->depth - 1].key == r->keys->count - 1;
}

bool search_keys_take(struct span *rest, struct arena *arena, struct search_keys *keys)
{
    struct reader r = { .rest = rest, .arena = arena, .keys = keys };

    *keys = (struct search_keys){ 0 };
    /* A key is at least two octets, and NEW's three are four keys. */
    r.room = rest->len * 2 + 8 < IMAP_KEYS_MAX ? rest->len * 2 + 8 : IMAP_KEYS_MAX;
    keys->keys = arena_alloc(arena, r.room * sizeof(*keys->keys));
    if (!keys->keys || !open_operator(&r, SEARCH_AND, 0))
        return false;
    for (;;) {
        if (!take_key(&r))
            return false;
        if (is_open(&r))
            continue;
        if (!take_ends(&r))
            return false;
        if (!imap_take_sp(rest))
            return r.depth == 1;
    }
}

/* ---- judging */

/* What is known of an operator whose operands are judged, from the first on. */
struct judged {
    enum search_kind kind;
    uint32_t left;
    bool decided; /* whatever the rest says */
};

/* The outcome of an operator, once one more operand is known: true: it is whole. */
static bool add_operand(struct judged *j, bool *value)
{
    j->left--;
    if (j->kind == SEARCH_NOT)
        *value = !*value;
    if ((j->kind == SEARCH_AND && !*value) || (j->kind == SEARCH_OR && *value))
        j->decided = true;
    return j->left == 0 || j->decided;
}

/* The key behind those that this one begins. */
static size_t behind(const struct search_keys *keys, size_t at)
{
    size_t wanted = 1;

    while (wanted > 0) {
        const struct search_key *key = &keys->keys[at++];
        bool is_operator = key->kind == SEARCH_AND || key->kind == SEARCH_OR ||
                           key->kind == SEARCH_NOT;
        wanted += is_operator ? key->count : 0;
        wanted--;
    }
    return at;
}

/* `value` is that of the key before `at`: on to the next one that must be judged. */
static size_t go_on(const struct search_keys *keys, struct judged *stack, size_t *depth,
                    size_t at, bool *value)
{
    while (*depth > 0) {
        struct judged *j = &stack[*depth - 1];
        if (!add_operand(j, value))
            return at;
        for (; j->left > 0; j->left--)
            at = behind(keys, at);
        --*depth;
    }
    return keys->count;
}

bool search_keys_fit(const struct search_keys *keys,
                     bool (*fits)(const struct search_key *, void *arg), void *arg)
{
    /* A NOT that a word brings along lies within none of those that were counted. */
    struct judged stack[IMAP_NESTING_MAX + 4];
    size_t depth = 0, at = 0;
    bool value = true;

    while (at < keys->count) {
        const struct search_key *key = &keys->keys[at++];
        if (key->kind == SEARCH_AND || key->kind == SEARCH_OR ||
            key->kind == SEARCH_NOT) {
            stack[depth++] = (struct judged){ key->kind, key->count, false };
            continue;
        }
        value = key->kind == SEARCH_ALL || fits(key, arg);
        at = go_on(keys, stack, &depth, at, &value);
    }
    return value;
}
