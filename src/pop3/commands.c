/*
 * POP3, RFC 1939, RFC 2449, RFC 2595, RFC 5034 and RFC 6856: what a client may say, and when.
 */
#include "pop3/session.h"

enum {
    BEFORE = AUTHORIZATION | USER_GIVEN,
    ANY = BEFORE | TRANSACTION,
};

/* clang-format off */
static const struct rule rules[] = {
    { "msg",    pop3_take_number },
    { "n",      pop3_take_number },
    { "mechanism", pop3_take_word },
    { "initial-response", pop3_take_word },
    { "range",  pop3_take_language_range },
    { "name",   pop3_take_string },
    { "string", pop3_take_string },
    { 0 },
};

static const struct command commands[] = {
    /* §4, §7: the AUTHORIZATION state */
    { "USER name",        AUTHORIZATION,  pop3_user,     0      },
    { "PASS string",      USER_GIVEN,     pop3_pass,     SECRET },
    /* RFC 2595 §4 */
    { "STLS",             BEFORE,         pop3_stls,     0      },
    /* RFC 5034 §4; without a mechanism, what was before RFC 2449 */
    { "AUTH",             AUTHORIZATION,  pop3_mechanisms, 0    },
    { "AUTH mechanism [initial-response]", AUTHORIZATION, pop3_auth, SECRET },
    /* §5: the TRANSACTION state */
    { "STAT",             TRANSACTION,    pop3_stat,     0      },
    { "LIST [msg]",       TRANSACTION,    pop3_list,     0      },
    { "RETR msg",         TRANSACTION,    pop3_retr,     0      },
    { "DELE msg",         TRANSACTION,    pop3_dele,     0      },
    { "NOOP",             TRANSACTION,    pop3_noop,     0      },
    { "RSET",             TRANSACTION,    pop3_rset,     0      },
    /* §7: optional commands */
    { "TOP msg n",        TRANSACTION,    pop3_top,      0      },
    { "UIDL [msg]",       TRANSACTION,    pop3_uidl,     0      },
    /* RFC 2449 §5 */
    { "CAPA",             ANY,            pop3_capa,     0      },
    /* RFC 6856 §2.1, §3 */
    { "UTF8",             AUTHORIZATION,  pop3_utf8,     0      },
    { "LANG [range]",     ANY,            pop3_lang,     0      },
    /* §4, §6: said in TRANSACTION it performs the UPDATE */
    { "QUIT",             ANY,            pop3_quit,     0      },

    /* A browser that was sent here to speak for somebody else */
    { "GET [string]",     ANY,            pop3_not_pop3, 0      },
    { "HEAD [string]",    ANY,            pop3_not_pop3, 0      },
    { "POST [string]",    ANY,            pop3_not_pop3, 0      },
    { "PUT [string]",     ANY,            pop3_not_pop3, 0      },
    { "OPTIONS [string]", ANY,            pop3_not_pop3, 0      },
    { "CONNECT [string]", ANY,            pop3_not_pop3, 0      },
    { "HOST: [string]",   ANY,            pop3_not_pop3, 0      },
    { 0 },
};
/* clang-format on */

const struct language pop3_language = { commands, rules };
