/* fields - see fields.h. */
#include "config/fields.h"

#include "config/word.h"

#include <assert.h>
#include <stdio.h>

#define MEMBER(m)                     offsetof(struct settings, m), sizeof(((struct settings *)0)->m)
#define COUNT(table)                  (sizeof table / sizeof *table)
#define NUMBER(m, usual, least, most) MEMBER(m), usual, least, most, false, NULL, NULL
#define OCTETS(m, usual, least, most) MEMBER(m), usual, least, most, true, NULL, NULL
#define WORD(m, usual, words)         MEMBER(m), usual, 0, COUNT(words) - 1, false, NULL, words

static const char *const plaintext_words[] = { "never", "loopback" };
static const char *const binding_words[] = { "peer", "session" };
static const char *const anonymous_words[] = { "no", "read", "incoming" };
static const char *const switch_words[] = { "no", "yes" };

/* clang-format off */
static const struct field root[] = {
    { "mx_copies",       NUMBER(mx_copies, 0, 0, COPIES_MAX) },
    { "sessions",        NUMBER(sessions, SESSIONS_MAX, 1, SESSIONS_MOST) },
    { "message_size",    OCTETS(message_size, MESSAGE_SIZE, MESSAGE_SIZE_LEAST, MESSAGE_SIZE_MOST) },
    { "journal_segment", OCTETS(journal_segment, JOURNAL_SEGMENT, JOURNAL_SEGMENT_LEAST, JOURNAL_SEGMENT_MOST) },
    { "compact_from",    OCTETS(compact_from, COMPACT_FROM, COMPACT_FROM_LEAST, COMPACT_FROM_MOST) },
    { "plaintext_login", WORD(plaintext_login, 0, plaintext_words) },
    { "text_index",      WORD(text_index, 1, switch_words) },
    { "uid_base",        NUMBER(uid_base, UID_BASE, UID_BASE_LEAST, UID_BASE_MOST) },
    { "smtp_command_seconds", NUMBER(smtp_command_seconds, SMTP_COMMAND_SECONDS, 1, SMTP_COMMAND_SECONDS) },
    { "smtp_data_seconds", NUMBER(smtp_data_seconds, SMTP_DATA_SECONDS, 1, SMTP_DATA_SECONDS) },
    { "pop3_idle_seconds", NUMBER(pop3_idle_seconds, POP3_IDLE_SECONDS, 1, POP3_IDLE_SECONDS) },
    { "pop3_expire",     MEMBER(pop3_expire), POP3_EXPIRE_NEVER, 0, POP3_EXPIRE_NEVER, false, "never", NULL },
    { "pop3_login_delay", NUMBER(pop3_login_delay, 0, 0, POP3_LOGIN_DELAY_MOST) },
    { "imap_idle_seconds", NUMBER(imap_idle_seconds, IMAP_IDLE_SECONDS, 1, IMAP_IDLE_SECONDS) },
    { "handshake_seconds", NUMBER(handshake_seconds, TLS_HANDSHAKE_SECONDS, 1, TLS_HANDSHAKE_SECONDS) },
    { "login_seconds",   NUMBER(login_seconds, LOGIN_SECONDS, 1, LOGIN_SECONDS) },
    { "send_seconds",    NUMBER(send_seconds, SEND_SECONDS, 1, SEND_SECONDS) },
    { "ask_seconds",     NUMBER(ask_seconds, ASK_SECONDS, 1, ASK_SECONDS) },
};
static const struct field source[] = {
    { "sessions",         NUMBER(source.sessions, SOURCE_SESSIONS, 1, SESSIONS_MOST) },
    { "network_sessions", NUMBER(source.network_sessions, SOURCE_NETWORK_SESSIONS, 1, SESSIONS_MOST) },
};
static const struct field penalty[] = {
    { "failures", NUMBER(penalty.failures, PENALTY_FAILURES, 1, PENALTY_FAILURES_MOST) },
    { "seconds",  NUMBER(penalty.seconds, PENALTY_SECONDS, 1, PENALTY_SECONDS_MOST) },
};
static const struct field ftp[] = {
    { "idle_seconds", NUMBER(ftp.idle_seconds, FTP_IDLE_SECONDS, 1, FTP_IDLE_SECONDS) },
    { "data_seconds", NUMBER(ftp.data_seconds, FTP_DATA_SECONDS, 1, FTP_DATA_SECONDS) },
    { "data_binding", WORD(ftp.data_binding, DATA_BINDING_PEER, binding_words) },
    { "clear_data",   WORD(ftp.clear_data, 0, switch_words) },
};

static const struct field files[] = {
    { "anonymous",       WORD(files.anonymous, ANONYMOUS_NO, anonymous_words) },
    { "keep_unfinished", NUMBER(files.keep_unfinished, FILES_KEEP_HOURS, 0, FILES_KEEP_HOURS_MOST) },
};

