/* RFC 1939 §3 has no ABNF: keywords and arguments are separated by single spaces. */
#include "pop3/session.h"

#include <ctype.h>

/* msg, n = 1*DIGIT; more than 32 bits names nothing that we could hold. */
bool pop3_take_number(struct span *rest, struct arg *arg_r)
{
    return span_take_number(rest, UINT32_MAX, &arg_r->number);
}

/* name, string = the rest of the line: §7, a password may hold spaces. */
bool pop3_take_string(struct span *rest, struct arg *arg_r)
{
    arg_r->text = *rest;
    *rest = span_skip(*rest, rest->len);
    return arg_r->text.len > 0;
}

/* sasl-mech (RFC 4422 §3.1), initial-response = base64 / "="  (RFC 5034 §4): up to the
 * next space; what they mean is read elsewhere. */
bool pop3_take_word(struct span *rest, struct arg *arg_r)
{
    arg_r->text = span_first(*rest, span_find(*rest, ' '));
    *rest = span_skip(*rest, arg_r->text.len);
    return arg_r->text.len > 0;
}

/* language-range = (1*8ALPHA *("-" 1*8alphanum)) / "*"  (RFC 4647 §2.1); what has other
 * lengths names no language either. */
bool pop3_take_language_range(struct span *rest, struct arg *arg_r)
{
    size_t n = 0;

    if (rest->len > 0 && *rest->at == '*')
        n = 1;
    while (n < rest->len && *rest->at != '*' &&
           (isalnum((unsigned char)rest->at[n]) || (n > 0 && rest->at[n] == '-')))
        n++;
    arg_r->text = span_first(*rest, n);
    *rest = span_skip(*rest, n);
    return n > 0;
}
