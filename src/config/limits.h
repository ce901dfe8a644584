/*
 * limits - every limit: its default, its bounds, and where it comes from.
 *
 * What the configuration may change is in struct settings (config/settings.h) and is
 * checked against the bounds given here.  Octets, unless the name says otherwise.
 */
/* long: every limit has its line here */
#ifndef CONFIG_LIMITS_H
#define CONFIG_LIMITS_H

enum {
    /* ---- addresses and names */
    LOCAL_PART_OCTETS_MAX = 64, /* RFC 5321 §4.5.3.1.1 */
    DOMAIN_OCTETS_MAX = 255,    /* RFC 5321 §4.5.3.1.2 */
    ADDRESS_OCTETS_MAX = 320,   /* local-part "@" domain */
    PATH_OCTETS_MAX = 256,      /* RFC 5321 §4.5.3.1.3, with "<" and ">" */
    PASSWORD_OCTETS_MAX = 511,  /* the most that crypt(3) takes */
    PASSWORD_OCTETS_MIN = 6,
    SOURCE_OCTETS_MAX = 64, /* a peer's network address, printed */

    /* ---- SMTP */
    SMTP_LINE_MAX = 2048,       /* a command line; RFC 5321 §4.5.3.1.4 asks for 512 */
    SMTP_AUTH_LINE_MAX = 12288, /* the same on submission; RFC 4954 §3 */
    SMTP_TEXT_LINE_MAX = 2048,  /* a line of a message; §4.5.3.1.6 asks for 1000 */
    SMTP_REPLY_MAX = 512,       /* §4.5.3.1.5 */
    RECIPIENTS_MAX = 1000,      /* in one transaction; §4.5.3.1.8 asks for 100 */
    SUBMITTED_AUTHORS_MAX =
        10,                   /* mailboxes of one From; RFC 5322 §3.6.2 has no bound */
    LMTP_TICKETS_MAX = 16000, /* of one transaction, each as often as it was named */
    SMTP_BAD_COMMANDS_MAX = 20,            /* then 421 */
    SMTP_EARLY_BAD_MAX = 3,                /* the same before the first HELO */
    SMTP_WRONG_PASSWORDS_MAX = 3,          /* the last one closes the connection, too */
    RECEIVED_FIELDS_MAX = 50,              /* more is a loop, §6.3 */
    HEADER_SECTION_MAX = 1 << 20,          /* all header fields of a message */
    AUTHENTICATION_RESULTS_MAX = 64 << 10, /* one of others; a longer one is dropped */
    OCTETS_HELD_LEAST = 64 << 20,  /* of all large messages that one front has not yet
                                   * handed over; or, when that is more, this many: */
    MESSAGES_HELD_LEAST = 16,      /* of message_size */
    MESSAGE_SIZE = 50 << 20,       /* default of message_size */
    MESSAGE_SIZE_LEAST = 64 << 10, /* §4.5.3.1.7 */
    MESSAGE_SIZE_MOST = 1 << 30,

    /* ---- SMTP, as a client */
    SMTP_REPLY_LINES_MAX = 100,       /* of one reply (S23) */
    SMTP_REPLY_OCTETS_MAX = 64 << 10, /* the same */
    SMTP_REPLY_LINE_MAX = 2048,       /* of a longer one its beginning is kept */
    SMTP_CLIENT_RECIPIENTS_MAX = 100, /* of one transaction, RFC 5321 §4.5.3.1.8 */
    SMTP_CLIENT_CHUNK = 1 << 20,      /* octets of one BDAT */
    SMTP_CLIENT_PIECE = 16 << 10, /* said before it is looked whether that is enough */
    SMTP_FATE_WORDS = 512,        /* of a reply, kept for each recipient */

    /* ---- the way out */
    MX_HOSTS_MAX = 16,           /* of one domain; the best are taken (S24) */
    MX_ADDRESSES_MAX = 10,       /* of one domain, tried in one attempt */
    DSN_RETURNED_MAX = 64 << 10, /* of a message, with a report on it (S14) */
    DSN_XTEXT_MAX = 512,         /* an ENVID or ORCPT, RFC 3461 §5.4 asks for 500 */
    MX_HOST_ADDRESSES_MAX = 4,   /* of one host, so that another's turn comes */
    ENVELOPE_OCTETS_MAX =
        32 << 10, /* one envelope of the queue; a message may have more */