static const struct field dns[] = {
    { "seconds", NUMBER(dns.seconds, DNS_SECONDS, 1, DNS_SECONDS) },
    { "resolve", WORD(dns.resolve, 1, switch_words) },
};

static const struct field relay[] = {
    { "port",          NUMBER(relay.port, RELAY_PORT, 1, 65535) },
    { "connections",   NUMBER(relay.connections, RELAY_CONNECTIONS, 1, RELAY_CONNECTIONS_MOST) },
    { "retry_first",   NUMBER(relay.retry_first, RETRY_FIRST, 1, RETRY_MOST) },
    { "retry_most",    NUMBER(relay.retry_most, RETRY_MOST, 1, GIVE_UP_MOST) },
    { "notice_after",  NUMBER(relay.notice_after, NOTICE_AFTER, 1, GIVE_UP_MOST) },
    { "give_up_after", NUMBER(relay.give_up_after, GIVE_UP_AFTER, 1, GIVE_UP_MOST) },
};

const struct section sections[SECTIONS] = {
    [SECTION_ROOT]    = { "root", root, COUNT(root) },
    [SECTION_SOURCE]  = { "source", source, COUNT(source) },
    [SECTION_PENALTY] = { "penalty", penalty, COUNT(penalty) },
    [SECTION_FTP]     = { "ftp", ftp, COUNT(ftp) },
    [SECTION_FILES]   = { "files", files, COUNT(files) },
    [SECTION_DNS]     = { "dns", dns, COUNT(dns) },
    [SECTION_RELAY]   = { "relay", relay, COUNT(relay) },
};
/* clang-format on */

const struct field *field_named(struct span section, struct span name)
{
    for (size_t s = 0; s < SECTIONS; s++)
        for (size_t i = 0; i < sections[s].count; i++)
            if (span_is(section, span_of(sections[s].name)) &&
                span_is(name, span_of(sections[s].fields[i].name)))
                return &sections[s].fields[i];
    return NULL;
}

static void put(struct settings *s, const struct field *f, uint64_t value)
{
    char *at = (char *)s + f->offset;
    assert(f->size == sizeof value || f->size == sizeof(uint32_t));
    if (f->size == sizeof value)
        memcpy(at, &value, sizeof value);
    else
        memcpy(at, &(uint32_t){ (uint32_t)value }, sizeof(uint32_t));
}

static uint64_t get(const struct settings *s, const struct field *f)
{
    const char *at = (const char *)s + f->offset;
    uint64_t large;
    uint32_t small;
    if (f->size == sizeof large) {
        memcpy(&large, at, sizeof large);
        return large;
    }
    memcpy(&small, at, sizeof small);
    return small;
}

void fields_default(struct settings *settings)
{
    for (size_t s = 0; s < SECTIONS; s++)
        for (size_t i = 0; i < sections[s].count; i++)
            put(settings, &sections[s].fields[i], sections[s].fields[i].usual);
}

static bool take_word(const struct field *f, struct span said, uint64_t *value_r)
{
    for (*value_r = 0; *value_r <= f->most; ++*value_r)
        if (span_is(said, span_of(f->words[*value_r])))
            return true;
    return false;
}

static bool take_number(const struct field *f, struct span said, uint64_t *value_r)
{
    *value_r = f->most;
    return (f->most_word && span_is(said, span_of(f->most_word))) ||
           (word_take_amount(said, f->octets, f->most, value_r) &&
            *value_r >= f->least);
}

bool field_take(const struct field *f, struct span said, struct settings *settings)
{
    uint64_t value;
    if (!(f->words ? take_word : take_number)(f, said, &value))
        return false;
    put(settings, f, value);
    return true;
}

static void describe_words(const struct field *f, char *words_r, size_t size)
{
    size_t len = 0;
    for (uint64_t i = 0; i <= f->most && len < size; i++)
        len += (size_t)snprintf(words_r + len, size - len, "%s'%s'", i ? " or " : "",
                                f->words[i]);
}

void field_describe(const struct field *f, char *words_r, size_t size)
{
    if (f->words)
        describe_words(f, words_r, size);
    else
        snprintf(words_r, size, "%s%s%sbetween %llu and %llu", f->most_word ? "'" : "",
                 f->most_word ? f->most_word : "", f->most_word ? "' or " : "",
                 (unsigned long long)f->least, (unsigned long long)f->most);
}

bool fields_are_sound(const struct settings *settings)
{
    for (size_t s = 0; s < SECTIONS; s++)
        for (size_t i = 0; i < sections[s].count; i++) {
            uint64_t value = get(settings, &sections[s].fields[i]);
            if (value < sections[s].fields[i].least ||
                value > sections[s].fields[i].most)
                return false;
        }
    return true;
}
