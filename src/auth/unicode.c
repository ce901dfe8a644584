/* unicode - see unicode.h. */
#include "auth/unicode.h"

#include "base/utf8.h"
#include "config/limits.h"

#include <idn2.h>
#include <stdlib.h>
#include <utf8proc.h>

static bool is_welcome(utf8proc_int32_t c)
{
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return false;
    case UTF8PROC_CATEGORY_ZS:
        return c == ' ';
    default:
        return true;
    }
}

static bool are_welcome(struct span text)
{
    while (text.len > 0) {
        utf8proc_int32_t c;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text.at,
                                              (utf8proc_ssize_t)text.len, &c);
        if (n <= 0 || !is_welcome(c))
            return false;
        text = span_skip(text, (size_t)n);
    }
    return true;
}

static bool fold_once(struct span text, char *folded_r, size_t size, size_t *len_r)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)text.at, (utf8proc_ssize_t)text.len,
                     &folded, UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    bool fits = n >= 0 && (size_t)n <= size;
    if (fits) {
        memcpy(folded_r, folded, (size_t)n);
        *len_r = (size_t)n;
    }
    free(folded);
    return fits;
}

/* Twice: what the first fold composes can be a capital again (Unicode §3.13, D145). */
bool unicode_fold(struct span text, char *folded_r, size_t size, size_t *len_r)
{
    char once[4 * LOCAL_PART_OCTETS_MAX];
    size_t len;
    return utf8_is_text(text) && are_welcome(text) &&
           fold_once(text, once, sizeof once, &len) &&
           fold_once(span_at(once, len), folded_r, size, len_r) &&
           are_welcome(span_at(folded_r, *len_r));
}

/* libidn2's own IDN2_USE_STD3_ASCII_RULES leaves out what may not be there, and so makes
 * another domain of it: what comes out is checked by whoever asks. */
bool unicode_to_a_labels(struct span domain, char *domain_r, size_t size, size_t *len_r)
{
    char text[ADDRESS_OCTETS_MAX + 1];
    char *labels = NULL;
    if (span_find(domain, '\0') < domain.len || !utf8_is_text(domain) ||
        !span_to_string(domain, text, sizeof text) ||
        idn2_to_ascii_8z(text, &labels, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) !=
            IDN2_OK)
        return false;
    *len_r = strlen(labels);
    bool fits = *len_r <= size;
    if (fits)
        memcpy(domain_r, labels, *len_r);
    free(labels);
    return fits;
}
