/* client_list - directories: MLSD (RFC 3659 §7), or LIST where a server lacks it. */
#include "ftp/client_data.h"

#include "base/clock.h"
#include "ftp/facts_read.h"
#include "wire/data.h"

#include <errno.h>

struct listing {
    bool facts; /* MLSD */
    int64_t now;
    ftp_on_entry *on_entry;
    void *arg;
    unsigned strange;
    struct buf begun; /* a line whose end has not come */
    bool dropping;    /* it is too long */
};

/* Whoever puts files somewhere by these names must be able to rely on them. */
static int take_line(struct listing *l, struct span line)
{
    struct ftp_entry e;
    line.len -= line.len > 0 && line.at[line.len - 1] == '\r';
    bool is_entry = l->facts ? facts_read(line, &e) : listing_read(line, l->now, &e);
    if (!is_entry) {
        l->strange += l->facts && line.len > 0;
        return 0;
    }
    bool is_dot = span_is(e.name, SPAN(".")) || span_is(e.name, SPAN(".."));
    if (e.type == FTP_HERE || e.type == FTP_ABOVE || is_dot)
        return 0;
    if (!name_is_single(e.name)) {
        l->strange++;
        return 0;
    }
    return l->on_entry(l->arg, &e);
}

/* A line whose beginning was in the block before is put together; one that is too long is
 * no entry. */
static int end_line(struct listing *l, struct span rest)
{
    bool fits = !l->dropping && buf_put(&l->begun, rest) == 0;
    int error = 0;
    if (fits)
        error = take_line(l, buf_span(&l->begun));
    else
        l->strange++;
    l->dropping = false;
    buf_clear(&l->begun);
    return error;
}

/* RFC 959 §3.1.1.1 has CRLF; some servers have LF. */
static int take_block(struct listing *l, struct span block)
{
    int error = 0;
    while (block.len > 0 && !error) {
        size_t end = span_find(block, '\n');
        if (end == block.len) {
            l->dropping = l->dropping || buf_put(&l->begun, block) != 0;
            return 0;
        }
        struct span line = span_first(block, end);
        if (l->begun.len == 0 && !l->dropping)
            error = take_line(l, line);
        else
            error = end_line(l, line);
        block = span_skip(block, end + 1);
    }
    return error;
}

/* Some servers leave out the last line end. */
static int take_lines(struct ftp_client *c, struct listing *l)
{
    int error = 0;
    while (!error && !data_is_ended(c->data)) {
        error = data_fill(c->data);
        struct span block = data_input(c->data);
        if (!error)
            error = take_block(l, block);
        data_consume(c->data, block.len);
    }
    if (!error && (l->begun.len > 0 || l->dropping))
        error = end_line(l, SPAN(""));
    return error;
}

static int list_once(struct ftp_client *c, const char *path, struct listing *l)
{
    struct data_way way;
    const char *verb = l->facts ? "MLSD" : "LIST";
    int error = client_data_prepare(c, &way, c->type ? c->type : 'A');
    if (!error)
        error = client_data_begin(c, &way, verb, path);
    if (error) {
        client_data_close(c, &way);
        return error;
    }
    error = take_lines(c, l);
    if (error)
        return client_data_lost(c, &way, error, path);
    return client_data_end(c, &way, verb, path);
}

static int list(struct ftp_client *c, const char *path, struct listing *l)
{
    int error = client_path(c, path);
    if (!error)
        error = client_ready(c);
    if (error)
        return error;
    l->facts = !c->no_mlsd;
    if (l->facts) {
        error = list_once(c, path, l);
        if (error != -EOPNOTSUPP)
            return error;
        c->no_mlsd = true;
        l->facts = false;
    }
    /* What begins with "-" is an option to LIST of most servers. */
    char safe[FTP_CLIENT_PATH_MAX + 4];
    snprintf(safe, sizeof(safe), "%s%s", path[0] == '-' ? "./" : "", path);
    return list_once(c, safe, l);
}

int ftp_list(struct ftp_client *c, const char *path, ftp_on_entry *on_entry, void *arg,
             unsigned *strange_r)
{
    struct listing l = { .now = clock_wall(), .on_entry = on_entry, .arg = arg };
    l.begun.max = FTP_LIST_LINE_MAX;
    client_begin(c);
    int error = list(c, path ? path : "", &l);
    buf_free(&l.begun);
    if (strange_r)
        *strange_r = l.strange;
    return client_end(c, error);
}

/* ---- one file's facts */

/* RFC 3659 §7.2: the one line of the reply that begins with a space. */
static bool facts_in_reply(struct ftp_client *c, struct ftp_entry *entry_r)
{
    struct span text = ftp_reply_text(c);
    while (text.len > 0) {
        size_t end = span_find(text, '\n');
        struct span line = span_first(text, end);
        if (line.len > 1 && line.at[0] == ' ' &&
            facts_read(span_skip(line, 1), entry_r))
            return true;
        text = span_skip(text, end < text.len ? end + 1 : end);
    }
    return false;
}

/* A directory is what one can go to, and come back from.  Else what SIZE said counts. */
static int try_directory(struct ftp_client *c, const char *path, struct ftp_entry *e)
{
    int wrong = client_refused(c, "SIZE", path);
    int error = c->directory ? 0 : client_learn_directory(c);
    if (!error)
        error = client_ask(c, "CWD %s", path);
    if (error)
        return error;
    if (client_judge(c) != 0)
        return wrong;
    error = client_ask(c, "CWD %s", c->directory);
    e->type = FTP_DIRECTORY;
    return !error && client_judge(c) ? client_refused(c, "CWD", c->directory) : error;
}

static int size_and_time(struct ftp_client *c, const char *path, struct ftp_entry *e)
{
    *e = (struct ftp_entry){ .type = FTP_FILE, .name = span_of(path) };
    int error = client_ask(c, "SIZE %s", path);
    if (error)
        return error;
    struct span text = ftp_reply_text(c);
    e->has_size = c->reply.code == 213 && span_take_number(&text, INT64_MAX, &e->size);
    if (!e->has_size)
        return client_judge(c) ? try_directory(c, path, e) : 0;
    error = client_ask(c, "MDTM %s", path);
    if (!error && c->reply.code == 213)
        e->has_time = e->time_is_exact = time_val_read(ftp_reply_text(c), &e->time);
    return error;
}

static int stat_path(struct ftp_client *c, const char *path, struct ftp_entry *entry_r)
{
    int error = client_path(c, path);
    if (!error)
        error = client_ready(c);
    if (error)
        return error;
    if (c->no_mlsd)
        return size_and_time(c, path, entry_r);
    error = client_ask(c, "MLST %s", path);
    if (error)
        return error;
    if (client_judge(c) == -EOPNOTSUPP)
        return size_and_time(c, path, entry_r);
    if (c->reply.code == 250 && facts_in_reply(c, entry_r))
        return 0;
    return client_refused(c, "MLST", path);
}

int ftp_stat(struct ftp_client *c, const char *path, struct ftp_entry *entry_r)
{
    client_begin(c);
    return client_end(c, stat_path(c, path, entry_r));
}
