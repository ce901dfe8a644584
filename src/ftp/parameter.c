/* RFC 959 §4.1.2, transfer parameters: TYPE, STRU, MODE. */
#include "ftp/commands.h"
#include "ftp/session.h"

/* §3.1.1: ASCII, image, and the local byte of 8 bits, which is the same; no carriage
 * control, and no EBCDIC. */
void ftpd_type(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char code = (char)(args[0].number & 0xff);
    uint64_t rest = args[0].number >> 8;

    if (code == 'A' && rest == 'N') {
        s->parameters.type = TYPE_ASCII;
        wire_say(s->wire, "200 Type is ASCII");
    } else if (code == 'I' || (code == 'L' && rest == 8)) {
        s->parameters.type = TYPE_IMAGE;
        wire_say(s->wire, "200 Type is image");
    } else {
        ftpd_reply_bad(s, "504 Types are A (N), I and L 8");
    }
}

/* §3.1.2: pages are for holes that no file here shows. */
void ftpd_stru(void *session, const struct arg *args)
{
    struct ftpd *s = session;

    if (args[0].number != STRUCTURE_FILE && args[0].number != STRUCTURE_RECORD) {
        ftpd_reply_bad(s, "504 Structures are F and R");
        return;
    }
    s->parameters.structure = (enum ftpd_structure)args[0].number;
    wire_say(s->wire, "200 Structure is %c", (char)args[0].number);
}

void ftpd_mode(void *session, const struct arg *args)
{
    struct ftpd *s = session;

    if (args[0].number != MODE_STREAM && args[0].number != MODE_BLOCK &&
        args[0].number != MODE_DEFLATE) {
        ftpd_reply_bad(s, "504 Modes are S, B and Z");
        return;
    }
    s->parameters.mode = (enum ftpd_mode)args[0].number;
    wire_say(s->wire, "200 Mode is %c", (char)args[0].number);
}
