/*
 * client_data - what client.c and client_data.c have alike.
 */
#ifndef TEST_TALK_CLIENT_DATA_H
#define TEST_TALK_CLIENT_DATA_H

#include <stdint.h>

/* The clock on the wall, whatever time it is in the dialogue. */
uint64_t real_ms(void);
/* Two ends of a TCP connection on the loopback interface, not blocking. */
void client_tcp_pair(int pair_r[2]);

#endif