    ENVID_OCTETS_MAX = 100,        /* RFC 3461 §4.4 */
    ENVELOPE_RECIPIENTS = 16,      /* of one envelope that comes in */
    OUTGOING_OCTETS_MAX = 1 << 20, /* recipients elsewhere of one transaction */
    REPORT_SECONDS = 86400, /* that a report is tried for, once mail is given up */
    RELAY_PORT = 25,
    RELAY_CONNECTIONS = 20, /* to one destination; they grow up to that with success */
    RELAY_CONNECTIONS_MOST = 100,
    RETRY_FIRST = 30 * 60, /* seconds; §4.5.4.1 asks for 30 minutes at least */
    RETRY_MOST = 4 * 3600,
    NOTICE_AFTER = 4 * 3600,
    GIVE_UP_AFTER = 5 * 86400, /* the same section: 4 to 5 days at least */
    GIVE_UP_MOST = 30 * 86400,
    ENVELOPE_MEMORY_MAX = 256 << 10, /* one of them, taken apart */
    QUEUE_ROWS_MAX = 4096,           /* of one answer of store's */
    QUEUE_ORPHAN_SECONDS = 3600,     /* then a message without an envelope goes */
    RELAY_OCTETS_MAX = 256 << 20,    /* of messages that are being sent, in memory */
    RELAY_ARENA_MAX = 1 << 20,       /* what one worker has of the DNS */
    RELAY_SESSIONS_MAX = 200,        /* of all destinations */

    /* ---- trust: what is asked and read to judge a message */
    SPF_LOOKUPS_MAX = 10,       /* terms that ask; RFC 7208 §4.6.4 */
    SPF_VOID_LOOKUPS_MAX = 2,   /* questions that found nothing, §4.6.4 */
    SPF_NAMES_MAX = 10,         /* hosts of an mx, names of a ptr, §4.6.4 */
    SPF_EXPANDED_MAX = 8 << 10, /* a macro-string, expanded */
    TAGS_MAX = 64,              /* of one list; RFC 6376 §3.2 has no bound */
    TRUST_FIELDS_MAX = 2000,    /* of a header section that is judged */
    DKIM_SIGNATURES_MAX = 10,   /* of a message; the first are read */
    DKIM_KEYS_MAX = 5,          /* that a message's signatures may ask for */
    DKIM_FIELDS_MAX = 500,      /* that one signature names */
    DKIM_RSA_BITS_LEAST = 1024, /* RFC 8301 §3.2 */
    DKIM_RSA_BITS_MOST = 4096,
    ARC_SETS_MAX = 50,              /* RFC 8617 §4.2.1 */
    DMARC_LABELS_MAX = 8,           /* questions of one tree walk; RFC 9989 §4.10 */
    DMARC_WALKS_MAX = 4,            /* that the names of one message are worth */
    SIGNATURE_FIELD_MAX = 64 << 10, /* a DKIM-Signature that is made */

    /* ---- POP3 */
    POP3_LINE_MAX = 512,          /* a command line; RFC 2449 §4 asks for 255 */
    POP3_REPLY_MAX = 510,         /* RFC 1939 §3: 512 with its CRLF */
    POP3_FIELD_MAX = 64 << 10,    /* longer header fields are left out of a surrogate */
    POP3_BAD_COMMANDS_MAX = 20,   /* then the connection is closed */
    POP3_EARLY_BAD_MAX = 3,       /* the same before login */
    POP3_WRONG_PASSWORDS_MAX = 3, /* the last one closes the connection, too */
    POP3_EXPIRE_NEVER = 36500,    /* days: the default of pop3_expire, and the most */
    POP3_LOGIN_DELAY_MOST = 3600,
    POP3_LOGINS_REMEMBERED = 4096, /* where pop3_login_delay is set */

