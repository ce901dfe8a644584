#include "test/talk/sender.h"

#include <stdio.h>
#include <stdlib.h>

enum { MESSAGES_MAX = 64, PARTIES_MAX = 1001, MADE_MAX = 32 << 20 };

/* ---- what is to be sent */

/* "<mailbox>", without "<" and ">". */
static bool take_path(struct span *text, struct span *mailbox_r)
{
    struct span word = span_first(*text, span_find(*text, ' '));

    if (word.len < 2 || word.at[0] != '<' || word.at[word.len - 1] != '>')
        return false;
    script_word(text);
    *mailbox_r = span_first(span_skip(word, 1), word.len - 2);
    return true;
}

/* Lines of 80, some with a dot in front. */
static struct span make_message(struct arena *arena, uint64_t octets)
{
    char *text = arena_alloc(arena, (size_t)octets + 1);

    for (size_t i = 0; text && i < octets; i++)
        text[i] = i % 80 == 78                  ? '\r'
                  : i % 80 == 79                ? '\n'
                  : i % 160 == 0 || octets < 80 ? '.'
                                                : 'x';
    if (text && octets >= 2)
        memcpy(text + octets - 2, "\r\n", 2);
    return span_at(text, text ? (size_t)octets : 0);
}

/* What stands behind the paths. */
static bool take_options(struct smtp_outgoing *m, struct arena *arena, struct span rest)
{
    uint64_t octets;

    while (rest.len > 0) {
        struct span word = script_word(&rest), value = word;
        if (span_is(word, SPAN("SMTPUTF8")))
            m->utf8 = true;
        else if (span_take(&value, SPAN("RET=")))
            m->ret = value;
        else if (span_take(&value, SPAN("ENVID=")))
            m->envid = value;
        else if (span_take(&value, SPAN("NOTIFY=")))
            m->recipients[m->count - 1].notify = value;
        else if (span_take(&value, SPAN("ORCPT=")))
            m->recipients[m->count - 1].orcpt = value;
        else if (span_take_number(&value, MADE_MAX, &octets))
            m->octets = make_message(arena, octets);
        else
            return false;
    }
    return true;
}

bool sender_add(struct sender *s, struct arena *arena, const struct step *step)
{
    struct span rest = step->text, mailbox;

    if (!s->mail)
        s->mail = calloc(MESSAGES_MAX, sizeof(*s->mail));
    if (!s->mail || s->count == MESSAGES_MAX || !take_path(&rest, &mailbox))
        return false;
    struct smtp_outgoing *m = &s->mail[s->count++];
    *m = (struct smtp_outgoing){ .reverse_path = mailbox, .octets = step->block };
    m->recipients = calloc(PARTIES_MAX, sizeof(*m->recipients));
    while (m->recipients && m->count < PARTIES_MAX && take_path(&rest, &mailbox))
        m->recipients[m->count++].mailbox = mailbox;
    bool good = m->count > 0 && take_options(m, arena, rest);
    m->needs = smtp_needs_of(m->octets);
    return good;
}

/* ---- the session */

void sender_session(struct wire *wire, void *sender)
{
    struct sender *s = sender;
    struct smtp_client client;

    smtp_client_open(&client, wire, &s->settings);
    for (size_t i = 0; i < s->count; i++)
        smtp_client_send(&client, &s->mail[i]);
    smtp_client_close(&client);
}

/* ---- what has become of it */

static const char *name_of(enum smtp_outcome outcome)
{
    static const char *const names[] = { "UNTRIED", "SENT", "LATER", "NEVER" };
    return names[outcome];
}

static void print(const struct smtp_fate *f, char *fate_r, size_t size)
{
    snprintf(fate_r, size, "%s %u %u.%u.%u %s%s", name_of(f->outcome), f->code,
             f->status.class, f->status.subject, f->status.detail,
             f->uncertain ? "(uncertain) " : "", f->words);
}

bool sender_fate(struct sender *s, struct span mailbox, char *fate_r, size_t size)
{
    for (size_t i = 0; i < s->count; i++) {
        for (size_t j = 0; j < s->mail[i].count; j++) {
            struct smtp_recipient *r = &s->mail[i].recipients[j];
            if (!r->mailbox.at || !span_is(r->mailbox, mailbox))
                continue;
            print(&r->fate, fate_r, size);
            r->mailbox.at = NULL; /* looked at */
            return true;
        }
    }
    return false;
}

void sender_free(struct sender *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->mail[i].recipients);
    free(s->mail);
    *s = (struct sender){ 0 };
}
