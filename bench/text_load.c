/*
 * text_load - texts a second into an account's index of words (store/text.h), by one
 * thread, as store adds them: what search costs behind delivery.
 *
 *     build/bench/text_load [texts] [words of each] [bits]
 *
 * There are 2^bits different words, and common ones are common, as in what people write:
 * each doubling of how many come is as likely as the next.
 */
#include "store/text.h"

#include "base/buf.h"
#include "base/clock.h"
#include "config/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

static double cpu_seconds(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) * 1e-6;
}

/* Letters that say which word it is, so that the n-th is always the same. */
static void put_word(struct buf *b, uint32_t number)
{
    char word[16];
    size_t len = 0;
    for (uint64_t hash = (number + 1) * 0x9e3779b97f4a7c15; len < 3 + number % 9;
         hash /= 26)
        word[len++] = (char)('a' + hash % 26);
    word[len++] = ' ';
    buf_put(b, span_at(word, len));
}

static void make_text(struct buf *b, size_t words, long bits)
{
    buf_clear(b);
    for (size_t i = 0; i < words; i++)
        put_word(b, (uint32_t)(lrand48() & ((1 << lrand48() % (bits + 1)) - 1)));
}

static int count(struct span term, void *arg)
{
    (void)term;
    ++*(size_t *)arg;
    return 0;
}

static struct text_index *make_index(char directory[])
{
    struct text_index *text = NULL;
    int fd = mkdtemp(directory) ? open(directory, O_RDONLY | O_DIRECTORY) : -1;
    if (fd < 0 || fchdir(fd) != 0 || mkdir("accounts", 0700) != 0 ||
        mkdir("accounts/1", 0700) != 0 || text_open(&text, fd, 1, 1) != 0) {
        perror(directory);
        exit(1);
    }
    return text;
}

static void look_for(struct text_index *text, const char *part)
{
    size_t found = 0;
    uint64_t begin = clock_now();
    text_terms(text, span_of(part), WORD_ANYWHERE, count, &found);
    printf("terms with \"%s\" in them: %zu, in %.2f ms\n", part, found,
           (double)(clock_now() - begin) * 1e-6);
}

int main(int argc, char **argv)
{
    size_t texts = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    size_t words = argc > 2 ? strtoul(argv[2], NULL, 10) : 300;
    long bits = argc > 3 ? strtol(argv[3], NULL, 10) : 18;
    char directory[] = "text_load.XXXXXX";
    struct text_index *text = make_index(directory);
    struct buf bodies[TEXT_SLICE];
    double seconds = 0, cpu = 0;
    for (size_t i = 0; i < TEXT_SLICE; i++)
        bodies[i] = (struct buf){ .max = SEARCH_TEXT_MAX };
    for (size_t done = 0; done < texts; done += TEXT_SLICE) {
        struct text_item items[TEXT_SLICE];
        for (size_t i = 0; i < TEXT_SLICE; i++) {
            make_text(&bodies[i], words, bits);
            items[i] = (struct text_item){ done + i + 1, buf_span(&bodies[i]), 0 };
        }
        uint64_t begin = clock_now();
        double before = cpu_seconds();
        if (text_add(text, items, TEXT_SLICE) != 0)
            return 1;
        seconds += (double)(clock_now() - begin) * 1e-9;
        cpu += cpu_seconds() - before;
    }
    printf("%.0f texts of %zu words a second, %.0f us of CPU each\n",
           (double)texts / seconds, words, cpu / (double)texts * 1e6);
    look_for(text, "abc");
    look_for(text, "zzzzzz");
    text_close(&text);
    text_drop(AT_FDCWD, 1);
    return rmdir("accounts/1") || rmdir("accounts") || chdir("..") || rmdir(directory);
}