    /* ---- IMAP */
    IMAP_LINE_MAX = 16000,         /* RFC 7162 §4 asks for 8192 */
    IMAP_CAPABILITIES_SIZE = 1024, /* octets of their names */
    IMAP_TAG_MAX = 128,            /* RFC 9051 §2.2.1 has no bound (I15) */
    IMAP_EARLY_LITERALS_MAX =
        1024, /* octets of a command's literals before login (I01) */
    IMAP_LITERALS_MAX = 64 << 10, /* the same after it, but for a message of APPEND */
    IMAP_DROPPED_MAX = 1 << 20, /* of a non-synchronising literal too long: then BYE */
    IMAP_LITERALS_COUNT_MAX = 1000, /* of one command */
    IMAP_COMMAND_MAX = 128 << 10,   /* all of one command, literals too */
    IMAP_ARENA_MAX = 1 << 20, /* what one command may need while it is worked on */
    IMAP_NESTING_MAX = 50,    /* "(" in "(", OR in NOT (I03) */
    IMAP_KEYS_MAX = 10000,    /* of one SEARCH */
    IMAP_FETCH_ATTS_MAX = 1000,
    IMAP_FIELDS_MAX = 1000,      /* of one HEADER.FIELDS (I12) */
    IMAP_QUOTED_MAX = 1000,      /* a longer string goes as a literal */
    IMAP_RESPONSE_MAX = 8 << 20, /* one response, but for the octets of messages */
    IMAP_SORT_CRITERIA_MAX = 16,
    IMAP_SORT_TEXT_MAX = 512,       /* what is compared of a name or an address */
    IMAP_SORT_MAX = 64 << 20,       /* of all that one SORT compares */
    IMAP_SORT_SLICE = 4096,         /* comparisons, then others have their turn */
    IMAP_THREAD_NAMED_MAX = 200000, /* ids of THREAD that are no message's */
    IMAP_CATENATE_URLS_MAX = 100,   /* of one CATENATE */
    SCAN_TEXT_MAX = 16 << 10,       /* what SEARCH BODY looks for, folded */
    IMAP_TEXTS_MAX = 64,            /* BODY and TEXT keys of one SEARCH (I17) */
    IMAP_IDLE_SECONDS = 1800,       /* RFC 9051 §5.4: at least 30 minutes */
    MAILBOX_NAME_MAX = 1024,        /* UTF-8; RFC 9051 §5.1 has no bound (I05) */
    MAILBOX_LEVELS_MAX = 64,
    KEYWORD_MAX = 100,      /* octets; RFC 9051 §2.3.2 has no bound */
    IMAP_KEYWORDS_MAX = 64, /* of one command */
    KEYWORDS_OCTETS_MAX = 56 * (KEYWORD_MAX + 64), /* of an account's, as records */
    MAILBOX_NAMES_MAX = 10000, /* of an account: its mailboxes and subscriptions */
    MAILBOX_NAMES_OCTETS_MAX = MAILBOX_NAMES_MAX * (MAILBOX_NAME_MAX + 64),
    NAMES_CHANGE_MAX = 192 << 10, /* octets of what one RENAME changes */
    LIST_PATTERN_MAX = 1024,
    LIST_PATTERNS_MAX = 64, /* of one LIST (RFC 5258 §3); and their octets: */
    LIST_PATTERNS_OCTETS_MAX = 4096,
    LIST_RESPONSE_MAX = 16384,  /* of one name: it may be a literal, in UTF-7 */
    LIST_SLICE = 1 << 20,       /* octets compared, then others have their turn (I07) */
    IMAP_BAD_COMMANDS_MAX = 20, /* then BYE */
    IMAP_EARLY_BAD_MAX = 3,     /* the same before login */
    IMAP_WRONG_PASSWORDS_MAX = 3,
    IMAP_ID_PAIRS_MAX = 30, /* RFC 2971 §3.3 */

    /* ---- FTP */
    FTP_LINE_MAX = 4224,         /* a command line: a path and its verb (F13) */
    FTP_REPLY_MAX = 510,         /* a line of a reply that we make ourselves */
    FTP_BAD_COMMANDS_MAX = 20,   /* then 421 */
    FTP_EARLY_BAD_MAX = 5,       /* the same before login */
    FTP_DEFERRED_MAX = 16 << 10, /* what is said while a transfer runs */
    FTP_DEFLATE_LEVEL = 6,       /* of MODE Z, until OPTS says another */
    FTP_MARK_EACH = 1 << 20,     /* octets between two restart markers of MODE B */
    FTP_PIECE = 64 << 10,        /* of a file that is converted on its way */
    FTP_WRONG_PASSWORDS_MAX = 3, /* the last one closes the connection, too */

    /* ---- SASL */
    SASL_LINE_MAX = 4096,      /* base64; RFC 4954 §4 has 12288 for any mechanism */
    SASL_CHALLENGE_MAX = 1024, /* not encoded */
    SCRAM_BARE_MAX = 1024,     /* client-first-message-bare, RFC 5802 §7 */
    SCRAM_FINAL_MAX = 2048,    /* client-final-message-without-proof */
    SCRAM_BINDING_MAX = 1024,  /* gs2-header and the channel's octets */
    SCRAM_NONCE_MAX = 256,     /* the client's half */
    SCRAM_KEY_OCTETS = 32,     /* SHA-256 */
    SCRAM_OWN_NONCE = 24,      /* ours: 18 octets in base64 */

