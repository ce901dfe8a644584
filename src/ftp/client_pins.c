/* client_pins - see client_pins.h. */
#include "ftp/client_pins.h"

#include "base/buf.h"
#include "config/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void fingerprint_print(const uint8_t digest[32], char text_r[FTP_FINGERPRINT_SIZE])
{
    snprintf(text_r, FTP_FINGERPRINT_SIZE, "SHA256:");
    for (size_t i = 0; i < 32; i++)
        snprintf(text_r + 7 + 2 * i, 3, "%02x", digest[i]);
}

/* 0 or -errno; a file that is not there is empty. */
static int read_file(const char *file, struct buf *text)
{
    text->max = FTP_PINS_OCTETS_MAX;
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    int error;
    ssize_t n = 1;
    while ((error = buf_reserve(text, 4096)) == 0 && n > 0) {
        n = read(fd, text->at + text->len, 4096);
        text->len += n > 0 ? (size_t)n : 0;
    }
    error = n < 0 ? -errno : error;
    close(fd);
    return error;
}

/* Is this line the host's?  Then what stands behind it. */
static bool is_of(struct span line, const char *host, struct span *rest_r)
{
    struct span name = span_first(line, span_find(line, ' '));
    *rest_r = span_skip(line, name.len);
    return span_is_nocase(name, span_of(host)) && span_take(rest_r, SPAN(" "));
}

enum pin pin_look(const char *file, const char *host, const char *fingerprint)
{
    struct buf text = { 0 };
    enum pin found = PIN_UNKNOWN;
    if (!file || read_file(file, &text) != 0) {
        buf_free(&text);
        return PIN_UNKNOWN;
    }
    for (struct span rest = buf_span(&text); rest.len > 0;) {
        size_t end = span_find(rest, '\n');
        struct span known;
        if (is_of(span_first(rest, end), host, &known))
            found = span_is(known, span_of(fingerprint)) ? PIN_SAME : PIN_OTHER;
        rest = span_skip(rest, end < rest.len ? end + 1 : end);
    }
    buf_free(&text);
    return found;
}

/* All other lines, and this one. */
static int put_lines(struct buf *to, struct span rest, const char *host,
                     const char *fingerprint)
{
    int error = 0;
    while (rest.len > 0 && !error) {
        size_t end = span_find(rest, '\n');
        struct span line = span_first(rest, end), known;
        if (!is_of(line, host, &known) && line.len > 0)
            error = buf_printf(to, "%.*s\n", SPAN_ARG(line));
        rest = span_skip(rest, end < rest.len ? end + 1 : end);
    }
    return error ? error : buf_printf(to, "%s %s\n", host, fingerprint);
}

static int write_file(const char *file, struct span text)
{
    char *name = NULL;
    if (asprintf(&name, "%s.new", file) < 0)
        return -ENOMEM;
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int error = fd < 0 ? -errno : 0;
    if (!error && write(fd, text.at, text.len) != (ssize_t)text.len)
        error = -EIO;
    if (!error && fsync(fd) != 0)
        error = -errno;
    if (fd >= 0)
        close(fd);
    if (!error && rename(name, file) != 0)
        error = -errno;
    free(name);
    return error;
}

/* The directory that it lies in, ~/.config/packetboat perhaps, and the one above. */
static void make_directories(const char *file)
{
    char *path = strdup(file);
    for (char *at = path; at && (at = strchr(at + 1, '/')) != NULL; *at = '/') {
        *at = '\0';
        mkdir(path, 0700);
    }
    free(path);
}

int pin_set(const char *file, const char *host, const char *fingerprint)
{
    struct buf text = { 0 }, lines = { .max = FTP_PINS_OCTETS_MAX };
    int error = read_file(file, &text);
    if (!error)
        error = put_lines(&lines, buf_span(&text), host, fingerprint);
    if (!error) {
        make_directories(file);
        error = write_file(file, buf_span(&lines));
    }
    buf_free(&text);
    buf_free(&lines);
    return error;
}
