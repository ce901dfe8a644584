#include "test/talk/script.h"

#include "base/buf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { SCRIPT_OCTETS_MAX = 4 << 20, STEPS_MAX = 1 << 20 };

/* What is being read. */
struct reader {
    struct script *script;
    struct span rest;
    int line;
    size_t repeat_from; /* index of the first step after REPEAT */
    uint64_t repeat;    /* 0: not inside one */
};

static const struct {
    const char *word;
    enum step_kind kind;
} keywords[] = {
    { "SILENCE", STEP_SILENCE },
    { "CLOSED", STEP_CLOSED },
    { "DROPPED", STEP_DROPPED },
    { "HANGUP", STEP_HANGUP },
    { "HOST", STEP_HOST },
    { "PEER", STEP_PEER },
    { "SIZE", STEP_SIZE },
    { "ACCOUNT", STEP_ACCOUNT },
    { "ALIAS", STEP_ALIAS },
    { "QUOTA", STEP_QUOTA },
    { "FULL", STEP_FULL },
    { "SERVICE", STEP_SERVICE },
    { "PLAINTEXT", STEP_PLAINTEXT },
    { "PLAY", STEP_PLAY },
    { "MESSAGE", STEP_MESSAGE },
    { "TIME", STEP_TIME },
    { "PAUSE", STEP_PAUSE },
    { "STORE", STEP_STORE },
    { "AUTH", STEP_AUTH },
    { "STOP", STEP_STOP },
    { "MESSAGES", STEP_MESSAGES },
    { "DELIVERED", STEP_DELIVERED },
    { "EXPIRE", STEP_EXPIRE },
    { "LOGIN-DELAY", STEP_LOGIN_DELAY },
    { "HANDSHAKE", STEP_HANDSHAKE },
    { "TLS", STEP_TLS },
    { "DEFLATE", STEP_DEFLATE },
    { "COMPACT", STEP_COMPACT },
    { "TEAR", STEP_TEAR },
    { "CONNECT", STEP_CONNECT },
    { "STRANGER", STEP_STRANGER },
    { "LISTEN", STEP_LISTEN },
    { "UPLOAD", STEP_UPLOAD },
    { "FINISH", STEP_FINISH },
    { "RESET", STEP_RESET },
    { "RECEIVED", STEP_RECEIVED },
    { "CUT", STEP_CUT },
    { "FILES", STEP_FILES },
    { "FILE", STEP_FILE },
    { "DIRECTORY", STEP_DIRECTORY },
    { "STORED", STEP_STORED },
    { "ABSENT", STEP_ABSENT },
    { "CLEAR-DATA", STEP_CLEAR_DATA },
    { "GOODBYE", STEP_GOODBYE },
    { "SEND", STEP_SEND },
    { "SECURITY", STEP_SECURITY },
    { "LOGIN", STEP_LOGIN },
    { "FATE", STEP_FATE },
    { "REPEAT", STEP_REPEAT },
    { "END", STEP_END },
};

struct span script_word(struct span *text)
{
    struct span word = span_first(*text, span_find(*text, ' '));

    *text = span_skip(*text, word.len);
    span_take(text, SPAN(" "));
    return word;
}

bool glob_fits(struct span pattern, struct span text)
{
    struct span again = { 0 }, from = text; /* where to go on after the last * */

    while (text.len > 0 || pattern.len > 0) {
        if (span_take(&pattern, SPAN("*"))) {
            again = pattern;
            from = text;
            if (pattern.len == 0)
                return true;
        } else if (pattern.len > 0 && text.len > 0 && *pattern.at == *text.at) {
            pattern = span_skip(pattern, 1);
            text = span_skip(text, 1);
        } else if (again.at && from.len > 0) {
            from = span_skip(from, 1);
            pattern = again;
            text = from;
        } else {
            return false;
        }
    }
    return true;
}

static bool complain(const struct reader *r, const char *what)
{
    printf("%s:%d: %s\n", r->script->path, r->line, what);
    return false;
}

/* ---- lines */

