/*
 * parse_load - messages a second through parse: asked, read, answered, checked.
 *
 *     build/bench/parse_load [messages] [octets of each] [at once] [with text: 1]
 *
 * Another process reads; this one asks as store does (store/reader.h).
 */
#include "base/clock.h"
#include "base/fiber.h"
#include "base/loop.h"
#include "ipc/channel.h"
#include "mime/charset.h"
#include "mime/service.h"
#include "store/fetch.h"
#include "store/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct service services[] = {
    { MESSAGE_parse_messages, parse_on_messages },
    { 0 },
};

static void on_end(struct channel *c)
{
    (void)c;
    loop_stop();
}

static void adopt(int descriptor, enum role self, enum role peer)
{
    if (loop_open() != 0 || ipc_adopt_as(descriptor, self, peer, 0) != 0) {
        perror("channel");
        exit(1);
    }
}

static void serve(int descriptor)
{
    adopt(descriptor, ROLE_PARSE, ROLE_STORE);
    ipc_serve(ROLE_PARSE, services);
    ipc_on_end(on_end);
    charsets_open();
    loop_run();
    _exit(0);
}

/* ---- a message as mail is: half multipart/alternative */

static struct span make_message(size_t size)
{
    static const char head[] =
        "Return-Path: <alice@crepes.fr>\r\n"
        "Received: from crepes.fr (crepes.fr [192.0.2.1]) by hamburger.edu with "
        "ESMTP\r\n"
        "\tid 1a2b3c4d; Fri, 21 Nov 1997 09:55:06 -0600\r\n"
        "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
        "From: =?utf-8?q?Alic=C3=A9?= <alice@crepes.fr>\r\n"
        "To: Bob <bob@hamburger.edu>, \"Carol, too\" <carol@hamburger.edu>\r\n"
        "Subject: Re: [lunch] Searching for the meaning of life\r\n"
        "Message-ID: <1997112109550612345@crepes.fr>\r\n"
        "In-Reply-To: <1997112009550612345@hamburger.edu>\r\n"
        "References: <a@crepes.fr> <1997112009550612345@hamburger.edu>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=\"=_boundary_1\"\r\n\r\n"
        "--=_boundary_1\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
    static const char middle[] = "\r\n--=_boundary_1\r\n"
                                 "Content-Type: text/html; charset=utf-8\r\n\r\n";
    static const char end[] = "\r\n--=_boundary_1--\r\n";
    static const char line[] = "Do you like ketchup?  How about pickles =C3=A9? \r\n";
    static const char html[] =
        "<p>Do you like <b>ketchup</b>? &amp; <br>pickles</p>\r\n";
    static struct buf b = { .max = 1 << 20 };
    buf_put(&b, span_of(head));
    while (b.len < sizeof head + (size - sizeof head) / 2)
        buf_put(&b, span_of(line));
    buf_put(&b, span_of(middle));
    while (b.len + sizeof end + sizeof html <= size)
        buf_put(&b, span_of(html));
    buf_put(&b, span_of(end));
    return buf_span(&b);
}

static struct span message;
static size_t left, at_once, text;
static bool with_text;

static int ask_for(const struct fetched_octets *o, uint32_t *sizes)
{
    static struct found found[UNREAD_MAX];
    struct parse_messages q = { .text = with_text,
                                .sizes = span_at(sizes, at_once * sizeof *sizes),
                                .body = span_at(o->at, o->at ? o->len : 0),
                                .file = o->file };
    int error = reader_ask(&q, found);
    for (size_t i = 0; i < at_once && !error; i++) {
        text += found[i].text.len;
        found_close(&found[i]);
    }
    return error;
}

static void ask_all(void *arg)
{
    uint32_t sizes[UNREAD_MAX];
    (void)arg;
    for (size_t i = 0; i < at_once; i++)
        sizes[i] = (uint32_t)message.len;
    for (; left >= at_once; left -= at_once) {
        struct fetched_octets o = { .at = malloc(at_once * message.len + 1),
                                    .file = -1 };
        for (size_t i = 0; o.at && i < at_once; i++, o.len += message.len)
            memcpy(o.at + o.len, message.at, message.len);
        if (!o.at || fetched_seal(&o) != 0 || ask_for(&o, sizes) != 0)
            exit(1);
        fetched_close(NULL, 0, &o);
    }
    loop_stop();
}

static double seconds_of(int who)
{
    struct rusage u;
    getrusage(who, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    size_t messages = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) : 4096;
    int pair[2];
    at_once = argc > 3 ? strtoul(argv[3], NULL, 10) : UNREAD_MAX;
    with_text = argc > 4 && *argv[4] == '1';
    if (ipc_pair(pair) != 0 || size < 2048 || size > INLINE_OCTETS_MAX ||
        at_once == 0 || at_once > UNREAD_MAX)
        return 1;
    message = make_message(size);
    if (fork() == 0) {
        close(pair[0]);
        serve(pair[1]);
    }
    close(pair[1]);
    adopt(pair[0], ROLE_STORE, ROLE_PARSE);
    left = messages;
    fiber_go(ask_all, NULL);
    uint64_t before = clock_now();
    loop_run();
    double seconds = (double)(clock_now() - before) / 1e9;
    channel_close(ipc_peer(ROLE_PARSE, 0));
    wait(NULL);
    printf("%zu messages of %zu octets, %.0f/s; text %zu; CPU a message: asking %.1f "
           "us, "
           "reading %.1f us\n",
           messages, message.len, (double)messages / seconds, text / messages,
           seconds_of(RUSAGE_SELF) / (double)messages * 1e6,
           seconds_of(RUSAGE_CHILDREN) / (double)messages * 1e6);
    return 0;
}
