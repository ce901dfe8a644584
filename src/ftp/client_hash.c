/* client_hash - see client_hash.h. */
#include "ftp/client_hash.h"

#include "wire/io.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK = 256 << 10 };

/* ---- here */

/* The CRC of gzip, Ethernet and XCRC. */
static uint32_t crc32_add(uint32_t crc, struct span octets)
{
    static uint32_t table[256];
    for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
        table[i] = c;
    }
    for (size_t i = 0; i < octets.len; i++)
        crc = table[(crc ^ (uint8_t)octets.at[i]) & 255] ^ (crc >> 8);
    return crc;
}

static const struct {
    const char *name;
    size_t digits;
    const EVP_MD *(*digest)(void); /* NULL: CRC32 */
    const char *command;           /* beside HASH; NULL: none */
    unsigned feature;
} algorithms[] = {
    { "SHA-256", 64, EVP_sha256, "XSHA256", FEATURE_XSHA256 },
    { "SHA-512", 128, EVP_sha512, NULL, 0 },
    { "SHA-1", 40, EVP_sha1, "XSHA1", FEATURE_XSHA1 },
    { "MD5", 32, EVP_md5, "XMD5", FEATURE_XMD5 },
    { "CRC32", 8, NULL, "XCRC", FEATURE_XCRC },
};
enum { ALGORITHMS = sizeof(algorithms) / sizeof(algorithms[0]) };

/* A whole file on a thread. */
struct hashing {
    size_t algorithm;
    int fd, error;
    char *digest;
};

static void print_digest(const uint8_t *octets, size_t len, char *text_r)
{
    for (size_t i = 0; i < len; i++)
        snprintf(text_r + 2 * i, 3, "%02x", octets[i]);
}

static void hash_all(void *arg)
{
    struct hashing *h = arg;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 4;
    uint32_t crc = UINT32_MAX;
    char *octets = malloc(BLOCK);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_crc = !algorithms[h->algorithm].digest;
    bool good = octets && context &&
                (is_crc || EVP_DigestInit_ex(context, algorithms[h->algorithm].digest(),
                                             NULL) == 1);
    ssize_t n = good ? 1 : 0;
    for (off_t at = 0; n > 0; at += n) {
        n = pread(h->fd, octets, BLOCK, at);
        if (n > 0 && is_crc)
            crc = crc32_add(crc, span_at(octets, (size_t)n));
        else if (n > 0)
            EVP_DigestUpdate(context, octets, (size_t)n);
    }
    h->error = !good ? -ENOMEM : n < 0 ? -errno : 0;
    crc = ~crc;
    for (int i = 0; is_crc && i < 4; i++)
        digest[i] = (uint8_t)(crc >> (24 - 8 * i));
    if (!h->error && !is_crc)
        EVP_DigestFinal_ex(context, digest, &len);
    if (!h->error)
        print_digest(digest, len, h->digest);
    EVP_MD_CTX_free(context);
    free(octets);
}

int hash_file(struct span algorithm, int fd, char digest_r[HASH_SIZE])
{
    struct hashing h = { .algorithm = ALGORITHMS, .fd = fd, .digest = digest_r };
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (span_is_nocase(algorithm, span_of(algorithms[i].name)))
            h.algorithm = i;
    if (h.algorithm == ALGORITHMS)
        return -EOPNOTSUPP;
    int error = io_run(hash_all, &h);
    return error ? error : h.error;
}

/* ---- there */

static struct span take_word(struct span *rest)
{
    while (span_take(rest, SPAN(" ")) || span_take(rest, SPAN("\n")))
        ;
    size_t n = 0;
    while (n < rest->len && rest->at[n] != ' ' && rest->at[n] != '\n')
        n++;
    struct span word = span_first(*rest, n);
    *rest = span_skip(*rest, n);
    return word;
}

static bool is_digest(struct span word, size_t digits)
{
    for (size_t i = 0; i < word.len; i++)
        if (!strchr("0123456789abcdefABCDEF", word.at[i]) || word.at[i] == '\0')
            return false;
    return word.len == digits;
}

bool hash_read(struct span text, struct span *algorithm_r, struct span *digest_r)
{
    struct span algorithm = take_word(&text), word = take_word(&text);
    if (span_find(word, '-') < word.len) /* "0-1023" */
        word = take_word(&text);
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (!span_is_nocase(algorithm, span_of(algorithms[i].name)) ||
            !is_digest(word, algorithms[i].digits))
            continue;
        *algorithm_r = algorithm;
        *digest_r = word;
        return true;
    }
    return false;
}

bool hash_find(struct span text, size_t digits, struct span *digest_r)
{
    for (struct span word; (word = take_word(&text)).len > 0;)
        if (is_digest(word, digits)) {
            *digest_r = word;
            return true;
        }
    return false;
}

/* SHA-256, where the server lets us choose; once a connection. */
static int ask_hash(struct ftp_client *c, const char *path, struct span *algorithm_r,
                    struct span *digest_r)
{
    int error = c->asked_hash ? 0 : client_ask(c, "OPTS HASH SHA-256");
    c->asked_hash = true;
    if (!error)
        error = client_ask(c, "HASH %s", path);
    if (error)
        return error;
    bool good =
        c->reply.code == 213 && hash_read(ftp_reply_text(c), algorithm_r, digest_r);
    return good ? 0 : -EOPNOTSUPP;
}

static int ask_other(struct ftp_client *c, const char *path, struct span *algorithm_r,
                     struct span *digest_r)
{
    for (size_t i = 0; i < ALGORITHMS; i++) {
        if (!algorithms[i].command || !client_has(c, algorithms[i].feature))
            continue;
        int error = client_ask(c, "%s %s", algorithms[i].command, path);
        if (error)
            return error;
        *algorithm_r = span_of(algorithms[i].name);
        if (c->reply.code / 100 == 2 &&
            hash_find(ftp_reply_text(c), algorithms[i].digits, digest_r))
            return 0;
    }
    return -EOPNOTSUPP;
}

int hash_check(struct ftp_client *c, struct ftp_transfer *t)
{
    struct span algorithm, digest;
    char here[HASH_SIZE];
    if (!t->check || t->fd < 0 || t->ascii || t->append)
        return 0;
    int error = client_has(c, FEATURE_HASH) ? ask_hash(c, t->path, &algorithm, &digest)
                                            : -EOPNOTSUPP;
    if (error == -EOPNOTSUPP)
        error = ask_other(c, t->path, &algorithm, &digest);
    if (!error)
        error = hash_file(algorithm, t->fd, here);
    if (error == -EOPNOTSUPP) /* nobody can say */
        return 0;
    if (error)
        return error;
    t->checked_r = span_is_nocase(digest, span_of(here));
    if (t->checked_r)
        return 0;
    c->gave_up = true;
    return client_fail(c, -EBADMSG,
                       "%s is not the same here and there: %.*s differs. Transfer it "
                       "again.",
                       t->path, SPAN_ARG(algorithm));
}
