/*
 * client_data - one data connection at a time, and the replies around it: RFC 959 §3.2,
 * RFC 2428.  For the files of client_inside.h.
 *
 * prepare, (REST,) begin, octets over client->data, end.  A passive connection is opened
 * before the command is said, an active one behind its 1yz reply.
 */
#ifndef FTP_CLIENT_DATA_H
#define FTP_CLIENT_DATA_H

#include "ftp/client_inside.h"

struct data_way {
    int listener;  /* active: -1 otherwise */
    uint16_t port; /* passive: where to go */
    uint8_t host[4];
    bool has_host;
    bool over; /* the server's last word has come already */
};
int client_data_type(struct ftp_client *, char type);
int client_data_passive(struct ftp_client *, struct data_way *); /* port, and host */
/* PORT or EPRT: the server is to connect there. */
int client_data_port(struct ftp_client *, const union ftp_address *, uint16_t port);
/* Everything before the command: type, PASV or PORT ... */
int client_data_prepare(struct ftp_client *, struct data_way *way_r, char type);
/* Behind the command: the connection; the control's answer to it is not yet read. */
int client_data_open(struct ftp_client *, struct data_way *);
void client_data_close(struct ftp_client *, struct data_way *);
/* Both, with the command between them, until octets may go: the server has said 1yz. */
int client_data_begin(struct ftp_client *, struct data_way *, const char *verb,
                      const char *path);
/* Closes; then the server's last word on the transfer.  0: 2yz. */
int client_data_end(struct ftp_client *, struct data_way *, const char *verb,
                    const char *path);
/* The data connection broke: words it, and hangs up, since nobody knows what the server
 * still means to say. */
int client_data_lost(struct ftp_client *, struct data_way *, int error,
                     const char *path);
/* Says EPSV or PASV for the transfer to come. */
void client_data_ahead(struct ftp_client *);

#endif
