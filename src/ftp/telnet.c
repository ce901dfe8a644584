/*
 * The control connection is Telnet's (RFC 959 §4.1, RFC 854): what a client says to
 * interrupt (IAC IP, IAC DM) or to negotiate is taken out of its lines.
 */
#include "ftp/grammar.h"

enum { IAC = 255, DONT = 254, DO = 253, WONT = 252, WILL = 251, SE = 240, LEAST = 236 };

/* The command behind an IAC at line.at[0]; how many octets it is in all.  An IAC whose
 * command went another way (DM, as urgent data) stands alone. */
static size_t command_length(struct span line, int *asked_r)
{
    if (line.len < 2 || (unsigned char)line.at[1] < LEAST)
        return 1;
    unsigned char command = (unsigned char)line.at[1];
    if (command < WILL || command == IAC)
        return 2;
    if (line.len < 3)
        return 2;
    if (command == DO)
        *asked_r = (unsigned char)line.at[2];
    return 3;
}

struct span telnet_strip(struct span line, char room[FTP_LINE_MAX], int *asked_r)
{
    size_t len = 0;
    *asked_r = -1;
    while (line.len > 0) {
        size_t n = span_find(line, (char)IAC);
        n = n < FTP_LINE_MAX - len ? n : FTP_LINE_MAX - len;
        memcpy(room + len, line.at, n);
        len += n;
        line = span_skip(line, n);
        if (line.len == 0 || len == FTP_LINE_MAX)
            break;
        n = command_length(line, asked_r);
        if (n == 2 && (unsigned char)line.at[1] == IAC)
            room[len++] = (char)IAC;
        line = span_skip(line, n);
    }
    return span_at(room, len);
}