static bool take_line(struct reader *r, struct span *line_r)
{
    if (r->rest.len == 0)
        return false;
    size_t n = span_find(r->rest, '\n');
    *line_r = span_first(r->rest, n);
    r->rest = span_skip(r->rest, n < r->rest.len ? n + 1 : n);
    r->line++;
    return true;
}

/* \(2000 x): so many of that octet. */
static bool put_run(struct buf *to, struct span *text)
{
    uint64_t count;

    if (!span_take_number(text, SCRIPT_OCTETS_MAX, &count) ||
        !span_take(text, SPAN(" ")) || text->len < 2 || text->at[1] != ')' ||
        buf_reserve(to, (size_t)count))
        return false;
    memset(to->at + to->len, *text->at, (size_t)count);
    to->len += (size_t)count;
    *text = span_skip(*text, 2);
    return true;
}

static bool put_escape(struct buf *to, struct span *text)
{
    static const char letters[] = "rnt0\\", meanings[] = "\r\n\t\0\\";
    char hex[3] = { 0 }, octet;

    if (text->len == 0)
        return false;
    char letter = *text->at;
    *text = span_skip(*text, 1);
    if (letter == '(')
        return put_run(to, text);
    if (letter == 'x' && text->len >= 2 && isxdigit((unsigned char)text->at[0]) &&
        isxdigit((unsigned char)text->at[1])) {
        memcpy(hex, text->at, 2);
        *text = span_skip(*text, 2);
        octet = (char)strtoul(hex, NULL, 16);
    } else {
        const char *found = letter ? strchr(letters, letter) : NULL;
        if (!found)
            return false;
        octet = meanings[found - letters];
    }
    return buf_put(to, span_at(&octet, 1)) == 0;
}

static bool unescape(struct reader *r, struct span text, struct span *octets_r)
{
    struct buf octets = { .max = SCRIPT_OCTETS_MAX };
    bool good = true;

    while (good && text.len > 0) {
        if (span_take(&text, SPAN("\\"))) {
            good = put_escape(&octets, &text);
        } else {
            good = buf_put(&octets, span_first(text, 1)) == 0;
            text = span_skip(text, 1);
        }
    }
    *octets_r = arena_copy(r->script->arena, buf_span(&octets));
    buf_free(&octets);
    return good || complain(r, "an escape that is none");
}

/* Lines up to ">>", with CRLF. */
static bool take_block(struct reader *r, struct span *block_r)
{
    struct buf block = { .max = SCRIPT_OCTETS_MAX };
    struct span line;

    while (take_line(r, &line)) {
        if (span_is(line, SPAN(">>"))) {
            *block_r = arena_copy(r->script->arena, buf_span(&block));
            buf_free(&block);
            return true;
        }
        buf_put(&block, line);
        buf_put(&block, SPAN("\r\n"));
    }
    buf_free(&block);
    return complain(r, "a block without its \">>\"");
}

/* ---- steps */

static bool add(struct reader *r, const struct step *step)
{
    struct script *s = r->script;

    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        struct step *steps = reallocarray(s->steps, room, sizeof(*step));
        if (steps)
            s->steps = steps;
        if (!steps || room > STEPS_MAX)
            return complain(r, "too many steps");
        s->room = room;
    }
    s->steps[s->count++] = *step;
    return true;
}

/* "C:", "S2:", "B:" in front of the line. */
static bool take_speaker(struct span *line, char *who_r, unsigned *client_r)
{
    struct span s = *line;
    uint64_t number = 1;

    if (s.len < 2 || !memchr("CSB", *s.at, 3))
        return false;
    *who_r = *s.at;
    s = span_skip(s, 1);
    span_take_number(&s, CLIENTS_MAX, &number);
    if (number == 0 || !span_take(&s, SPAN(":")))
        return false;
    span_take(&s, SPAN(" "));
    *client_r = (unsigned)number - 1;
    *line = s;
    return true;
}

