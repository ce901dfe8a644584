/* client_reply - see client_reply.h. */
#include "smtp/client_reply.h"

#include "base/log.h"
#include "config/limits.h"

enum { STATUS_PART_MAX = 999 }; /* RFC 3463 §2: one to three digits */

/* ---- lines */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "250 text", "250-text" or "250". */
static bool take_code(struct span *line, unsigned *code_r, bool *goes_on_r)
{
    if (line->len < 3 || line->at[0] < '2' || line->at[0] > '5' ||
        !is_digit(line->at[1]) || !is_digit(line->at[2]))
        return false;
    if (line->len > 3 && line->at[3] != ' ' && line->at[3] != '-')
        return false;
    *code_r = (unsigned)(line->at[0] - '0') * 100 + (unsigned)(line->at[1] - '0') * 10 +
              (unsigned)(line->at[2] - '0');
    *goes_on_r = line->len > 3 && line->at[3] == '-';
    *line = span_skip(*line, line->len > 3 ? 4 : 3);
    return true;
}

static void begin(struct smtp_reply *r)
{
    buf_clear(&r->text);
    r->code = r->lines = 0;
    r->octets = 0;
    r->status = (struct smtp_status){ 0 };
}

static bool keep(struct smtp_reply *r, struct span text)
{
    return (r->lines == 1 || buf_put(&r->text, SPAN("\n")) == 0) &&
           buf_put(&r->text, text) == 0;
}

enum smtp_reply_step smtp_reply_read(struct smtp_reply *r, struct span line)
{
    unsigned code;
    bool goes_on;

    if (!r->is_open)
        begin(r);
    r->is_open = false;
    r->octets += line.len + 2;
    if (++r->lines > SMTP_REPLY_LINES_MAX || r->octets > SMTP_REPLY_OCTETS_MAX ||
        span_find(line, '\0') < line.len || span_find(line, '\r') < line.len ||
        !take_code(&line, &code, &goes_on) || (r->lines > 1 && code != r->code))
        return SMTP_REPLY_BROKEN;
    r->code = code;
    struct span text = line;
    if (r->lines == 1)
        smtp_take_status(&text, code / 100, &r->status);
    if (!keep(r, line))
        return SMTP_REPLY_BROKEN;
    r->is_open = goes_on;
    return goes_on ? SMTP_REPLY_MORE : SMTP_REPLY_WHOLE;
}

/* ---- RFC 3463 §2 */

/* status-code = class "." subject "." detail, each number without a zero in front. */
bool smtp_take_status(struct span *text, unsigned class, struct smtp_status *status_r)
{
    struct span rest = *text;
    uint64_t part[3];

    for (int i = 0; i < 3; i++) {
        if (i > 0 && !span_take(&rest, SPAN(".")))
            return false;
        bool zero = rest.len > 1 && rest.at[0] == '0' && is_digit(rest.at[1]);
        if (zero || !span_take_number(&rest, STATUS_PART_MAX, &part[i]))
            return false;
    }
    if (part[0] != class || class == 3 ||
        (rest.len > 0 && !span_take(&rest, SPAN(" "))))
        return false;
    *status_r =
        (struct smtp_status){ (uint8_t)part[0], (uint16_t)part[1], (uint16_t)part[2] };
    *text = rest;
    return true;
}

static struct span take_line(struct span *text)
{
    size_t n = span_find(*text, '\n');
    struct span line = span_first(*text, n);

    *text = span_skip(*text, n < text->len ? n + 1 : n);
    return line;
}

void smtp_reply_words(const struct smtp_reply *r, char *words_r, size_t size)
{
    struct span rest = buf_span(&r->text);
    struct smtp_status status;
    struct buf words = { .max = SMTP_REPLY_OCTETS_MAX };

    while (rest.len > 0) {
        struct span line = take_line(&rest);
        smtp_take_status(&line, r->code / 100, &status);
        if (line.len > 0 && words.len > 0)
            (void)buf_put(&words, SPAN(" ")); /* what has no memory is left out */
        (void)buf_put(&words, line);
    }
    log_clean(buf_span(&words), words_r, size);
    buf_free(&words);
}