    /* ---- time, in seconds */
    SMTP_COMMAND_SECONDS = 300,    /* RFC 5321 §4.5.3.2.7 */
    SMTP_DATA_SECONDS = 600,       /* without a whole block of DATA, §4.5.3.2.5 */
    SMTP_GREETING_SECONDS = 300,   /* a client waits: RFC 5321 §4.5.3.2.1 */
    SMTP_HELLO_SECONDS = 300,      /* for EHLO, STARTTLS, AUTH and RSET; no section */
    SMTP_MAIL_SECONDS = 300,       /* §4.5.3.2.2 */
    SMTP_RCPT_SECONDS = 300,       /* §4.5.3.2.3 */
    SMTP_INITIATION_SECONDS = 120, /* DATA's 354, §4.5.3.2.4 */
    SMTP_BLOCK_SECONDS = 180,      /* until a block of DATA was taken, §4.5.3.2.5 */
    SMTP_END_SECONDS = 600,        /* the reply to ".", §4.5.3.2.6 */
    SMTP_QUIT_SECONDS = 30,        /* nothing depends on that one */
    RETRY_FIRST_SECONDS = 1800,    /* RFC 5321 §4.5.4.1: at least 30 minutes */
    RETRY_MOST_SECONDS = 14400,
    RETRY_NOTICE_SECONDS = 14400,
    RETRY_GIVE_UP_SECONDS = 432000, /* §4.5.4.1: at least 4 to 5 days */
    POP3_IDLE_SECONDS = 600,        /* RFC 1939 §3: at least ten minutes */
    FTP_IDLE_SECONDS = 900,         /* RFC 1123 §4.1.3.2: at least five minutes */
    FTP_DATA_SECONDS = 60,          /* a data connection that does not move (F14) */
    LOGIN_SECONDS = 180,            /* a session without a login */
    SEND_SECONDS = 120,             /* a peer that takes nothing of what we say */
    ASK_SECONDS = 30,               /* another role's answer */
    SLOWEST_RATE = 500,             /* octets a second of DATA after the first minute */

    /* ---- wire */
    WIRE_INPUT = 16 << 10,      /* read at once */
    WIRE_OUTPUT_MAX = 64 << 10, /* said but not yet taken by the peer */
    WIRE_LONG_LINE = 16,     /* a line this many times too long ends the connection */
    WIRE_BLOCKS_A_TURN = 16, /* read or sent, then others have their turn */
    WIRE_INPUTS_SPARE = 64,  /* input blocks kept for the next reader */
    WIRE_IDLE_MS = 1000,     /* waited so long for input, a session gives memory back */
    WIRE_DEFLATE_LEVEL = 6,
    WIRE_DEFLATE_WINDOW = 13,          /* 8 KB: a power of two */
    WIRE_DEFLATE_HASH = 6,             /* zlib's memLevel: 8 KB of symbols */
    WIRE_DEFLATED = 8 << 10,           /* compressed, read or sent at once */
    WIRE_DEFLATE_FRUITLESS = 64 << 10, /* read that nothing comes of: then the end */
    WIRE_DEFLATE_OCTETS = 512 << 20,   /* of all sessions: then none begins */
    LINGER_MS = 1000,          /* for the peer's end after ours (RFC 9293 §3.6) */
    LINGER_OCTETS = 256 << 10, /* read and dropped meanwhile */
    ACCEPTS_A_TURN = 64,
    ACCEPT_TURN_MS = 1,    /* in which another copy of this front may accept instead */
    ACCEPT_PAUSE_MS = 100, /* after an error that will not go away at once */
    IO_THREADS = 2,        /* of one front, for files not in memory */
    IO_QUEUE_MAX = 256,
    IO_SOON_MS = 2,      /* that a thread waits for a peer, who is perhaps a fast one */
    SESSIONS_MAX = 8192, /* of one front process; default of sessions */
    SESSIONS_MOST = 65536,
    SOURCE_SESSIONS = 50, /* default of source's sessions: of one address */
    SOURCE_NETWORK_SESSIONS = 200,
    SOURCES_CROWDED = 80,     /* percent of `sessions`: from here on at random (A03) */
    SOURCES_COUNTERS = 16384, /* of one front process and hash */
    SOURCES_LOG_SECONDS = 60, /* a source is named once in this time, ... */
    SOURCES_LOG_MAX = 256,    /* ... and so many at most */
    EXEMPT_MAX = 32,
    LISTEN_BACKLOG = 1024,
    TRANSCRIPT_LINE_MAX = 1024, /* what is kept of one line */
    TRANSCRIPT_RING = 1 << 20,  /* of one front; a power of two */
    TRANSCRIPT_FILE = 16 << 20, /* of DATA/log/wire.N */
    TRANSCRIPT_FILES = 4,
    TRANSCRIPT_ANSWER_MAX = 48 << 10,
    TRANSCRIPT_WAIT_SECONDS = 10, /* who follows gets an empty answer then */
    PROTOCOL_OCTETS_MAX = 15,     /* of its name in the transcript */
    SEARCH_SESSIONS_MAX = 32768,  /* that one search remembers */
    SEARCH_SECONDS = 60,          /* one that nobody goes on with is forgotten */
    TRANSCRIPT_POLL_MS = 25,      /* between two looks at rings that have something */
    TRANSCRIPT_BATCH = 256 << 10, /* written at once */
    EVENTS_FILE = 4 << 20,        /* of DATA/log/events; then it becomes events.1 */

