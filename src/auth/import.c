/* import - see import.h. */
#include "auth/import.h"

#include "config/limits.h"

#include <crypt.h>

/* ---- hashes */

/* What stands behind the last "$", or the whole, is of one length in each. */
static const struct form {
    const char *prefix;
    size_t last; /* 0: the whole counts */
    size_t whole;
} forms[] = {
    { "$y$", 43, 0 },  { "$gy$", 43, 0 }, { "$7$", 43, 0 },    { "$6$", 86, 0 },
    { "$5$", 43, 0 },  { "$1$", 22, 0 },  { "$sha1$", 28, 0 }, { "$md5", 22, 0 },
    { "$2a$", 0, 60 }, { "$2b$", 0, 60 }, { "$2y$", 0, 60 },   { "$2x$", 0, 60 },
    { "$3$", 32, 0 },  { "_", 0, 20 },    { "", 0, 13 },
};

static const struct form *form_of(struct span hash)
{
    const struct form *form = forms;
    while (!span_take(&(struct span){ hash.at, hash.len }, span_of(form->prefix)))
        form++;
    return form;
}

static bool is_of_form(struct span hash)
{
    const struct form *form = form_of(hash);
    const char *dollar = memrchr(hash.at, '$', hash.len);
    size_t last = dollar ? (size_t)(hash.at + hash.len - dollar - 1) : hash.len;
    return form->whole ? hash.len == form->whole : last == form->last;
}

static bool is_printable(struct span hash)
{
    for (size_t i = 0; i < hash.len; i++)
        if (hash.at[i] <= ' ' || hash.at[i] > '~' || hash.at[i] == ':')
            return false;
    return true;
}

bool hash_is_usable(struct span hash)
{
    char text[HASH_OCTETS_MAX + 1];
    if (hash.len == 0 || !is_printable(hash) || !is_of_form(hash) ||
        !span_to_string(hash, text, sizeof text))
        return false;
    int salt = crypt_checksalt(text);
    return salt == CRYPT_SALT_OK || salt == CRYPT_SALT_METHOD_LEGACY ||
           salt == CRYPT_SALT_TOO_CHEAP;
}

/* ---- lines */

/* Dovecot's names for what crypt(3) makes; "CRYPT" is any of it. */
static const char *const crypt_schemes[] = { "CRYPT",        "BLF-CRYPT",
                                             "SHA256-CRYPT", "SHA512-CRYPT",
                                             "MD5-CRYPT",    "DES-CRYPT" };

static struct span take_field(struct span *rest)
{
    struct span field = span_first(*rest, span_find(*rest, ':'));
    *rest = span_skip(*rest, field.len);
    span_take(rest, SPAN(":"));
    return field;
}

/* Takes "{SCHEME}" off; false: it is not crypt(3)'s. */
static bool take_scheme(struct span *hash)
{
    if (hash->len == 0 || hash->at[0] != '{')
        return true;
    size_t end = span_find(*hash, '}');
    if (end == hash->len)
        return false;
    struct span scheme = span_skip(span_first(*hash, end), 1);
    size_t i = 0, count = sizeof crypt_schemes / sizeof *crypt_schemes;
    while (i < count && !span_is_nocase(scheme, span_of(crypt_schemes[i])))
        i++;
    *hash = span_skip(*hash, end + 1);
    return i < count;
}

static bool is_locked(struct span hash)
{
    return hash.len == 0 || hash.at[0] == '!' || hash.at[0] == '*' ||
           span_is(hash, SPAN("x"));
}

static const char *fault_of(struct span *hash)
{
    struct span apache = *hash, sha = *hash;
    if (is_locked(*hash))
        return "it has no password";
    if (span_take(&apache, SPAN("$apr1$")))
        return "$apr1$ is Apache's own and not crypt(3)'s; htpasswd -B makes what is";
    if (!take_scheme(hash))
        return span_take(&sha, SPAN("{SHA}"))
                   ? "{SHA} is not crypt(3)'s; htpasswd -B makes what is"
                   : "its {SCHEME} is not one of crypt(3)'s";
    return hash_is_usable(*hash) ? NULL : "its hash is not one that crypt(3) makes";
}

bool import_take_line(struct span line, struct import_line *line_r, const char **why_r)
{
    *why_r = NULL;
    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    if (line.len == 0 || line.at[0] == '#')
        return false;
    line_r->name = take_field(&line);
    line_r->hash = take_field(&line);
    *why_r = line_r->name.len == 0 ? "it has no name" : fault_of(&line_r->hash);
    return !*why_r;
}
