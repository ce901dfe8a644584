#include "ftp/digest.h"

#include "ftp/commands.h"
#include "ftp/transfer.h"
#include "ipc/message.h"
#include "os/files.h"
#include "wire/io.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

enum { PIECE = 256 << 10, STEP = 64 << 20 };

static const char *const names[DIGEST_KINDS] = { "SHA-256", "SHA-1", "CRC32" };

const char *digest_name(enum digest_kind kind)
{
    return names[kind];
}

enum digest_kind digest_named(struct span name)
{
    enum digest_kind kind = 0;
    while (kind < DIGEST_KINDS && !span_is_nocase(name, span_of(names[kind])))
        kind++;
    return kind;
}

/* ---- on a thread, a step at a time */

struct work {
    int fd;
    uint64_t at, left;
    EVP_MD_CTX *digest; /* NULL: CRC32 */
    uint32_t crc;
    int error;
};

static void add(struct work *w, const char *octets, size_t n)
{
    if (!w->digest)
        w->crc = (uint32_t)crc32(w->crc, (const unsigned char *)octets, (unsigned)n);
    else if (EVP_DigestUpdate(w->digest, octets, n) != 1)
        w->error = -ENOMEM;
}

static void step(void *arg)
{
    struct work *w = arg;
    char *octets = malloc(PIECE);
    uint64_t done = 0;
    w->error = octets ? 0 : -ENOMEM;
    while (!w->error && w->left > 0 && done < STEP) {
        size_t most = w->left < PIECE ? (size_t)w->left : PIECE;
        ssize_t n = pread(w->fd, octets, most, (off_t)w->at);
        if (n <= 0) {
            w->error = n == 0 ? -EIO : -errno;
            break;
        }
        add(w, octets, (size_t)n);
        w->at += (uint64_t)n;
        w->left -= (uint64_t)n;
        done += (uint64_t)n;
    }
    free(octets);
}

static void print(const unsigned char *octets, unsigned len,
                  char text_r[DIGEST_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < len; i++) {
        text_r[2 * i] = digits[octets[i] >> 4];
        text_r[2 * i + 1] = digits[octets[i] & 15];
    }
    text_r[2 * (size_t)len] = '\0';
}

int digest_file(int fd, uint64_t offset, uint64_t length, enum digest_kind kind,
                char text_r[DIGEST_TEXT_SIZE])
{
    struct work w = { .fd = fd, .at = offset, .left = length };
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (kind != DIGEST_CRC32) {
        const EVP_MD *md = kind == DIGEST_SHA1 ? EVP_sha1() : EVP_sha256();
        w.digest = EVP_MD_CTX_new();
        if (!w.digest || EVP_DigestInit_ex(w.digest, md, NULL) != 1)
            w.error = -ENOMEM;
    }
    while (!w.error && w.left > 0) {
        int error = io_run(step, &w);
        w.error = error ? error : w.error;
    }
    if (!w.error && w.digest && EVP_DigestFinal_ex(w.digest, value, &len) != 1)
        w.error = -ENOMEM;
    EVP_MD_CTX_free(w.digest);
    if (w.error)
        return w.error;
    if (len > 0)
        print(value, len < 32 ? len : 32, text_r);
    else
        snprintf(text_r, DIGEST_TEXT_SIZE, "%08" PRIx32, w.crc);
    return 0;
}

/* ---- the commands */

void ftpd_opts_hash(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    enum digest_kind kind = args[0].given ? digest_named(args[0].text)
                                          : (enum digest_kind)s->parameters.hash;
    if (kind == DIGEST_KINDS) {
        ftpd_reply_bad(s, "501 FEAT names the digests that there are");
        return;
    }
    s->parameters.hash = kind;
    wire_say(s->wire, "200 %s", digest_name(kind));
}

/* draft-bryan-ftpext-hash §3.2: 213 name, the range, the digest, the path; both ends of
 * the range belong to it. */
void ftpd_hash(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    enum digest_kind kind = (enum digest_kind)s->parameters.hash;
    char path[PATHNAME_SIZE], text[DIGEST_TEXT_SIZE];
    uint64_t offset, length;
    if (!ftpd_path(s, &args[0], 550, path))
        return;
    struct files_read question = { .handle = s->handle, .path = span_of(path) };
    struct files_read_answer answer = { .file = -1 };
    int error = ask_files_read(&question, &answer, NULL);
    if (error) {
        ftpd_refuse(s, error, 550);
        return;
    }
    bool there = ftpd_take_extent(s, answer.size, &offset, &length);
    if (there)
        error = digest_file(answer.file, offset, length, kind, text);
    fd_close(&answer.file);
    if (!there)
        wire_say(s->wire, "554 The file ends before that");
    else if (error)
        ftpd_refuse(s, error, 550);
    else
        wire_say(s->wire, "213 %s %" PRIu64 "-%" PRIu64 " %s %.*s", digest_name(kind),
                 offset, length > 0 ? offset + length - 1 : offset, text,
                 SPAN_ARG(args[0].text));
}