    /* ---- FTP: data connections */
    DATA_PORT_LEAST = 1024,   /* of a client's: RFC 2577 §3 */
    DATA_PORTS_FIRST = 49152, /* where none are set: IANA's dynamic ports */
    DATA_PORTS_LAST = 65535,
    FTP_SPARE_MS = 1000,      /* that a listener waits for the next transfer */
    DATA_BACKLOG = 1,         /* of a passive listener: one is to come */
    DATA_STRANGERS_MAX = 16,  /* that try it meanwhile; then it is closed */
    DATA_ACCEPT_SECONDS = 60, /* from PASV until somebody has come */
    DATA_TURN_SECONDS =
        10, /* that PASV waits in one-port mode for another's connection */
    DATA_SHAKING_MAX = 256, /* connections to the one port that have not said whose */
    DATA_SECONDS = 300,     /* a transfer in which nothing moves */
    DATA_SMALL = 16 << 10,  /* a file that is read and said at once */
    DATA_UNACKNOWLEDGED =
        3,               /* segments at the end of a transfer: data, TLS's end, ours */
    DATA_STEP = 4 << 20, /* moved at once on a thread; then others have it */
    DIAL_SECONDS = 20,   /* a connection to come about; less than ASK_SECONDS */
    DIAL_TRIES = 8,      /* for a port that nobody else takes meanwhile */

    /* ---- TLS */
    TLS_HANDSHAKE_SECONDS = 30,
    TLS_HANDSHAKE_OCTETS = 64 << 10, /* that a client may send for one (A19) */
    TLS_MESSAGES_MAX = 16,     /* KeyUpdate and the like between two records of data */
    TLS_SERVER_NAME_MAX = 255, /* RFC 6066 §3: a host name */
    TLS_LOOK_MS = 20,          /* for a certificate, when a server has just begun */
    TLS_CERTIFICATES_MAX = 256,
    CERTIFICATE_OWN_DAYS = 3650, /* of one that is signed by itself */
    CERTIFICATE_WARN_DAYS = 14,  /* before its end, every day */
    CHAIN_OCTETS_MAX = 40 << 10, /* of one chain, DER */
    KEY_OCTETS_MAX = 8 << 10,    /* of one private key, DER */
    NAMES_OCTETS_MAX = 4096,     /* all names of a certificate, as a list */
    RSA_OCTETS_MAX = 512,        /* of a modulus: 4096 bits */
    SIGNATURE_OCTETS_MAX = 512,
    KEYS_RETRY_SECONDS = 10, /* a front whose keys has not answered asks again */
    SIGN_THREADS = 2,
    SIGN_QUEUE_MAX = 1024,
    SIGN_RATE = 4000,              /* signatures a second, and at once, for one front */
    TLS_TICKET_SECONDS = 4 * 3600, /* RFC 8446 §4.6.1: at most seven days */
    TLS_BINDING_OCTETS_MAX = 64,   /* RFC 5929, RFC 9266 */

    /* ---- the FTP client */
    FTP_REPLY_OCTETS_MAX = 1 << 20, /* one whole reply, RFC 959 §4.2 has no bound */
    FTP_REPLY_KEPT_MAX = 32 << 10,  /* so much of its text is kept */
    FTP_REPLY_LINE_MAX = 4096,      /* a line of it; a listing's too */
    FTP_LIST_LINE_MAX = 8192,       /* one entry: a path and its facts */
    FTP_PRELIMINARY_MAX = 1000,     /* 1yz replies to one command */
    FTP_CLIENT_PATH_MAX = 4096,
    FTP_ERROR_MAX = 1024,   /* what went wrong, worded */
    FTP_REPLY_SECONDS = 60, /* for a reply, or for data to go on */
    FTP_CONNECT_SECONDS = 30,
    FTP_RESOLVE_SECONDS = 30,
    FTP_ADDRESSES_MAX = 16,    /* of one name, tried */
    FTP_NEXT_ADDRESS_MS = 250, /* RFC 8305 §5: then the next one is tried, too */
    FTP_TRIES = 5,             /* of a transfer that does not get on */
    FTP_BACK_OFF_MOST_SECONDS = 30,
    FTP_NOOP_SECONDS = 50, /* of silence on the control connection */
    FTP_POOL_MOST = 64,
    FTP_SMALL_FILE = 64 << 10,     /* up to here through memory */
    FTP_COPY_SECONDS = 6 * 3600,   /* from server to server: nothing is seen of it */
    FTP_PINS_OCTETS_MAX = 1 << 20, /* of the file of known certificates */
    FTP_HOST_SIZE = 300,           /* "[host]:port" and a NUL */

