/*
 * replay - a fuzz target's main without libFuzzer: runs it once on every file named, and
 * on every prefix of the short ones.  `make check` plays the corpora with it, sanitized.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20, PREFIXES_MAX = 512 };

/* A copy of its own size for each run, so that a read behind the end is seen. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static int play(const char *path)
{
    static uint8_t data[INPUT_MAX];
    FILE *file = fopen(path, "rb");

    if (!file) {
        perror(path);
        return 1;
    }
    size_t size = fread(data, 1, sizeof(data), file);
    fclose(file);
    run(data, size);
    for (size_t prefix = 0; prefix < size && prefix < PREFIXES_MAX; prefix++)
        run(data, prefix);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;

    for (int i = 1; i < argc; i++)
        failed += play(argv[i]);
    printf("%d passed, %d failed\n", argc - 1 - failed, failed);
    return failed ? EXIT_FAILURE : 0;
}
