/*
 * client_octets - a transfer's octets, between the data connection and a local file.
 *
 * What is small goes through memory; what is large through the threads of wire/io.h, in
 * steps of about a tenth of a second, between which progress is told and the control
 * connection kept alive.  ASCII (RFC 959 §3.1.1.1) is converted: CRLF there, LF here.
 */
#ifndef FTP_CLIENT_OCTETS_H
#define FTP_CLIENT_OCTETS_H

#include "ftp/client_data.h"

/* Both count up t->octets_r.  0 or -errno; of which side it was, octets_failed knows. */
int octets_receive(struct ftp_client *, struct ftp_transfer *, uint64_t skip);
int octets_send(struct ftp_client *, struct ftp_transfer *);
/* Words it, and drops the connections. */
int octets_failed(struct ftp_client *, struct data_way *, const struct ftp_transfer *,
                  int error);

#endif
