/* reply_read - see reply_read.h. */
#include "ftp/reply_read.h"

#include "config/limits.h"

#include <errno.h>

/* ---- lines */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "123", then a space, "-" or nothing; false: no code begins this line. */
static bool take_code(struct span *line, unsigned *code_r, bool *goes_on_r)
{
    if (line->len < 3 || line->at[0] < '1' || line->at[0] > '5' ||
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

/* What has no room is left out. */
static void keep(struct reply *r, struct span text, bool first)
{
    if (!first && buf_put(&r->text, SPAN("\n")) != 0)
        return;
    size_t room = r->text.max - r->text.len;
    if (buf_put(&r->text, span_first(text, text.len < room ? text.len : room)) != 0)
        r->text.max = r->text.len;
}

static enum reply_step first_line(struct reply *r, struct span line)
{
    bool goes_on;
    buf_clear(&r->text);
    r->octets = line.len;
    r->is_open = false;
    if (!take_code(&line, &r->code, &goes_on))
        return REPLY_BROKEN;
    r->is_open = goes_on;
    keep(r, line, true);
    return goes_on ? REPLY_MORE : REPLY_WHOLE;
}

enum reply_step reply_read(struct reply *r, struct span line)
{
    if (!r->is_open)
        return first_line(r, line);
    r->octets += line.len + 1;
    if (r->octets > FTP_REPLY_OCTETS_MAX)
        return REPLY_BROKEN;
    struct span text = line;
    unsigned code;
    bool goes_on;
    bool coded = take_code(&text, &code, &goes_on) && code == r->code;
    keep(r, coded ? text : line, false);
    r->is_open = !coded || goes_on;
    return r->is_open ? REPLY_MORE : REPLY_WHOLE;
}

/* ---- 227, 229, 257 */

/* Six numbers with commas between, at the very front. */
static bool take_host_port(struct span text, uint8_t host_r[4], uint16_t *port_r)
{
    uint8_t n[6];
    for (int i = 0; i < 6; i++) {
        uint64_t number;
        if ((i > 0 && !span_take(&text, SPAN(","))) ||
            !span_take_number(&text, 255, &number))
            return false;
        n[i] = (uint8_t)number;
    }
    memcpy(host_r, n, 4);
    *port_r = (uint16_t)(n[4] << 8 | n[5]);
    return *port_r != 0 && (text.len == 0 || (text.at[0] != ',' && text.at[0] != '.'));
}

bool reply_passive(struct span text, uint8_t host_r[4], uint16_t *port_r)
{
    bool in_number = false;
    for (; text.len > 0; text = span_skip(text, 1)) {
        if (!in_number && is_digit(text.at[0]) && take_host_port(text, host_r, port_r))
            return true;
        in_number = is_digit(text.at[0]) || strchr(",-.", text.at[0]);
    }
    return false;
}

bool reply_extended_passive(struct span text, uint16_t *port_r)
{
    text = span_skip(text, span_find(text, '('));
    if (text.len < 7 || text.at[1] < 33 || text.at[1] > 126 || is_digit(text.at[1]))
        return false;
    const char three[3] = { text.at[1], text.at[1], text.at[1] };
    struct span rest = span_skip(text, 1);
    uint64_t port;
    if (!span_take(&rest, span_at(three, 3)) ||
        !span_take_number(&rest, UINT16_MAX, &port) || port == 0 ||
        !span_take(&rest, span_at(three, 1)) || !span_take(&rest, SPAN(")")))
        return false;
    *port_r = (uint16_t)port;
    return true;
}

bool reply_directory(struct span text, char *path_r, size_t size)
{
    size_t n = 0;
    text = span_skip(text, span_find(text, '"'));
    if (!span_take(&text, SPAN("\"")))
        return false;
    while (n + 1 < size && text.len > 0) {
        if (span_take(&text, SPAN("\"\""))) {
            path_r[n++] = '"';
        } else if (text.at[0] == '"') {
            path_r[n] = '\0';
            return n > 0;
        } else if (text.at[0] == '\0' || text.at[0] == '\n') {
            return false;
        } else {
            path_r[n++] = text.at[0];
            text = span_skip(text, 1);
        }
    }
    return false;
}

/* ---- FEAT */

static const struct {
    const char *name; /* a prefix, up to a word's end */
    unsigned features;
} features[] = {
    { "MLST", FEATURE_MLST },        { "MLSD", FEATURE_MLST },
    { "SIZE", FEATURE_SIZE },        { "MDTM", FEATURE_MDTM },
    { "REST STREAM", FEATURE_REST }, { "EPSV", FEATURE_EPSV },
    { "EPRT", FEATURE_EPRT },        { "UTF8", FEATURE_UTF8 },
    { "AUTH TLS", FEATURE_TLS },     { "AUTH SSL", FEATURE_TLS },
    { "PROT", FEATURE_PROT },        { "MFMT", FEATURE_MFMT },
    { "HASH", FEATURE_HASH },        { "XCRC", FEATURE_XCRC },
    { "XSHA256", FEATURE_XSHA256 },  { "XSHA1", FEATURE_XSHA1 },
    { "XSHA", FEATURE_XSHA1 },       { "XMD5", FEATURE_XMD5 },
    { "SSCN", FEATURE_SSCN },        { "CPSV", FEATURE_CPSV },
    { "TVFS", FEATURE_TVFS },        { "MFF", FEATURE_MFF },
    { "HOST", FEATURE_HOST },
};

static bool is_word_end(struct span line, size_t at)
{
    return at >= line.len || strchr(" ;,*", line.at[at]);
}

/* "AUTH TLS;SSL;" and "AUTH TLS-C;" are seen, too. */
static unsigned features_of(struct span line)
{
    unsigned found = 0;
    for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
        struct span name = span_of(features[i].name);
        bool is_tls = features[i].features == FEATURE_TLS;
        if (span_starts_nocase(line, name) && (is_tls || is_word_end(line, name.len)))
            found |= features[i].features;
    }
    return found;
}

unsigned reply_features(struct span text)
{
    unsigned found = FEATURE_KNOWN;
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        struct span line = span_first(text, end);
        while (line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t'))
            line = span_skip(line, 1);
        found |= features_of(line);
        text = span_skip(text, end < text.len ? end + 1 : end);
    }
    return found;
}