    /* ---- messages between roles */
    INLINE_OCTETS_MAX = 32 << 10,  /* a body that travels inside its message */
    MESSAGE_OCTETS_MAX = 60 << 10, /* one whole message */
    MESSAGE_DESCRIPTORS_MAX = 2,
    CHANNEL_QUEUE_MAX = 4096, /* messages that wait for one peer */
    CHANNEL_QUEUE_OCTETS = 8 << 20,
    CALLS_MAX = 4096, /* questions of one peer under way */
    UIDS_A_MESSAGE = 8000,
    COPY_UIDS_MAX = 8000,    /* messages copied at once: their rows fit an entry */
    FLAGS_RANGES_MAX = 4000, /* of uids, whose flags are changed at once */
    RECORDS_A_MESSAGE = 128, /* of messages that a front asks for */
    RECORDS_OCTETS_MAX = 64 << 20, /* of these, all together */

    /* ---- reading messages */
    MIME_DEPTH_MAX = 100,       /* parts in parts; then opaque */
    MIME_PARTS_MAX = 10000,     /* then the rest is one opaque part */
    MIME_BOUNDARY_MAX = 200,    /* RFC 2046 §5.1.1 says 70 */
    MIME_ADDRESSES_MAX = 2000,  /* of one header field */
    MIME_PARAMETERS_MAX = 100,  /* of one header field */
    MIME_SECTIONS_MAX = 100,    /* of one parameter, RFC 2231 §3 */
    MIME_WORDS_MAX = 1000,      /* of one References, In-Reply-To, Content-Language */
    MIME_TEXT_MAX = 8 << 10,    /* one string of a record; longer ones are cut */
    FILENAME_OCTETS_MAX = 255,  /* of an attachment: what file systems take */
    MIME_STRINGS_MAX = 2 << 20, /* all strings of a record */
    MIME_ROWS_MAX = 20000,      /* of one kind in a record */
    RECORD_OCTETS_MAX = 8 << 20,
    SEARCH_TEXT_MAX = 1 << 20,  /* of one message */
    SEARCH_HEAD_MAX = 64 << 10, /* of it, for subject, addresses and names */
    PREVIEW_OCTETS_MAX = 256,   /* RFC 8970 §3.1: characters; octets are never fewer */

    PARSE_FOUND_MAX = 48 << 10, /* that travels inside its message */
    PARSE_SECONDS = 20,         /* for one question; less than ASK_SECONDS */
    UNREAD_MAX = 64,            /* messages of an account that are read together, */
    UNREAD_OCTETS = 512 << 10,  /* about */
    UNREAD_ACCOUNTS = 2,        /* at once */
    UNREAD_MANY_ACCOUNTS = 16,  /* more of them wait longer: */
    UNREAD_LONG_LAG_MS = 1200,
    UNREAD_BUSY = 1000, /* while so many a second come in, all wait longer: */
    UNREAD_BUSY_LAG_MS = 5000,
    UNREAD_LAG_MS = 300,           /* after delivery; when it has been filed */
    UNREAD_RETRY_MS = 1000,        /* parse is not there, or something may pass: */
    UNREAD_RETRY_MOST_MS = 300000, /* twice as long each time that an account fails */
    UNREAD_LOOK_MS = 5,   /* between two accounts that are looked at after a start */
    TEXT_SIZE = 64 << 20, /* a text.N that has grown past this gets a successor */
    TEXT_SLICE = 32,      /* messages that the text thread takes at once, some 5 ms */
    TEXT_SLICE_OCTETS = 64 << 10, /* and about so many octets */
    TEXTS_OPEN_MAX = 16,
    FIND_SLICE_MS = 5,       /* of one search, before others have their turn (I17) */
    FIND_EMAILS_MAX = 2048,  /* that one slice answers */
    FIND_TERMS_MAX = 64,     /* with more terms than these the index does not narrow */
    WORD_OCTETS_MAX = 32768, /* of a term: FTS5 has no longer ones */
    WORDS_BLOCK_OCTETS = 1 << 20,             /* of a block of terms, about, */
    WORDS_BLOCK_MAX = (1 << 20) + (64 << 10), /* and at most */
    WORDS_PACK_FROM = 64 << 10, /* a list that has doubled and grown by this is written
                                 * anew, */
    WORDS_PACK_MOST = 8 << 20,  /* unless it is longer than this */
    DEAD_TEXTS_MIN = 1000,   /* of messages that have gone; and more than half of all */
    PARSE_KEEPS = 256 << 10, /* memory that parse keeps from one message to the next */