/* ---- EHLO */

static const struct {
    const char *keyword;
    unsigned has;
} keywords[] = {
    { "PIPELINING", SMTP_HAS_PIPELINING }, /* RFC 2920 */
    { "SIZE", SMTP_HAS_SIZE },             /* RFC 1870 */
    { "8BITMIME", SMTP_HAS_8BITMIME },     /* RFC 6152 */
    { "BINARYMIME", SMTP_HAS_BINARYMIME }, /* RFC 3030 */
    { "CHUNKING", SMTP_HAS_CHUNKING },     /* RFC 3030 */
    { "SMTPUTF8", SMTP_HAS_SMTPUTF8 },     /* RFC 6531 */
    { "STARTTLS", SMTP_HAS_STARTTLS },     /* RFC 3207 */
    { "DSN", SMTP_HAS_DSN },               /* RFC 3461 */
};

static struct span take_word(struct span *line)
{
    while (line->len > 0 && *line->at == ' ')
        *line = span_skip(*line, 1);
    struct span word = span_first(*line, span_find(*line, ' '));
    *line = span_skip(*line, word.len);
    return word;
}

/* RFC 4954 §3; and "AUTH=PLAIN", as servers said it before there was a standard. */
static unsigned mechanisms_of(struct span line)
{
    unsigned has = 0;

    while (line.len > 0) {
        struct span word = take_word(&line);
        if (span_is_nocase(word, SPAN("PLAIN")))
            has |= SMTP_HAS_PLAIN;
        if (span_is_nocase(word, SPAN("SCRAM-SHA-256")))
            has |= SMTP_HAS_SCRAM;
    }
    return has;
}

/* RFC 9422 §3: LIMITS name=value ...; what is no number is ignored. */
static void read_limits(struct span line, struct smtp_extensions *e)
{
    while (line.len > 0) {
        struct span word = take_word(&line);
        size_t n = span_find(word, '=');
        struct span name = span_first(word, n);
        struct span value = span_skip(word, n < word.len ? n + 1 : n);
        uint64_t number;
        if (!span_take_number(&value, 999999, &number) || value.len > 0)
            continue;
        if (span_is_nocase(name, SPAN("RCPTMAX")))
            e->recipients = (unsigned)number;
        if (span_is_nocase(name, SPAN("MAILMAX")))
            e->messages = (unsigned)number;
    }
}

static void read_extension(struct span line, struct smtp_extensions *e)
{
    struct span word = take_word(&line);

    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++)
        if (span_is_nocase(word, span_of(keywords[i].keyword)))
            e->has |= keywords[i].has;
    if (span_is_nocase(word, SPAN("AUTH")))
        e->has |= mechanisms_of(line);
    if (span_starts_nocase(word, SPAN("AUTH=")))
        e->has |= mechanisms_of(span_skip(word, 5)) | mechanisms_of(line);
    if (span_is_nocase(word, SPAN("LIMITS")))
        read_limits(line, e);
    struct span size = take_word(&line);
    uint64_t octets;
    if (span_is_nocase(word, SPAN("SIZE")) &&
        span_take_number(&size, UINT64_MAX, &octets) && size.len == 0)
        e->size = octets;
}

void smtp_extensions_read(struct span text, struct smtp_extensions *extensions_r)
{
    *extensions_r = (struct smtp_extensions){ 0 };
    take_line(&text);
    while (text.len > 0)
        read_extension(take_line(&text), extensions_r);
    if (!(extensions_r->has & SMTP_HAS_CHUNKING))
        extensions_r->has &= ~(unsigned)SMTP_HAS_BINARYMIME;
}
