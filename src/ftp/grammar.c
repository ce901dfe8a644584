/* RFC 959 §5.3.2: the arguments of commands. */
#include "ftp/session.h"

#include <ctype.h>

/* <string> ::= <char> | <char><string>: the rest of the line; a password or a name may
 * hold spaces. */
bool ftpd_take_string(struct span *rest, struct arg *arg_r)
{
    arg_r->text = *rest;
    *rest = span_skip(*rest, rest->len);
    return arg_r->text.len > 0;
}

/* Up to the next space. */
bool ftpd_take_word(struct span *rest, struct arg *arg_r)
{
    arg_r->text = span_first(*rest, span_find(*rest, ' '));
    *rest = span_skip(*rest, arg_r->text.len);
    return arg_r->text.len > 0;
}

/* <decimal-integer> */
bool ftpd_take_number(struct span *rest, struct arg *arg_r)
{
    return span_take_number(rest, INT64_MAX, &arg_r->number);
}

/* <structure-code> ::= F | R | P, <mode-code> ::= S | B | C: a letter, in capitals. */
bool ftpd_take_code(struct span *rest, struct arg *arg_r)
{
    if (rest->len == 0 || !isalpha((unsigned char)*rest->at))
        return false;
    arg_r->number = (uint64_t)toupper((unsigned char)*rest->at);
    *rest = span_skip(*rest, 1);
    return true;
}

/* <form-code> ::= N | T | C, behind a space; N when there is none. */
static bool take_form(struct span *rest, char *form_r)
{
    struct arg form;
    struct span s = *rest;
    *form_r = 'N';
    if (!span_take(&s, SPAN(" ")) || s.len == 0)
        return true;
    if (!ftpd_take_code(&s, &form))
        return false;
    *form_r = (char)form.number;
    *rest = s;
    return true;
}

/* <type-code> ::= A [<sp> <form-code>] | E [<sp> <form-code>] | I | L <sp> <byte-size>;
 * number: the type's letter, and above its octet the form's or the byte's size. */
bool ftpd_take_type_code(struct span *rest, struct arg *arg_r)
{
    struct arg code;
    struct span s = *rest;
    uint64_t size = 0;
    char form = 0;
    if (!ftpd_take_code(&s, &code))
        return false;
    if (code.number == 'L') {
        if (!span_take(&s, SPAN(" ")) || !span_take_number(&s, 255, &size))
            return false;
    } else if (code.number == 'A' || code.number == 'E') {
        if (!take_form(&s, &form))
            return false;
        size = (uint64_t)form;
    }
    arg_r->number = code.number | size << 8;
    *rest = s;
    return true;
}
