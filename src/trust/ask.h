/*
 * ask - what is asked of the DNS while a message is judged.
 *
 * Whoever judges is a straight function: the asker parks the fiber until an answer is
 * there, or has it at once (a test's zone file).  Deadlines are the asker's: an answer
 * that does not come in time is ASK_FAILED.
 */
#ifndef TRUST_ASK_H
#define TRUST_ASK_H

#include "base/arena.h"

enum ask_kind { ASK_TXT, ASK_A, ASK_AAAA, ASK_MX, ASK_PTR };

enum ask_outcome {
    ASK_FAILED,  /* no answer, or one that says that it failed: try again later */
    ASK_FOUND,   /* count > 0 */
    ASK_NO_DATA, /* the name is there, no such record is */
    ASK_NO_NAME, /* NXDOMAIN */
};

struct ask_answer {
    enum ask_outcome outcome;
    size_t count;
    /* TXT: the strings, joined; A: 4 octets; AAAA: 16; MX, PTR: a name without the last
     * dot.  They live in the arena of the question. */
    struct span *rows;
};

struct ask {
    /* name: without the last dot, at most DOMAIN_OCTETS_MAX octets of any value: the
     * asker says ASK_NO_NAME to what cannot be asked. */
    void (*ask)(void *arg, enum ask_kind, struct span name, struct arena *,
                struct ask_answer *answer_r);
    void *arg;
    struct arena *arena; /* one a message: answers, and what is made of them */
};

static inline void trust_ask(const struct ask *a, enum ask_kind kind, struct span name,
                             struct ask_answer *answer_r)
{
    *answer_r = (struct ask_answer){ .outcome = ASK_FAILED };
    a->ask(a->arg, kind, name, a->arena, answer_r);
}

#endif
