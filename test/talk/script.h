/*
 * script - a dialogue file, as steps.
 *
 *     # a comment; it cites the section or the attack that the dialogue is about
 *     C: text          the client says a line            C2: … the second client
 *     B: text\n        the client says octets: \r \n \t \\ \0 \xNN \(2000 x), no CRLF
 *     S: text          the server must say this line; * stands for anything
 *     S: 250-...       it may say any number of lines that begin so; or "S:  ...", with a space
 *     SILENCE          the server must say nothing
 *     CLOSED           the server must have closed       CLOSED 2
 *     DROPPED          the same, whatever was said before and not heard
 *     HANGUP           the client closes                 HANGUP 2
 *     CONNECT          the data connection: to where 227 or 229 said     CONNECT 2
 *     STRANGER         the same, from another address (127.0.0.2)
 *     LISTEN           the client waits for one; in what it says behind that, $PORT is where
 *     UPLOAD text\n    the client says octets on it, with escapes as B:
 *     FINISH           the client's end of the data connection; RESET: without an end
 *     RECEIVED text\n  the server said exactly that on it, and its end; globs
 *     CUT              the server has cut it
 *     DEFLATE          the client compresses, and inflates, from here on
 *     REPEAT 1000      what follows up to END, so often
 *     END
 *
 * With SERVICE client the file plays the server: S: and B: are said to the session under
 * test, and what stands behind C: must be heard from it.
 *
 *     SERVICE client              of the smtp room
 *     SEND <alice@crepes.fr> <bob@hamburger.edu> <carol@hamburger.edu> <<
 *                                 a message, up to ">>"; before it perhaps RET=HDRS,
 *                                 ENVID=…, NOTIFY=… and ORCPT=… (the last one's), SMTPUTF8,
 *                                 and instead of lines how many octets it has
 *     SECURITY never|try|must     TLS; try if nothing is said, with TLS, else never
 *     LOGIN user pencil [NONCE]   to a smart host; NONCE: SCRAM's
 *     FATE bob@hamburger.edu NEVER 550 5.1.1 words      what has become of it
 *
 * The site, before the first C: or S:
 *
 *     HOST hamburger.edu          PEER 192.0.2.1          SIZE 100000
 *     ACCOUNT bob@hamburger.edu ketchup                   PLAINTEXT no
 *     FULL bob@hamburger.edu      the store takes nothing for him
 *     SERVICE lmtp                of the smtp room; or submission, or submission queue: then
 *                                 @queue gets what is for elsewhere, @envelopes who it is for
 *     EXPIRE 0                    LOGIN-DELAY 60          days, seconds
 *     ALIAS staff@hamburger.edu bob@hamburger.edu carol@hamburger.edu
 *     QUOTA bob@hamburger.edu 1000 950        octets that he may have, and has
 *     TLS                         is offered: STARTTLS, STLS
 *     PLAY whole octets           only so; without it: whole, octets and pipelined
 *
 * The world, at any place:
 *
 *     MESSAGE bob@hamburger.edu <<      a message, up to the line ">>"
 *     MESSAGE bob@hamburger.edu 300000  one of so many octets
 *     COMPACT bob@hamburger.edu         his bodies move to a pack of another number
 *     TEAR bob@hamburger.edu 300        his pack has lost all but so many octets
 *     TIME +30m                         s, m, h
 *     PAUSE                             a moment in truth, for what runs on threads
 *     STORE works|fails|full|late|busy|gone|holds|releases|loses
 *     AUTH works|fails|late|busy|gone
 *     FILES works|fails|full|late|busy|gone
 *     FILE /path text\n                 a file there is; FILE /path 300000: so many octets
 *     DIRECTORY /path
 *     STOP                              this server stops
 *
 * What must be so, now:
 *
 *     MESSAGES bob@hamburger.edu 2
 *     STORED /path text\n               a file that is whole; ABSENT /path: there is none
 *     DELIVERED bob@hamburger.edu <<    the next message delivered to him, up to ">>"
 *
 * Lines are UTF-8 text; "C: " and "S: " may be followed by nothing.
 */
/* long: each word of the language has its line */
#ifndef TEST_TALK_SCRIPT_H
#define TEST_TALK_SCRIPT_H

#include "base/arena.h"
#include "base/span.h"

enum { CLIENTS_MAX = 99 };

enum step_kind {
    STEP_CLIENT, /* octets, line end included */
    STEP_SERVER,
    STEP_SILENCE,
    STEP_CLOSED,
    STEP_DROPPED,
    STEP_HANGUP,
    STEP_HANDSHAKE,
    STEP_DEFLATE,
    STEP_TLS,
    STEP_HOST,
    STEP_PEER,
    STEP_SIZE,
    STEP_ACCOUNT,
    STEP_ALIAS,
    STEP_QUOTA,
    STEP_PLAINTEXT,
    STEP_SERVICE,
    STEP_FULL,
    STEP_EXPIRE,
    STEP_LOGIN_DELAY,
    STEP_PLAY,
    STEP_MESSAGE,
    STEP_COMPACT,
    STEP_TEAR,
    STEP_TIME,
    STEP_PAUSE,
    STEP_STORE,
    STEP_AUTH,
    STEP_STOP,
    STEP_MESSAGES,
    STEP_DELIVERED,
    STEP_CONNECT,
    STEP_STRANGER,
    STEP_LISTEN,
    STEP_UPLOAD,
    STEP_FINISH,
    STEP_RESET,
    STEP_RECEIVED,
    STEP_CUT,
    STEP_FILES,
    STEP_FILE,
    STEP_DIRECTORY,
    STEP_STORED,
    STEP_ABSENT,
    STEP_CLEAR_DATA,
    STEP_GOODBYE,
    STEP_SEND,
    STEP_SECURITY,
    STEP_LOGIN,
    STEP_FATE,
    STEP_REPEAT,
    STEP_END,
    STEP_KINDS
};

struct step {
    enum step_kind kind;
    int line;
    unsigned client;   /* from 0 */
    bool raw;          /* B: */
    struct span text;  /* what stands behind the keyword, unescaped */
    struct span block; /* lines up to ">>", with CRLF; .at NULL: none */
};

struct script {
    const char *path;
    struct step *steps; /* REPEAT unrolled */
    size_t count, room;
    struct arena *arena;
};

/* False: it cannot be read; says why on standard output. */
bool script_open(struct script *script_r, const char *path);
void script_close(struct script *);

/* Takes the next word off *text: up to a space. */
struct span script_word(struct span *text);

/* Does `text` fit `pattern`, in which * stands for anything? */
bool glob_fits(struct span pattern, struct span text);

#endif
