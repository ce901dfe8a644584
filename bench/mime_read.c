/*
 * mime_read - what it costs to read a message, without anybody who asks.
 *
 *     build/bench/mime_read [ROUNDS [FILE...]]
 *
 * Reads each file (without files: one message of 4 KiB, such as mail.py sends) so many
 * times, as role parse does, and prints the processor time of one reading.
 */
#include "base/clock.h"
#include "mime/charset.h"
#include "mime/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { MESSAGE = 4096, FILE_MAX = 32 << 20 };

static struct reading reading;

/* One text part, as the load generators send it. */
static struct span make_message(void)
{
    static const char head[] =
        "Return-Path: <sender@client.test>\r\n"
        "Received: from client.test (localhost [127.0.0.1])\r\n"
        "\tby bench.test with ESMTP id 1a2b3c4d5e6f\r\n"
        "\tfor <u001@bench.test>; Fri, 21 Nov 1997 09:55:06 -0600\r\n"
        "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
        "From: Bench Sender <sender@client.test>\r\n"
        "To: <u001@bench.test>\r\n"
        "Subject: bench 12345\r\n"
        "Message-ID: <b12345.880127706.4711@client.test>\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
    static const char line[] =
        "Do you like ketchup? How about pickles, and what else is there for lunch\r\n";
    static struct buf b = { .max = MESSAGE };
    buf_put(&b, span_of(head));
    while (buf_put(&b, span_of(line)) == 0)
        ;
    return buf_span(&b);
}

static double seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int read_often(const char *name, struct span message, unsigned long rounds)
{
    double before = seconds();
    for (unsigned long i = 0; i < rounds; i++)
        if (message_read(&reading, message) != 0)
            return EXIT_FAILURE;
    printf("%s: %zu octets, record %zu, text %zu: %.2f us\n", name, message.len,
           reading.record.len, reading.text.len,
           (seconds() - before) / (double)rounds * 1e6);
    return EXIT_SUCCESS;
}

static int read_file(const char *name, unsigned long rounds)
{
    FILE *f = fopen(name, "rb");
    char *at = malloc(FILE_MAX);
    size_t n = f && at ? fread(at, 1, FILE_MAX, f) : 0;
    int code = f && at ? read_often(name, span_at(at, n), rounds) : EXIT_FAILURE;
    if (f)
        fclose(f);
    free(at);
    return code;
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 200000;
    charsets_open();
    int code = argc > 2 ? EXIT_SUCCESS : read_often("message", make_message(), rounds);
    for (int i = 2; i < argc; i++)
        code |= read_file(argv[i], rounds);
    reading_free(&reading);
    return code;
}
