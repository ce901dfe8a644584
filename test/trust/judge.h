/*
 * judge - what src/trust finds, for the interop tests: lines in, lines out.
 *
 *     CLEAR                                   an empty zone
 *     TXT<tab>name<tab>value                  a record (test/trust/zone.h)
 *     SPF<tab>address<tab>helo<tab>sender     -> result<tab>explanation
 *     DKIM<tab>path<tab>seconds               -> result domain reason[<tab>...]
 *     SIGN<tab>path<tab>key<tab>domain<tab>selector<tab>seconds
 *                                             -> octets of the field, the field, the record
 *     ARC<tab>path                            -> result sets sealer reason
 *     SEAL<tab>path<tab>key<tab>domain<tab>selector<tab>seconds
 *                                             -> error octets, the set
 *     ALL<tab>path<tab>address<tab>helo<tab>sender<tab>seconds
 *                                             -> Authentication-Results, unfolded
 */
#ifndef TEST_TRUST_JUDGE_H
#define TEST_TRUST_JUDGE_H

#include "trust/spf.h"

#include <openssl/evp.h>

struct span judge_word(struct span *line);
struct span judge_read(struct span path, struct arena *);
size_t judge_header_length(struct span message); /* with its last CRLF */
EVP_PKEY *judge_key(struct span path);
void judge_client(struct span *line, struct spf_client *); /* address, helo */
void judge_sender(struct span sender, struct spf_client *);

void judge_dkim(const struct ask *, struct span line);
void judge_sign(const struct ask *, struct span line);
void judge_arc(const struct ask *, struct span line);
void judge_seal(const struct ask *, struct span line);
void judge_all(const struct ask *, struct span line);

#endif
