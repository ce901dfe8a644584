/* rdata - see rdata.h. */
#include "dns/rdata.h"

enum { TLSA_HEAD = 3 };

static int take_octets(struct span rdata, char row_r[DNS_ROW_MAX])
{
    if (rdata.len > DNS_ROW_MAX)
        return -1;
    memcpy(row_r, rdata.at, rdata.len);
    return (int)rdata.len;
}

/* RFC 1035 §3.1: labels, each behind its length, until one of none. */
static int take_name(struct span rdata, char *row_r)
{
    size_t len = 0;
    for (;;) {
        size_t label = rdata.len ? (uint8_t)*rdata.at : UINT8_MAX;
        if (label > DNS_LABEL_MAX || label >= rdata.len)
            return -1;
        if (label == 0)
            break;
        if (len + 1 + label > DNS_NAME_MAX + 1)
            return -1;
        if (memchr(rdata.at + 1, '.', label))
            return -1;
        if (len > 0)
            row_r[len++] = '.';
        memcpy(row_r + len, rdata.at + 1, label);
        len += label;
        rdata = span_skip(rdata, label + 1);
    }
    return rdata.len == 1 && dns_name_is_good(span_at(row_r, len)) ? (int)len : -1;
}

static int take_mx(struct span rdata, char row_r[DNS_ROW_MAX])
{
    if (rdata.len < 2)
        return -1;
    memcpy(row_r, rdata.at, 2);
    int len = take_name(span_skip(rdata, 2), row_r + 2);
    return len < 0 ? -1 : len + 2;
}

/* §3.3.14: strings, each behind its length; one at least. */
static int take_txt(struct span rdata, char row_r[DNS_ROW_MAX])
{
    size_t len = 0;
    if (rdata.len == 0)
        return -1;
    while (rdata.len > 0) {
        size_t string = (uint8_t)*rdata.at;
        if (string >= rdata.len || string > DNS_ROW_MAX - len)
            return -1;
        memcpy(row_r + len, rdata.at + 1, string);
        len += string;
        rdata = span_skip(rdata, string + 1);
    }
    return (int)len;
}

int rdata_read(enum dns_kind kind, struct span rdata, char row_r[DNS_ROW_MAX])
{
    switch (kind) {
    case DNS_A:
        return rdata.len == 4 ? take_octets(rdata, row_r) : -1;
    case DNS_AAAA:
        return rdata.len == 16 ? take_octets(rdata, row_r) : -1;
    case DNS_TLSA:
        return rdata.len > TLSA_HEAD ? take_octets(rdata, row_r) : -1;
    case DNS_MX:
        return take_mx(rdata, row_r);
    case DNS_TXT:
        return take_txt(rdata, row_r);
    default:
        return take_name(rdata, row_r);
    }
}
