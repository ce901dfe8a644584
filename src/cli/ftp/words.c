/* words - see words.h. */
#include "cli/ftp/words.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool ends_word(char c)
{
    return is_blank(c) || c == '\n' || c == ';' || c == '>' || c == '|';
}

static bool is_special(char c) /* in a pattern */
{
    return c == '*' || c == '?' || c == '[' || c == ']' || c == '\\';
}

static void skip_blanks(struct span *text)
{
    while (text->len > 0 && is_blank(text->at[0]))
        *text = span_skip(*text, 1);
}

/* ---- one word */

struct reading {
    char *text, *pattern; /* where the word goes, in room for all of the line's */
    size_t text_len, pattern_len;
    char quote; /* open */
    bool quoted;
};

static void add(struct reading *r, char c, bool escaped)
{
    r->text[r->text_len++] = c;
    if (escaped && is_special(c))
        r->pattern[r->pattern_len++] = '\\';
    r->pattern[r->pattern_len++] = c;
}

/* One octet, perhaps with its backslash. */
static void take_octet(struct reading *r, struct span *text)
{
    char c = text->at[0];
    if (r->quote ? c == r->quote : c == '"' || c == '\'') {
        r->quote = r->quote ? '\0' : c;
        r->quoted = true;
    } else if (c == '\\' && r->quote != '\'' && text->len > 1 && text->at[1] != '\n') {
        *text = span_skip(*text, 1);
        r->quoted = true;
        add(r, text->at[0], true);
    } else {
        add(r, c, r->quote != '\0');
    }
    *text = span_skip(*text, 1);
}

/* Room for the words of this line; false: no memory. */
static bool open_reading(struct reading *r, struct span text, struct arena *arena)
{
    size_t most =
        span_find(text, '\n') + 2; /* a NUL behind each, for what parts them */
    *r = (struct reading){ .text = arena_alloc(arena, most),
                           .pattern = arena_alloc(arena, 2 * most) };
    return r->text && r->pattern;
}

static void take_word(struct span *text, struct reading *r)
{
    *r = (struct reading){ .text = r->text + r->text_len + (r->quoted || r->text_len),
                           .pattern = r->pattern + r->pattern_len +
                                      (r->quoted || r->pattern_len) };
    while (text->len > 0 && (r->quote ? text->at[0] != '\n' : !ends_word(text->at[0])))
        take_octet(r, text);
}

/* ---- one command */

static const char too_long[] = "the line is too long";
static const char not_closed[] = "a quote is not closed";

static const char *take_words(struct span *text, struct arena *arena, struct reading *r,
                              struct statement *s)
{
    s->words = arena_alloc(arena, sizeof *s->words * STATEMENT_WORDS_MAX);
    if (!s->words)
        return too_long;
    for (;;) {
        skip_blanks(text);
        if (text->len > 0 && text->at[0] == '#')
            *text = span_skip(*text, span_find(*text, '\n'));
        if (text->len == 0 || ends_word(text->at[0]))
            return NULL;
        if (s->count == STATEMENT_WORDS_MAX)
            return too_long;
        take_word(text, r);
        if (r->quote)
            return not_closed;
        s->words[s->count++] = (struct word){ r->text, r->pattern, r->quoted };
    }
}

/* The rest of the line, as it is. */
static const char *take_rest(struct span *text, struct arena *arena)
{
    skip_blanks(text);
    struct span rest = span_first(*text, span_find(*text, '\n'));
    *text = span_skip(*text, rest.len);
    return arena_copy(arena, rest).at;
}

static const char *take_shell(struct span *text, struct arena *arena,
                              struct statement *s)
{
    s->words = arena_alloc(arena, 2 * sizeof *s->words);
    const char *rest = take_rest(text, arena);
    if (!s->words || !rest)
        return too_long;
    s->words[0] = (struct word){ "!", "!", false };
    s->words[1] = (struct word){ rest, rest, true };
    s->count = 2;
    return NULL;
}

static const char *take_output(struct span *text, struct arena *arena,
                               struct reading *r, struct statement *s)
{
    if (span_take(text, SPAN("|"))) {
        s->output = OUTPUT_PIPE;
        s->whither = take_rest(text, arena);
        return !s->whither          ? too_long
               : s->whither[0] == 0 ? "there is no command behind |"
                                    : NULL;
    }
    s->output = OUTPUT_FILE;
    if (!span_take(text, SPAN(">")))
        return NULL;
    if (span_take(text, SPAN(">")))
        s->output = OUTPUT_APPEND;
    skip_blanks(text);
    take_word(text, r);
    s->whither = r->text;
    skip_blanks(text);
    if (r->quote)
        return not_closed;
    return r->text_len == 0 ? "there is no file behind >" : NULL;
}

static const char *take_one(struct span *text, struct arena *arena, struct statement *s)
{
    skip_blanks(text);
    if (span_take(text, SPAN("!")))
        return take_shell(text, arena, s);
    struct reading r;
    if (!open_reading(&r, *text, arena))
        return too_long;
    const char *error = take_words(text, arena, &r, s);
    if (!error && text->len > 0 && (text->at[0] == '>' || text->at[0] == '|'))
        error = s->count == 0 ? "there is no command" : take_output(text, arena, &r, s);
    if (!error && text->len > 0 && text->at[0] != ';' && text->at[0] != '\n')
        error = "only ; may stand there";
    return error;
}

const char *take_statement(struct span *text, struct arena *arena, struct statement *r)
{
    *r = (struct statement){ 0 };
    const char *error = take_one(text, arena, r);
    *text = error ? span_skip(*text, text->len) : *text;
    if (text->len > 0)
        *text = span_skip(*text, 1); /* ";" or the line's end */
    return error;
}

/* ---- for completion */

bool read_unfinished(struct span text, struct arena *arena, struct unfinished *r)
{
    struct span rest = text;
    struct reading word;
    *r = (struct unfinished){ 0 };
    if (memchr(text.at, '\n', text.len) || !open_reading(&word, text, arena))
        return false;
    for (;;) {
        skip_blanks(&rest);
        r->begins = text.len - rest.len;
        take_word(&rest, &word);
        r->word = span_at(word.text, word.text_len);
        r->quote = word.quote;
        if (r->number == 0)
            r->first =
                span_first(span_skip(text, r->begins), text.len - rest.len - r->begins);
        if (rest.len == 0)
            return true;
        char end = rest.at[0];
        r->is_file = end == '>' || (r->is_file && is_blank(end) && r->word.len == 0);
        r->number = end == ';' || end == '\n' || end == '|' ? 0 : r->number + 1;
        if (!is_blank(end))
            rest = span_skip(rest, 1);
    }
}

int put_quoted(struct buf *b, struct span name, char quote)
{
    int error = 0;
    for (size_t i = 0; i < name.len && !error; i++) {
        char c = name.at[i];
        bool escaped = quote == '"' ? c == '"' || c == '\\'
                       : quote == '\''
                           ? false
                           : ends_word(c) || is_special(c) || c == '\'' || c == '"' ||
                                 (c == '#' && i == 0) || (c == '!' && i == 0);
        if (quote == '\'' && c == '\'')
            error = buf_put(b, SPAN("'\\'"));
        else if (escaped)
            error = buf_put(b, SPAN("\\"));
        if (!error)
            error = buf_put(b, span_at(&c, 1));
    }
    return error;
}
