/*
 * pem - a person's files with a key or certificates, taken apart in his own process:
 * the server is handed DER.
 */
#ifndef CLI_PEM_H
#define CLI_PEM_H

#include "base/span.h"

#include <stdio.h>

/* All certificates of the file, one behind the other.  False: has said what is wrong. */
bool pem_read_chain(const char *path, struct span *der_r);
/* The private key, as PKCS #8.  Where it is enciphered the pass phrase is asked for. */
bool pem_read_key(const char *path, struct span *der_r);
void pem_forget(struct span *der); /* wiped */

/* Each certificate of the chain. */
void pem_print_chain(struct span der, FILE *to);

#endif
