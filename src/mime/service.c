#include "mime/service.h"

#include "mime/read.h"
#include "os/files.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- the message */

/* A range of a file, mapped; what is beside it in its pages stays unseen. */
struct mapping {
    void *at;
    size_t len, before;
};

static int map_range(int file, uint64_t offset, uint64_t size, struct mapping *m)
{
    struct stat st;
    if (fstat(file, &st) < 0 || !S_ISREG(st.st_mode))
        return -EINVAL;
    if (size == 0 || size > UINT32_MAX || offset > (uint64_t)st.st_size ||
        size > (uint64_t)st.st_size - offset)
        return -EINVAL;
    m->before = offset % (uint64_t)sysconf(_SC_PAGESIZE);
    m->len = size + m->before;
    m->at =
        mmap(NULL, m->len, PROT_READ, MAP_PRIVATE, file, (off_t)(offset - m->before));
    return m->at == MAP_FAILED ? -errno : 0;
}

/* The message's octets; in a mapping, when they come in a file. */
static int open_message(const struct parse_message *q, struct mapping *m,
                        struct span *message_r)
{
    if (q->file < 0) {
        *message_r = q->body;
        return q->body.len == q->size ? 0 : -EINVAL;
    }
    int error = map_range(q->file, q->offset, q->size, m);
    if (!error)
        *message_r = span_at((const char *)m->at + m->before, q->size);
    return error;
}

/* ---- the answer */

static struct reading reading; /* one message at a time */

static int answer(struct call *call)
{
    struct parse_message_answer a = { .record = (uint32_t)reading.record.len,
                                      .text = (uint32_t)reading.text.len,
                                      .sealed = -1 };
    reading.record.max = RECORD_OCTETS_MAX + SEARCH_TEXT_MAX;
    int error = buf_put(&reading.record, buf_span(&reading.text));
    if (error)
        return error;
    struct span found = buf_span(&reading.record);
    if (found.len <= PARSE_FOUND_MAX)
        a.found = found;
    else if ((a.sealed = sealed_copy("found", found)) < 0)
        return a.sealed;
    answer_parse_message(call, &a);
    fd_close(&a.sealed);
    return 0;
}

static void give_back(void)
{
    if (reading.record.cap + reading.text.cap + reading.decoded.cap +
            reading.converted.cap + reading.stripped.cap >
        PARSE_KEEPS)
        reading_free(&reading);
}

static void set_alarm(int seconds)
{
    struct itimerval value = { .it_value.tv_sec = seconds };
    setitimer(ITIMER_REAL, &value, NULL);
}

void parse_on_message(struct call *call, const void *question)
{
    const struct parse_message *q = question;
    struct mapping mapping = { 0 };
    struct span message;
    set_alarm(PARSE_SECONDS);
    int error = open_message(q, &mapping, &message);
    if (!error)
        error = message_read(&reading, message);
    if (!error)
        error = answer(call);
    set_alarm(0);
    if (error)
        answer_error(call, error);
    if (mapping.len > 0 && mapping.at != MAP_FAILED)
        munmap(mapping.at, mapping.len);
    int file = q->file;
    fd_close(&file);
    give_back();
}
