/*
 * rows_sum - inside rows: the hash that sums and seals are made of.
 */
#ifndef STORE_ROWS_SUM_H
#define STORE_ROWS_SUM_H

#include <stdint.h>

/* The finishing step of SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t rows_mix(uint64_t before, uint64_t value)
{
    uint64_t x = (before ^ value) + 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

#endif
