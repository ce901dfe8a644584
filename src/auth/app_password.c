/* app_password - see app_password.h. */
#include "auth/app_password.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>

enum { LETTERS = 20, GROUP = 5, SALT_OCTETS = 16, DIGEST_OCTETS = 32 };
enum { SHOWN = LETTERS + (LETTERS - 1) / GROUP };
enum { FAIR = 256 - 256 % 26 }; /* octets from here on would favour some letters */

static bool letter_of(char c, char *letter_r)
{
    if (c >= 'A' && c <= 'Z')
        c = (char)(c - 'A' + 'a');
    *letter_r = c;
    return c >= 'a' && c <= 'z';
}

/* The letters alone; false: this cannot be one of ours. */
static bool take_letters(struct span password, char letters_r[LETTERS])
{
    size_t count = 0;
    for (size_t i = 0; i < password.len; i++) {
        char letter;
        if (letter_of(password.at[i], &letter)) {
            if (count == LETTERS)
                return false;
            letters_r[count++] = letter;
        } else if (password.at[i] != '-' && password.at[i] != ' ') {
            return false;
        }
    }
    return count == LETTERS;
}

static void digest(struct span salt, const char letters[LETTERS],
                   uint8_t digest_r[DIGEST_OCTETS])
{
    uint8_t text[SALT_OCTETS + LETTERS];
    memcpy(text, salt.at, SALT_OCTETS);
    memcpy(text + SALT_OCTETS, letters, LETTERS);
    SHA256(text, sizeof text, digest_r);
    explicit_bzero(text, sizeof text);
}

static bool random_letters(char letters_r[LETTERS])
{
    for (size_t i = 0; i < LETTERS;) {
        uint8_t octet;
        if (getrandom(&octet, sizeof octet, 0) != sizeof octet)
            return false;
        if (octet < FAIR)
            letters_r[i++] = (char)('a' + octet % 26);
    }
    return true;
}

static struct span shown(struct arena *arena, const char letters[LETTERS])
{
    char text[SHOWN];
    size_t len = 0;
    for (size_t i = 0; i < LETTERS; i++) {
        if (i > 0 && i % GROUP == 0)
            text[len++] = '-';
        text[len++] = letters[i];
    }
    struct span password = arena_copy(arena, span_at(text, len));
    explicit_bzero(text, sizeof text);
    return password;
}

int app_password_make(struct arena *arena, struct span *password_r, struct span *salt_r,
                      struct span *digest_r)
{
    char letters[LETTERS];
    uint8_t salt[SALT_OCTETS], made[DIGEST_OCTETS];
    if (!random_letters(letters) || getrandom(salt, sizeof salt, 0) != sizeof salt)
        return -EIO;
    digest(span_at(salt, sizeof salt), letters, made);
    *password_r = shown(arena, letters);
    *salt_r = arena_copy(arena, span_at(salt, sizeof salt));
    *digest_r = arena_copy(arena, span_at(made, sizeof made));
    explicit_bzero(letters, sizeof letters);
    return password_r->at && salt_r->at && digest_r->at ? 0 : -ENOMEM;
}

static bool is_it(const struct app_password *p, const char letters[LETTERS])
{
    uint8_t made[DIGEST_OCTETS];
    if (p->salt.len != SALT_OCTETS || p->digest.len != DIGEST_OCTETS)
        return false;
    digest(p->salt, letters, made);
    return CRYPTO_memcmp(made, p->digest.at, sizeof made) == 0;
}

const struct app_password *app_password_find(const struct credentials *credentials,
                                             struct span password)
{
    char letters[LETTERS];
    const struct app_password *found = NULL;
    if (!take_letters(password, letters))
        return NULL;
    for (size_t i = 0; i < credentials->app_password_count && !found; i++)
        if (is_it(&credentials->app_passwords[i], letters))
            found = &credentials->app_passwords[i];
    explicit_bzero(letters, sizeof letters);
    return found;
}
