/*
 * IMAP, RFC 9051 and RFC 3501, and the extensions that imap.h names: what a client may
 * say, and when.
 */
#include "imap/append.h"
#include "imap/grammar.h"
#include "imap/session.h"

enum {
    LOGGED_IN = AUTHENTICATED | SELECTED,
    ANY = NOT_AUTHENTICATED | LOGGED_IN,
};

/* ---- arguments, as they stand: the commands read them */

/* Up to the next space, or the end. */
static bool take_word(struct span *rest, struct arg *arg_r)
{
    arg_r->text = span_first(*rest, span_find(*rest, ' '));
    *rest = span_skip(*rest, arg_r->text.len);
    return arg_r->text.len > 0;
}

static bool take_rest(struct span *rest, struct arg *arg_r)
{
    arg_r->text = *rest;
    *rest = span_skip(*rest, rest->len);
    return arg_r->text.len > 0;
}

/* clang-format off */
static const struct rule rules[] = {
    { "auth-type",     take_word },
    { "algorithm",     take_word },
    { "initial-resp",  take_word },
    { "sequence-set",  take_word },
    { "userid",        take_rest }, /* and password */
    { "params",        take_rest },
    { "mailbox",       take_rest }, /* and what follows */
    { "capabilities",  take_rest },
    { "quota-root",    take_rest },
    { "fetch-atts",    take_rest },
    { "store-flags",   take_rest },
    { "search-program", take_rest },
    { 0 },
};

static const struct command commands[] = {
    /* RFC 9051 §6.1: in any state */
    { "CAPABILITY",                 ANY,               imap_capability,   0      },
    { "NOOP",                       ANY,               imap_noop,         0      },
    { "LOGOUT",                     ANY,               imap_logout,       0      },
    { "ID params",                  ANY,               imap_id,           0      },
    /* §6.2: not authenticated */
    { "STARTTLS",                   NOT_AUTHENTICATED, imap_starttls,     0      },
    { "AUTHENTICATE auth-type [initial-resp]", NOT_AUTHENTICATED, imap_authenticate, SECRET },
    { "LOGIN userid",               NOT_AUTHENTICATED, imap_login,        SECRET },
    /* §6.3: authenticated */
    { "UNAUTHENTICATE",             LOGGED_IN,         imap_unauthenticate, 0    },
    { "ENABLE capabilities",        LOGGED_IN,         imap_enable,       0      },
    { "COMPRESS algorithm",         LOGGED_IN,         imap_compress,     0      },
    { "SELECT mailbox",             LOGGED_IN,         imap_select,       0      },
    { "EXAMINE mailbox",            LOGGED_IN,         imap_examine,      0      },
    { "CREATE mailbox",             LOGGED_IN,         imap_create,       0      },
    { "DELETE mailbox",             LOGGED_IN,         imap_delete,       0      },
    { "RENAME mailbox",             LOGGED_IN,         imap_rename,       0      },
    { "SUBSCRIBE mailbox",          LOGGED_IN,         imap_subscribe,    0      },
    { "UNSUBSCRIBE mailbox",        LOGGED_IN,         imap_unsubscribe,  0      },
    { "LIST mailbox",               LOGGED_IN,         imap_list,         0      },
    { "LSUB mailbox",               LOGGED_IN,         imap_lsub,         0      },
    { "NAMESPACE",                  LOGGED_IN,         imap_namespace,    0      },
    { "STATUS mailbox",             LOGGED_IN,         imap_status,       0      },
    { "APPEND mailbox",             LOGGED_IN,         imap_append,       0      },
    /* RFC 9208 §4.2 */
    { "GETQUOTA quota-root",        LOGGED_IN,         imap_getquota,     0      },
    { "GETQUOTAROOT mailbox",       LOGGED_IN,         imap_getquotaroot, 0      },
    { "IDLE",                       LOGGED_IN,         imap_idle,         0      },
    /* §6.4: selected */
    { "CHECK",                      SELECTED,          imap_check,        0      },
    { "CLOSE",                      SELECTED,          imap_close,        0      },
    { "UNSELECT",                   SELECTED,          imap_unselect,     0      },
    { "EXPUNGE",                    SELECTED,          imap_expunge,      0      },
    { "SEARCH search-program",      SELECTED,          imap_search, USES_SEQNUMS },
    { "SORT search-program",        SELECTED,          imap_sort, USES_SEQNUMS },
    { "THREAD search-program",      SELECTED,          imap_thread, USES_SEQNUMS },
    { "FETCH sequence-set fetch-atts", SELECTED,       imap_fetch, USES_SEQNUMS },
    { "STORE sequence-set store-flags", SELECTED,      imap_store, USES_SEQNUMS },
    { "COPY sequence-set mailbox",  SELECTED,          imap_copy, USES_SEQNUMS },
    { "MOVE sequence-set mailbox",  SELECTED,          imap_move, USES_SEQNUMS },
    /* §6.4.9 */
    { "UID SEARCH search-program",  SELECTED,          imap_uid_search,   0      },
    { "UID SORT search-program",    SELECTED,          imap_uid_sort,     0      },
    { "UID THREAD search-program",  SELECTED,          imap_uid_thread,   0      },
    { "UID FETCH sequence-set fetch-atts", SELECTED,   imap_uid_fetch,    0      },
    { "UID STORE sequence-set store-flags", SELECTED,  imap_uid_store,    0      },
    { "UID EXPUNGE sequence-set",   SELECTED,          imap_uid_expunge,  0      },
    { "UID COPY sequence-set mailbox", SELECTED,       imap_uid_copy,     0      },
    { "UID MOVE sequence-set mailbox", SELECTED,       imap_uid_move,     0      },
    { 0 },
};
/* clang-format on */

const struct language imap_language = { commands, rules };
