/* url - see url.h. */
#include "cli/ftp/url.h"

#include <errno.h>

static const struct {
    const char *name;
    unsigned port;
} schemes[] = {
    [URL_FTP] = { "ftp", 21 },
    [URL_FTPES] = { "ftpes", 21 },
    [URL_FTPS] = { "ftps", 990 },
};

enum { SCHEMES = sizeof schemes / sizeof *schemes };

unsigned url_usual_port(enum url_scheme scheme)
{
    return schemes[scheme].port;
}

/* ---- reading */

static int hex(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower = (char)(c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c);
    const char *at = lower ? strchr(digits, lower) : NULL;
    return at ? (int)(at - digits) : -1;
}

static const char too_long[] = "it is too long";

/* RFC 3986 §2.1 */
static const char *decode(struct span s, char *text_r, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        if (c == '%') {
            int high = i + 2 < s.len ? hex(s.at[i + 1]) : -1;
            int low = i + 2 < s.len ? hex(s.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return "behind % stand two hexadecimal digits";
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0' || c == '\r' || c == '\n')
            return "it has an octet that no FTP command can carry";
        if (len + 1 >= size)
            return too_long;
        text_r[len++] = c;
    }
    text_r[len] = '\0';
    return NULL;
}

/* What stands before the byte, which is dropped, or all; the rest stays in *s. */
static struct span take_until(struct span *s, char byte)
{
    struct span taken = span_first(*s, span_find(*s, byte));
    *s = span_skip(*s, taken.len < s->len ? taken.len + 1 : taken.len);
    return taken;
}

static const char *take_scheme(struct span *s, struct url *r)
{
    size_t colon = span_find(*s, ':');
    struct span after = span_skip(*s, colon);
    if (!span_take(&after, SPAN("://")))
        return NULL;
    for (size_t i = 0; i < SCHEMES; i++) {
        if (!span_is_nocase(span_first(*s, colon), span_of(schemes[i].name)))
            continue;
        r->scheme = (enum url_scheme)i;
        r->has_scheme = true;
        *s = after;
        return NULL;
    }
    return "the schemes are ftp, ftpes and ftps";
}

/* RFC 3986 §3.2.1; the last "@" counts, so that an unencoded one of a user's address
 * (bob@example.org@host) is no mistake. */
static const char *take_user(struct span *authority, struct url *r)
{
    const char *at =
        authority->len ? memrchr(authority->at, '@', authority->len) : NULL;
    if (!at)
        return NULL;
    size_t len = (size_t)(at - authority->at);
    struct span password = span_first(*authority, len);
    *authority = span_skip(*authority, len + 1);
    r->has_password = span_find(password, ':') < password.len;
    struct span user = take_until(&password, ':');
    r->has_user = true;
    const char *error = decode(user, r->user, sizeof r->user);
    return error || !r->has_password
               ? error
               : decode(password, r->password, sizeof r->password);
}

static bool is_host(struct span host)
{
    for (size_t i = 0; i < host.len; i++)
        if ((unsigned char)host.at[i] <= ' ' || host.at[i] == 0x7f ||
            strchr("/?#[]@\\\"<>", host.at[i]))
            return false;
    return host.len > 0;
}

static const char *take_host(struct span *authority, struct url *r)
{
    struct span host;
    if (span_take(authority, SPAN("["))) {
        host = take_until(authority, ']');
        if (authority->len > 0 && authority->at[0] != ':')
            return "behind ] stands :port, or nothing";
    } else {
        host = span_first(*authority, span_find(*authority, ':'));
        *authority = span_skip(*authority, host.len);
    }
    const char *error = decode(host, r->host, sizeof r->host);
    return error || is_host(span_of(r->host)) ? error : "it names no host";
}

static const char *take_port(struct span authority, struct url *r)
{
    uint64_t port = url_usual_port(r->scheme);
    bool good = !span_take(&authority, SPAN(":")) || authority.len == 0 ||
                span_take_number(&authority, 65535, &port);
    r->port = (unsigned)port;
    return good && authority.len == 0 && port > 0 ? NULL
                                                  : "a port is between 1 and 65535";
}

/* RFC 1738 §3.2.2: ";type=<typecode>" */
static const char *take_type(struct span *path, struct url *r)
{
    static const char name[] = ";type=";
    size_t len = sizeof name - 1;
    if (path->len < len)
        return NULL;
    const char *at = memmem(path->at, path->len, name, len);
    if (!at)
        return NULL;
    struct span type = span_skip(*path, (size_t)(at - path->at) + len);
    *path = span_first(*path, (size_t)(at - path->at));
    r->type = type.len == 1 ? (char)(type.at[0] | 0x20) : '\0';
    return r->type && strchr("aid", r->type) ? NULL : "the types are a, i and d";
}

const char *url_read(struct span s, struct url *r)
{
    *r = (struct url){ 0 };
    if (s.len > URL_OCTETS_MAX)
        return too_long;
    const char *error = take_scheme(&s, r);
    if (error)
        return error;
    struct span authority = span_first(s, span_find(s, '/'));
    struct span path = span_skip(s, authority.len);
    r->has_path = span_take(&path, SPAN("/"));
    error = r->has_path ? take_type(&path, r) : take_type(&authority, r);
    if (!error)
        error = take_user(&authority, r);
    if (!error)
        error = take_host(&authority, r);
    if (!error)
        error = take_port(authority, r);
    return error ? error : decode(path, r->path, sizeof r->path);
}

/* ---- writing */

/* RFC 3986 §2.3 unreserved, and what `more` has. */
static int put_encoded(struct buf *b, const char *text, const char *more)
{
    int error = 0;
    for (const char *c = text; *c && !error; c++) {
        bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                     (*c >= '0' && *c <= '9') || strchr("-._~", *c) || strchr(more, *c);
        error = plain ? buf_put(b, span_at(c, 1))
                      : buf_printf(b, "%%%02X", (unsigned)(unsigned char)*c);
    }
    return error;
}

static int put_user(struct buf *b, const struct url *u, bool with_password)
{
    if (!u->has_user)
        return 0;
    int error = put_encoded(b, u->user, "");
    if (!error && with_password && u->has_password) {
        error = buf_put(b, SPAN(":"));
        if (!error)
            error = put_encoded(b, u->password, "");
    }
    return error ? error : buf_put(b, SPAN("@"));
}

static int put_host(struct buf *b, const struct url *u)
{
    bool is_ipv6 = strchr(u->host, ':') != NULL;
    int error = buf_put(b, is_ipv6 ? SPAN("[") : SPAN(""));
    if (!error)
        error = put_encoded(b, u->host, ":");
    if (!error && is_ipv6)
        error = buf_put(b, SPAN("]"));
    if (!error && u->port != url_usual_port(u->scheme))
        error = buf_printf(b, ":%u", u->port);
    return error;
}

int url_put(struct buf *b, const struct url *u, bool with_password)
{
    int error = buf_printf(b, "%s://", schemes[u->scheme].name);
    if (!error)
        error = put_user(b, u, with_password);
    if (!error)
        error = put_host(b, u);
    if (!error && u->has_path)
        error = buf_put(b, SPAN("/"));
    if (!error && u->has_path)
        error = put_encoded(b, u->path, "/");
    if (!error && u->type)
        error = buf_printf(b, ";type=%c", u->type);
    return error;
}
