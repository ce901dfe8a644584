/* word - see word.h. */
#include "config/word.h"

#include "base/utf8.h"
#include "config/limits.h"
#include "config/network.h"

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool word_is_hostname(struct span name)
{
    enum { LABEL_MAX = 63 }; /* RFC 1035 §2.3.4 */
    if (name.len == 0 || name.len > DOMAIN_OCTETS_MAX)
        return false;
    for (;;) {
        struct span label = span_first(name, span_find(name, '.'));
        if (label.len == 0 || label.len > LABEL_MAX ||
            !is_letter_or_digit(label.at[0]) ||
            !is_letter_or_digit(label.at[label.len - 1]))
            return false;
        for (size_t i = 0; i < label.len; i++)
            if (!is_letter_or_digit(label.at[i]) && label.at[i] != '-')
                return false;
        if (label.len == name.len)
            return true;
        name = span_skip(name, label.len + 1);
    }
}

bool word_is_address(struct span text)
{
    struct ip any;
    return ip_parse(text, &any);
}

bool word_is_file_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (!is_letter_or_digit(name.at[i]) && !memchr("-_.", name.at[i], 3))
            return false;
    return name.len > 0 && name.at[0] != '.';
}

bool word_is_tree(struct span tree)
{
    for (size_t i = 0; i < tree.len; i++)
        if ((uint8_t)tree.at[i] < 0x20 || tree.at[i] == 0x7f)
            return false;
    if (tree.len == 0 || tree.len >= FILES_TREE_OCTETS_MAX || !utf8_is_text(tree))
        return false;
    bool is_path = span_take(&tree, SPAN("/"));
    for (;;) {
        struct span part = span_first(tree, span_find(tree, '/'));
        if (part.len == 0 || span_is(part, SPAN(".")) || span_is(part, SPAN("..")))
            return false;
        if (part.len == tree.len)
            return true;
        if (!is_path)
            return false;
        tree = span_skip(tree, part.len + 1);
    }
}

bool word_take_amount(struct span text, bool octets, uint64_t max, uint64_t *amount_r)
{
    unsigned shift = 0;
    if (octets && text.len > 1) {
        static const char letters[] = "KMGkmg";
        size_t at = span_find(SPAN("KMGkmg"), text.at[text.len - 1]);
        if (at < sizeof letters - 1) {
            shift = 10 * (unsigned)(at % 3 + 1);
            text.len--;
        }
    }
    if (!span_take_number(&text, max >> shift, amount_r) || text.len > 0)
        return false;
    *amount_r <<= shift;
    return true;
}
