/*
 * RFC 9051 §6.4.4: BODY and TEXT.  Store's index of words says which messages have the
 * text, in slices of some milliseconds; between two of them the client may have left.
 * Messages that the index does not know yet, and all where none is kept, are read one by
 * one.
 */
#include "imap/search_match.h"

#include <errno.h>
#include <stdlib.h>

/* Messages by their email: rows stand by uid. */
struct known {
    uint64_t email;
    size_t index;
};

struct looking {
    struct imap *s;
    struct known *known;
    size_t count;
};

static int by_email(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return (x->email > y->email) - (x->email < y->email);
}

static int know(struct looking *l)
{
    bool in_order = true;

    l->count = l->s->mailbox.count;
    l->known = calloc(l->count + 1, sizeof(*l->known));
    if (!l->known)
        return -ENOMEM;
    for (size_t i = 0; i < l->count; i++) {
        l->known[i] = (struct known){ l->s->mailbox.messages[i].row.email, i };
        in_order = in_order && (i == 0 || l->known[i - 1].email <= l->known[i].email);
    }
    if (!in_order)
        qsort(l->known, l->count, sizeof(*l->known), by_email);
    return 0;
}

/* A message may be in the mailbox more than once. */
static void mark(const struct looking *l, struct search_text *t, uint64_t email)
{
    size_t from = 0, to = l->count;

    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (l->known[middle].email < email)
            from = middle + 1;
        else
            to = middle;
    }
    for (; from < l->count && l->known[from].email == email; from++)
        t->found[l->known[from].index / 8] |= (uint8_t)(1u << l->known[from].index % 8);
}

/* 1: there is more. */
static int find_slice(const struct looking *l, struct search_text *t)
{
    struct store_find question = { .handle = l->s->handle,
                                   .text = t->key->text,
                                   .body = t->key->kind == SEARCH_BODY,
                                   .after = t->upto };
    struct store_find_answer answer;
    struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = arena ? ask_store_find(&question, &answer, arena) : -ENOMEM;

    for (size_t at = 0; !error && at + sizeof(uint64_t) <= answer.emails.len;
         at += sizeof(uint64_t)) {
        uint64_t email;
        memcpy(&email, answer.emails.at + at, sizeof(email));
        mark(l, t, email);
    }
    bool goes_on = !error && answer.more && answer.upto > t->upto;
    if (!error && answer.upto > t->upto)
        t->upto = answer.upto;
    arena_close(&arena);
    return error ? error : goes_on;
}

static int find(const struct looking *l, struct search_text *t)
{
    int more = 1;

    if (t->key->text.len == 0)
        return 0; /* every message has that */
    t->found = calloc(l->count / 8 + 1, 1);
    if (!t->found)
        return -ENOMEM;
    while (more == 1 && !wire_error(l->s->wire))
        more = find_slice(l, t);
    return more == -EOPNOTSUPP || more == -EAGAIN || more == -ENOENT ? 0
           : more < 0                                                ? more
                                                                     : 0;
}

int search_texts_find(struct search_match *m)
{
    struct looking l = { .s = m->s };
    int error = m->text_count > 0 ? know(&l) : 0;

    for (size_t i = 0; i < m->text_count && !error; i++)
        error = find(&l, &m->texts[i]);
    free(l.known);
    return error;
}

void search_texts_close(struct search_match *m)
{
    for (size_t i = 0; i < m->text_count; i++)
        free(m->texts[i].found);
    m->text_count = 0;
}

int search_text_has(const struct search_match *m, const struct search_key *key,
                    size_t index)
{
    const struct search_text *t = &m->texts[key->number];
    struct store_scan question = { .handle = m->s->handle,
                                   .email = m->s->mailbox.messages[index].row.email,
                                   .text = key->text,
                                   .body = key->kind == SEARCH_BODY };
    struct store_scan_answer answer;

    if (key->text.len == 0)
        return 1;
    if (t->found && question.email <= t->upto)
        return t->found[index / 8] >> index % 8 & 1;
    int error = ask_store_scan(&question, &answer, NULL);
    return error ? error : answer.has != 0;
}
