#include "mime/service.h"

#include "mime/read.h"
#include "os/files.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- a file */

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

/* ---- the question */

struct question {
    size_t count;
    uint32_t sizes[UNREAD_MAX];
    uint64_t octets; /* of all */
};

static int take_sizes(struct span sizes, struct question *q_r)
{
    *q_r = (struct question){ .count = sizes.len / sizeof *q_r->sizes };
    if (q_r->count == 0 || q_r->count > UNREAD_MAX ||
        sizes.len % sizeof *q_r->sizes != 0)
        return -EINVAL;
    memcpy(q_r->sizes, sizes.at, sizes.len);
    for (size_t i = 0; i < q_r->count; i++)
        q_r->octets += q_r->sizes[i];
    return 0;
}

/* The messages' octets; in a mapping, when they come in a file. */
static int open_messages(const struct parse_messages *q, uint64_t octets,
                         struct mapping *m, struct span *messages_r)
{
    if (q->file < 0) {
        *messages_r = q->body;
        return q->body.len == octets ? 0 : -EINVAL;
    }
    int error = map_range(q->file, q->offset, octets, m);
    if (!error)
        *messages_r = span_at((const char *)m->at + m->before, octets);
    return error;
}

/* ---- the answer */

enum { LIKELY_RECORD = 1024 };

static struct reading reading;
static struct buf found; /* of all messages of a question */
static struct parse_found lengths[UNREAD_MAX];

static int read_one(struct span message, struct parse_found *length_r)
{
    int error = message_read(&reading, message);
    if (!error)
        error = buf_put(&found, buf_span(&reading.record));
    if (!error)
        error = buf_put(&found, buf_span(&reading.text));
    *length_r = (struct parse_found){ (uint32_t)reading.record.len,
                                      (uint32_t)reading.text.len };
    return error;
}

static int read_all(const struct question *q, struct span messages)
{
    size_t likely = q->count * LIKELY_RECORD;
    found.max = q->count * (size_t)(RECORD_OCTETS_MAX + SEARCH_TEXT_MAX);
    found.len = 0;
    if (!reading.without_text && q->octets < UNREAD_OCTETS)
        likely += q->octets;
    int error = buf_reserve(&found, likely); /* or it is copied again and again */
    for (size_t i = 0; i < q->count && !error; i++) {
        error = read_one(span_first(messages, q->sizes[i]), &lengths[i]);
        messages = span_skip(messages, q->sizes[i]);
    }
    return error;
}

static int answer(struct call *call, size_t count)
{
    struct parse_messages_answer a = { .sealed = -1 };
    a.lengths = span_at(lengths, count * sizeof *lengths);
    if (found.len <= PARSE_FOUND_MAX)
        a.found = buf_span(&found);
    else if ((a.sealed = sealed_copy("found", buf_span(&found))) < 0)
        return a.sealed;
    answer_parse_messages(call, &a);
    fd_close(&a.sealed);
    return 0;
}

static void give_back(void)
{
    if (found.cap + reading.record.cap + reading.text.cap + reading.decoded.cap +
            reading.converted.cap + reading.stripped.cap <=
        PARSE_KEEPS)
        return;
    reading_free(&reading);
    buf_free(&found);
}

static int read_and_answer(struct call *call, const struct parse_messages *asked,
                           struct mapping *mapping)
{
    struct question q;
    struct span messages;
    int error = take_sizes(asked->sizes, &q);
    if (!error)
        error = open_messages(asked, q.octets, mapping, &messages);
    reading.without_text = !asked->text;
    if (!error)
        error = read_all(&q, messages);
    return error ? error : answer(call, q.count);
}

static void set_alarm(int seconds)
{
    struct itimerval value = { .it_value.tv_sec = seconds };
    setitimer(ITIMER_REAL, &value, NULL);
}

void parse_on_messages(struct call *call, const void *question)
{
    const struct parse_messages *q = question;
    struct mapping mapping = { 0 };
    set_alarm(PARSE_SECONDS);
    int error = read_and_answer(call, q, &mapping);
    set_alarm(0);
    if (error)
        answer_error(call, error);
    if (mapping.len > 0 && mapping.at != MAP_FAILED)
        munmap(mapping.at, mapping.len);
    int file = q->file;
    fd_close(&file);
    give_back();
}
