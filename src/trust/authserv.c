#include "trust/authserv.h"

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || (unsigned char)c > 0x7f;
}

/* A name may be written with the root's dot behind it. */
static struct span without_dot(struct span s)
{
    while (s.len > 0 && s.at[s.len - 1] == '.')
        s.len--;
    return s;
}

/* authres-header-field = "Authentication-Results:" authres-payload
 * authres-payload      = [CFWS] authserv-id [ CFWS authres-version ] ( no-result / … ) */
bool authserv_is_claimed(const struct field *f, struct span host)
{
    struct span s = span_first(f->value, span_find(f->value, ';'));

    if (!span_is_nocase(f->name, SPAN("Authentication-Results")))
        return false;
    while (s.len > 0) {
        size_t n = 0;
        while (n < s.len && is_word(s.at[n]))
            n++;
        if (n > 0 && span_is_nocase(without_dot(span_first(s, n)), host))
            return true;
        s = span_skip(s, n + (n < s.len));
    }
    return false;
}
