/* deflate_inside - what the files of connection.h know of deflate.h. */
#ifndef WIRE_DEFLATE_INSIDE_H
#define WIRE_DEFLATE_INSIDE_H

#include "wire/connection.h"
#include "wire/deflate.h"

/* As recv and send; what was taken may still be waiting. */
ssize_t deflate_read(struct wire *, char *octets_r, size_t size);
ssize_t deflate_write(struct wire *, struct span);
bool deflate_is_waiting(const struct wire *);
uint64_t deflate_taken(const struct wire *); /* compressed octets, by the socket */
void deflate_trim(struct wire *);            /* an idle session's */
void deflate_end(struct wire *);

#endif
