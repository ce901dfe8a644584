/*
 * spf_record - the terms of an SPF record (RFC 7208 §4.6.1, §12) and its macros (§7).
 *
 * A record is read twice: once whole, for one wrong term spoils it all (§4.6), and once
 * more term by term while it is evaluated.  Nothing is copied.
 */
#ifndef TRUST_SPF_RECORD_H
#define TRUST_SPF_RECORD_H

#include "base/buf.h"
#include "trust/spf.h"

enum spf_kind {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT, /* modifiers from here on */
    SPF_EXP,
    SPF_OTHER, /* unknown modifiers mean nothing, §6 */
};

struct spf_term {
    enum spf_kind kind;
    enum spf_result qualifier; /* what a mechanism that matches says */
    struct span whole;
    struct span target; /* domain-spec or network; "" where it may be left out */
    unsigned prefix_v4, prefix_v6; /* 32 and 128 where nothing is said */
};

/* The version section: is it an SPF record?  *terms_r: what is behind it. */
bool spf_take_version(struct span record, struct span *terms_r);
/* Takes the next term; false: there is none, or (*bad_r) it is not one. */
bool spf_take_term(struct span *terms, struct spf_term *term_r, bool *bad_r);
/* The whole of it: no bad term, and redirect and exp at most once each (§6). */
bool spf_terms_are_good(struct span terms);

/* macro-string; explaining: the letters c, r and t are there too */
bool spf_is_macro_string(struct span, bool explaining);

/* What macros stand for, beside the client's facts. */
struct spf_macros {
    const struct spf_client *client;
    struct span domain; /* the current one: %{d} */
    bool explaining;
    /* %{p}: the validated name, asked for when it is needed. */
    struct span (*validated)(void *arg);
    void *arg;
};

/* Expands a good macro-string.  0, -EMSGSIZE or -ENOMEM. */
int spf_expand(const struct spf_macros *, struct span text, struct buf *out);

#endif
