/*
 * asan - UNDER_ASAN: 1 when this is compiled for AddressSanitizer, else 0.
 *
 * Stacks must be larger then, and it must be told of every switch of stacks.
 */
#ifndef BASE_ASAN_H
#define BASE_ASAN_H

#if defined(__SANITIZE_ADDRESS__) /* gcc */
#define UNDER_ASAN 1
#elif defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

#endif
