/*
 * banned - functions that this project does not use, made a compile-time error.
 *
 * Included on the command line for every file (-include base/banned.h); the system
 * headers that declare them come first.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The C library makes some of them macros, which poison would warn of. */
#undef alloca
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat sprintf vsprintf strtok atoi atol gets
#pragma GCC poison gmtime localtime asctime ctime alloca

#endif