    /* ---- store */
    JOURNAL_SEGMENTS = 4,
    JOURNAL_SEGMENT = 64 << 20, /* default of journal_segment */
    JOURNAL_SEGMENT_LEAST = 1 << 20,
    JOURNAL_SEGMENT_MOST = 1 << 30,
    LARGE_BODY_LEAST = 256 << 10, /* from here on a body is a file of its own in big/ */
    BACKLOG_OCTETS_MAX = 64 << 20, /* journalled, not yet applied to an account */
    OPEN_ACCOUNTS_MAX = 256,
    PACK_SIZE = 64 << 20,   /* a pack that has grown past this gets a successor */
    COMPACT_FROM = 1 << 20, /* default of compact_from: octets of no use in an
                             * account's packs */
    COMPACT_FROM_LEAST = 4 << 10,
    COMPACT_FROM_MOST = 1 << 30,
    COMPACT_RATE = 32 << 20, /* octets a second that are copied meanwhile */
    COMPACT_ROWS = 1000,     /* moved in one transaction */
    EXPUNGED_KEPT = 10000,   /* uids of an account that are remembered one by one */
    CHECKPOINT_SECONDS = 5,
    APPLY_LAG_MS = 250,    /* entries wait so long: many at once cost little more */
    APPLY_RETRY_MS = 500,  /* after an error that may pass (a full disk) */
    QUOTA_BLOCK = 1 << 20, /* octets that store asks auth for at once */
    QUOTA_SECONDS = 60,    /* then it asks again: the quota may be another */
    HANDLE_UNUSED_SECONDS = 60,    /* then it may make room for another */
    CHANGES_OCTETS_MAX = 1 << 30,  /* of what store_modseqs and store_vanished tell */
    ROWS_OF_ACCOUNT_MAX = 1 << 20, /* of snapshots that sessions of one account hold;
                                    * one session may have more */
    HANDLES_MAX = 64 << 10,        /* sessions that auth has granted, of all fronts */
    STORE_WAIT_SECONDS = 20,       /* for room in the journal; less than ASK_SECONDS */
    STORE_FAILED_SECONDS = 10,     /* then a store that has failed says so again */

    /* ---- files */
    FILES_PATH_MAX = 4096,     /* a whole path: the kernel's PATH_MAX, without a NUL */
    FILES_NAME_MAX = 255,      /* one part of it: the kernel's NAME_MAX */
    FILES_DEPTH_MAX = 256,     /* parts of a path */
    FILES_STARS_MAX = 8,       /* "*" in one pattern (F06) */
    FILES_ROWS_MAX = 32 << 10, /* of a listing, in one message */
    FILES_LOOKS_MAX = 4096,    /* names looked at for one of them */
    FILES_THREADS = 4,         /* for what is answered from the directories */
    FILES_SYNC_THREADS = 8,    /* for what waits for the disk */
    FILES_QUEUE_MAX = 4096,
    FILES_TREES_SET_MAX = 16, /* that the configuration hides; or protects */
    FILES_TREE_OCTETS_MAX = 256,
    FILES_KEEP_HOURS = 24, /* default of keep_unfinished */
    FILES_KEEP_HOURS_MOST = 24 * 365,
    FILES_SWEEP_SECONDS = 3600, /* between two looks for what is older */
    FILES_TREES_MAX = 256,      /* accounts whose home stays open */
    FILES_SHARE_SECONDS = 5,    /* that shares are believed in, if nobody says more */
    FILES_GUESTS_MAX = 256,     /* accounts of which it is remembered */
    SHARES_OF_ONE = 100,        /* folders that are shared with one account */
    SHARES_MAX = 100000,        /* in all */
    FILES_LISTINGS_MAX = 256,   /* under way, of all sessions; of one: */
    FILES_LISTINGS_OF_ONE = 4,
    FILES_UPLOADS_MAX = 4096, /* under way, of all sessions; of one: */
    FILES_UPLOADS_OF_ONE = 8,
    FILES_ROOM_FIRST = 256 << 10, /* that an upload may write before it asks for more */
    FILES_ROOM = 8 << 20,         /* that it may write each time it has asked */
    FILES_UNSYNCED_MAX = 64 << 20, /* octets of all uploads that are on no disk yet */

