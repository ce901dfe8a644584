/*
 * tls - for tests: certificates, private keys that sign, and a TLS client.
 *
 * The keys are made when first wanted, one ECDSA and one RSA, and lie in this process;
 * test_tls_sign stands for the role that has them in real life.
 */
#ifndef TEST_TLS_H
#define TEST_TLS_H

#include "wire/tls.h"

#include <openssl/ssl.h>

enum test_key { TEST_ECDSA, TEST_RSA };

/* A self-signed certificate for up to two names (the second may be NULL), DER; to be
 * freed by test_tls_forget. */
struct span test_tls_chain(enum test_key, const char *name, const char *other_name);
void test_tls_forget(struct span chain);

/* For struct tls_settings.  Its fiber sleeps for test_tls_sign_time first, if not 0;
 * test_tls_sign_error: answered instead of a signature. */
int test_tls_sign(const uint8_t key[TLS_KEY_NAME], enum tls_block, struct span block,
                  char *signature_r, size_t size, size_t *len_r);
extern uint64_t test_tls_sign_time;
extern int test_tls_sign_error;
extern unsigned test_tls_signed; /* how many signatures it has made */

/* A struct tls that shows one ECDSA certificate, for hostname. */
struct tls *test_tls_open(const char *hostname);

/* A client that believes any certificate, on a non-blocking descriptor, which stays the
 * caller's; server_name and alpn ("\4pop3", as in the hello) may be NULL. */
SSL *test_tls_client(int fd, const char *server_name, const char *alpn);

/* A server that shows an ECDSA certificate for that name, the same way. */
SSL *test_tls_server(int fd, const char *name);

#endif
