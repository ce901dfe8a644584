#include "base/span.h"

bool span_take_number(struct span *s, uint64_t max, uint64_t *number_r)
{
    uint64_t number = 0;
    size_t i = 0;
    for (; i < s->len && s->at[i] >= '0' && s->at[i] <= '9'; i++) {
        uint64_t digit = (uint64_t)(s->at[i] - '0');
        if (digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (i == 0)
        return false;
    *s = span_skip(*s, i);
    *number_r = number;
    return true;
}

bool span_to_string(struct span s, char *string_r, size_t size)
{
    if (size == 0)
        return false;
    size_t n = s.len < size ? s.len : size - 1;
    if (n > 0)
        memcpy(string_r, s.at, n);
    string_r[n] = '\0';
    return n == s.len;
}
