/* RFC 959 §5.3.2: the arguments of commands. */
#include "ftp/address.h"
#include "ftp/grammar.h"

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

/* <pathname> ::= <string> */
bool ftpd_take_path(struct span *rest, struct arg *arg_r)
{
    return ftpd_take_string(rest, arg_r);
}

/* What LIST is asked for: options, which change nothing here, and a pathname (F07). */
bool ftpd_take_listed(struct span *rest, struct arg *arg_r)
{
    while (rest->len > 1 && *rest->at == '-') {
        *rest = span_skip(*rest, span_find(*rest, ' '));
        while (span_take(rest, SPAN(" ")))
            ;
    }
    arg_r->text = *rest;
    *rest = span_skip(*rest, rest->len);
    return true;
}

/* <host-port> ::= h1,h2,h3,h4,p1,p2 */
bool ftpd_take_host_port(struct span *rest, struct arg *arg_r)
{
    struct endpoint unused;
    struct span before = *rest;
    if (!address_take_host_port(rest, &unused))
        return false;
    arg_r->text = span_first(before, before.len - rest->len);
    return true;
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