static bool speak(struct reader *r, char who, unsigned client, struct span text)
{
    struct step step = { .line = r->line, .client = client, .text = text };
    char *line;

    step.kind = who == 'S' ? STEP_SERVER : STEP_CLIENT;
    step.raw = who == 'B';
    if (who == 'B' && !unescape(r, text, &step.text))
        return false;
    if (who == 'C') {
        line = arena_alloc(r->script->arena, text.len + 2);
        if (!line)
            return complain(r, "out of memory");
        memcpy(line, text.at, text.len);
        memcpy(line + text.len, "\r\n", 2);
        step.text = span_at(line, text.len + 2);
    }
    return add(r, &step);
}

static bool unroll(struct reader *r)
{
    size_t to = r->script->count;

    if (r->repeat == 0)
        return complain(r, "END without REPEAT");
    for (uint64_t round = 1; round < r->repeat; round++) {
        for (size_t i = r->repeat_from; i < to; i++) {
            struct step step = r->script->steps[i];
            if (!add(r, &step))
                return false;
        }
    }
    r->repeat = 0;
    return true;
}

static bool take_keyword(struct span *line, enum step_kind *kind_r)
{
    struct span word = script_word(line);

    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (!span_is(word, span_of(keywords[i].word)))
            continue;
        *kind_r = keywords[i].kind;
        return true;
    }
    return false;
}

/* A number behind the word says which client. */
static bool names_client(enum step_kind kind)
{
    return kind == STEP_CLOSED || kind == STEP_DROPPED || kind == STEP_HANGUP ||
           kind == STEP_HANDSHAKE || kind == STEP_GOODBYE || kind == STEP_CONNECT ||
           kind == STEP_STRANGER || kind == STEP_LISTEN || kind == STEP_FINISH ||
           kind == STEP_RESET || kind == STEP_CUT || kind == STEP_DEFLATE;
}

static bool has_escapes(enum step_kind kind)
{
    return kind == STEP_UPLOAD || kind == STEP_RECEIVED || kind == STEP_FILE ||
           kind == STEP_STORED;
}

static bool act(struct reader *r, struct span line)
{
    struct step step = { .line = r->line };
    uint64_t number = 0;

    if (!take_keyword(&line, &step.kind))
        return complain(r, "neither C:, S: nor anything else that is known");
    step.text = line;
    if (has_escapes(step.kind) && !unescape(r, line, &step.text))
        return false;
    if (step.kind == STEP_END)
        return unroll(r);
    if (step.kind == STEP_REPEAT) {
        r->repeat_from = r->script->count;
        return span_take_number(&line, STEPS_MAX, &r->repeat) ||
               complain(r, "REPEAT how often?");
    }
    if (names_client(step.kind)) {
        if (span_take_number(&line, CLIENTS_MAX, &number))
            step.client = (unsigned)number - (number > 0);
    }
    if (line.len >= 2 && span_is(span_skip(line, line.len - 2), SPAN("<<"))) {
        step.text.len -= step.text.len > 2 ? 3 : 2;
        if (!take_block(r, &step.block))
            return false;
    }
    return add(r, &step);
}

static bool take_step(struct reader *r, struct span line)
{
    char who;
    unsigned client;

    if (line.len == 0 || *line.at == '#')
        return true;
    if (take_speaker(&line, &who, &client))
        return speak(r, who, client, line);
    return act(r, line);
}

static bool read_file(const char *path, struct arena *arena, struct span *text_r)
{
    FILE *file = fopen(path, "r");
    char *text = file ? arena_alloc(arena, SCRIPT_OCTETS_MAX) : NULL;

    if (text)
        *text_r = span_at(text, fread(text, 1, SCRIPT_OCTETS_MAX, file));
    if (file)
        fclose(file);
    return text != NULL;
}

bool script_open(struct script *script_r, const char *path)
{
    struct reader r = { .script = script_r };
    struct span line;
    bool good = true;

    *script_r = (struct script){ .path = path, .arena = arena_open(64 << 20) };
    if (!script_r->arena || !read_file(path, script_r->arena, &r.rest)) {
        printf("%s: cannot be read\n", path);
        return false;
    }
    while (good && take_line(&r, &line))
        good = take_step(&r, line);
    if (good && r.repeat > 0)
        good = complain(&r, "REPEAT without END");
    return good;
}

void script_close(struct script *s)
{
    free(s->steps);
    arena_close(&s->arena);
}