    /* ---- auth */
    RECIPIENT_SECONDS = 5, /* how long fronts remember that auth accepts an address */
    RECIPIENTS_REMEMBERED = 4096,
    SENDERS_MAX = 64 << 10,    /* logins that may submit mail */
    TICKETS_REMEMBERED = 16,   /* an alias that reaches more is asked for each time */
    ALIAS_DEPTH_MAX = 10,      /* aliases that are targets of aliases */
    ALIAS_TARGETS_MAX = 10000, /* that one recipient may lead to */
    APP_PASSWORDS_MAX = 32,    /* of an account */
    IDENTITIES_MAX = 64,       /* of an account, beside its own addresses */
    TARGETS_OCTETS_MAX = 40 << 10, /* that one command gives an alias */
    HASH_OCTETS_MAX = 383,         /* what crypt(3) makes, CRYPT_OUTPUT_SIZE */
    APP_PASSWORD_OCTETS = 32,      /* the most that one of ours has, shown */
    APP_LABEL_OCTETS_MAX = 64,     /* what a person calls an app password */
    VERIFIED_SECONDS = 300, /* a verified password is remembered as a keyed digest */
    VERIFIED_MAX = 10000,
    VERIFY_QUEUE_MAX = 500, /* logins that wait for a check, at most, ... */
    VERIFY_WAIT_MS = 1500,  /* ... and for how long, as checks go of late */
    VERIFY_THREADS = 2,
    PENALTY_FAILURES = 10, /* defaults of penalty's failures and seconds */
    PENALTY_SECONDS = 900,
    PENALTY_FAILURES_MOST = 10000,
    PENALTY_SECONDS_MOST = 86400,
    PENALTY_DELAY_MS = 250, /* of the second wrong answer */
    PENALTY_DELAY_MOST_MS = 5000,
    PENALTY_PENDING_MAX = 64,   /* checks for one address at once */
    PENALTY_COUNTS_MAX = 32768, /* addresses, networks and names that are counted */
    KNOWN_SECONDS = 30 * 86400, /* a name that was right from a network */
    KNOWN_NAMES_MAX = 10000,
    SCRAM_ITERATIONS = 100000,        /* RFC 7677 §4 asks for 4,096 and more */
    SCRAM_ITERATIONS_MOST = 10000000, /* of an import */
    SCRAM_SECONDS = 60,               /* from server-first to the proof */
    SCRAM_ATTEMPTS_MAX = 8192,        /* then the oldest goes */

    /* ---- DNS */
    DNS_LABEL_MAX = 63,             /* RFC 1035 §2.3.4 */
    DNS_NAME_MAX = 253,             /* a name as text, without the last dot; §2.3.4 */
    DNS_ROW_MAX = 4 << 10,          /* one record of an answer, as roles say it */
    DNS_ROWS_MAX = 64,              /* records of one answer */
    DNS_ROWS_OCTETS_MAX = 16 << 10, /* all of them */
    DNS_WHY_MAX = 255,              /* what is wrong, in words */
    DNS_CHAIN_MAX = 8,              /* CNAMEs in a row among the site's own records */
    DNS_QUESTIONS_MAX = 512,        /* under way at once */
    DNS_SECONDS = 20,               /* for one answer; less than ASK_SECONDS */
    DNS_RECORDS_OCTETS_MAX = 16 << 10, /* the site's own, as text */
    DNS_RECORD_MAX = 1024,             /* one of them */
    DNS_FORWARDERS_MAX = 8,
    DNS_FORWARDER_MAX = 72, /* ADDRESS@PORT */
    DNS_ANCHORS_MAX = 8,
    DNS_ANCHOR_MAX = 1024, /* a DS or DNSKEY record */

    /* ---- roles */
    LISTENERS_MAX = 64,
    COPIES_MAX = 16,
    ADMINS_MAX = 16,        /* commands at DIR/control at once */
    LISTEN_WAIT_MS = 1000,  /* for a port that a server before us still holds */
    RESTART_FIRST_MS = 50,  /* back-off of a role that keeps dying */
    RESTART_MOST_MS = 800,  /* "back within a second" */
    STOP_SECONDS = 10,      /* from SIGTERM to SIGKILL */
    START_FAILURES_MAX = 5, /* a role that ends this often before all serve: give up */
    CONFIG_OCTETS_MAX = 64 << 10,
    RELOAD_WORDS_MAX = 1023,
    CONFIG_SECONDS = 5, /* for reading it */
    UID_BASE = 61000,   /* default of uid_base: no system account is there */
    UID_BASE_LEAST = 100,
    UID_BASE_MOST = 2000000000,
};

#endif
