/* RFC 959 §4.1.1 and §4.1.3, directories: CWD, CDUP, PWD, MKD, RMD; RFC 1123 §4.1.3.1 has
 * the older names of them. */
#include "ftp/commands.h"
#include "ftp/session.h"

#include "files/facts.h"
#include "ipc/message.h"

#include <errno.h>
#include <stdlib.h>

struct span ftpd_directory(const struct ftpd *s)
{
    return s->directory ? span_of(s->directory) : SPAN("/");
}

bool ftpd_path(struct ftpd *s, const struct arg *arg, int name_fault,
               char path_r[PATHNAME_SIZE])
{
    struct span said = arg->given ? arg->text : SPAN(".");
    int error = pathname_resolve(ftpd_directory(s), said, path_r);
    if (error)
        ftpd_refuse(s, error, name_fault);
    return !error;
}

static void change_to(struct ftpd *s, const char *path)
{
    struct files_stat question = { .handle = s->handle, .path = span_of(path) };
    struct files_stat_answer answer;
    int error = ask_files_stat(&question, &answer, NULL);
    if (!error && answer.type != FILE_DIRECTORY)
        error = -ENOTDIR;
    if (!error && !(answer.perm & PERM_ENTER))
        error = -EACCES;
    char *directory = error ? NULL : strdup(path);
    if (!error && !directory)
        error = -ENOMEM;
    if (error) {
        ftpd_refuse(s, error, 550);
        return;
    }
    free(s->directory);
    s->directory = directory;
    wire_say(s->wire, "250 Directory changed");
}

void ftpd_cwd(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    if (ftpd_path(s, &args[0], 550, path))
        change_to(s, path);
}

void ftpd_cdup(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    struct arg up = { .given = true, .text = SPAN("..") };
    char path[PATHNAME_SIZE];
    (void)args;
    if (ftpd_path(s, &up, 550, path))
        change_to(s, path);
}

/* Appendix II: 257 "path" ... */
static void say_path(struct ftpd *s, struct span path, const char *words)
{
    char quoted[PATHNAME_QUOTED_SIZE];
    pathname_quote(path, quoted);
    wire_say(s->wire, "257 %s %s", quoted, words);
}

void ftpd_pwd(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    say_path(s, ftpd_directory(s), "is where you are");
}

void ftpd_mkd(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    if (!ftpd_path(s, &args[0], 550, path))
        return;
    struct files_mkdir question = { .handle = s->handle, .path = span_of(path) };
    struct files_mkdir_answer answer;
    int error = ask_files_mkdir(&question, &answer, NULL);
    if (error)
        ftpd_refuse(s, error, 550);
    else
        say_path(s, span_of(path), "created");
}

void ftpd_rmd(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    if (!ftpd_path(s, &args[0], 550, path))
        return;
    struct files_rmdir question = { .handle = s->handle, .path = span_of(path) };
    struct files_rmdir_answer answer;
    int error = ask_files_rmdir(&question, &answer, NULL);
    if (error)
        ftpd_refuse(s, error, 550);
    else
        wire_say(s->wire, "250 Removed");
}
