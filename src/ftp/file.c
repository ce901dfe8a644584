/* RFC 959 §4.1.3: DELE, RNFR, RNTO; RFC 3659: SIZE, MDTM, MLST; MFMT and MFF of
 * draft-somers-ftp-mfxx. */
#include "ftp/commands.h"
#include "ftp/facts_read.h"
#include "ftp/listing.h"
#include "ftp/session.h"

#include "ipc/message.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

/* What files knows of it; says what is in the way. */
static bool look(struct ftpd *s, const char *path, struct file_facts *facts_r)
{
    struct files_stat question = { .handle = s->handle, .path = span_of(path) };
    struct files_stat_answer a;
    int error = ask_files_stat(&question, &a, NULL);
    if (error) {
        ftpd_refuse(s, error, 550);
        return false;
    }
    *facts_r = (struct file_facts){ .size = a.size,
                                    .modified = (int64_t)a.modified,
                                    .unique = a.unique,
                                    .mode = a.mode,
                                    .perm = a.perm,
                                    .type = a.type < FILE_TYPES ? a.type : FILE_OTHER };
    return true;
}

void ftpd_dele(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    if (!ftpd_path(s, &args[0], 550, path))
        return;
    struct files_remove question = { .handle = s->handle, .path = span_of(path) };
    struct files_remove_answer answer;
    int error = ask_files_remove(&question, &answer, NULL);
    if (error)
        ftpd_refuse(s, error, 550);
    else
        wire_say(s->wire, "250 Deleted");
}

void ftpd_rnfr(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    struct file_facts facts;
    if (!ftpd_path(s, &args[0], 550, path) || !look(s, path, &facts))
        return;
    free(s->rename_from);
    s->rename_from = strdup(path);
    if (!s->rename_from) {
        ftpd_refuse(s, -ENOMEM, 550);
        return;
    }
    s->keeps_rename = true;
    ftpd_enter(s, RENAMING);
    wire_say(s->wire, "350 RNTO, please");
}

void ftpd_rnto(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    if (!ftpd_path(s, &args[0], 553, path))
        return;
    struct files_rename question = { .handle = s->handle,
                                     .from = span_of(s->rename_from),
                                     .to = span_of(path) };
    struct files_rename_answer answer;
    int error = ask_files_rename(&question, &answer, NULL);
    if (error)
        ftpd_refuse(s, error, 553);
    else
        wire_say(s->wire, "250 Renamed");
}

/* ---- RFC 3659 */

/* §4: what a transfer would carry; in ASCII that would have to be counted (F08). */
void ftpd_size(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    struct file_facts facts;
    if (s->parameters.type == TYPE_ASCII) {
        wire_say(s->wire, "550 SIZE is told of TYPE I");
        return;
    }
    if (!ftpd_path(s, &args[0], 550, path) || !look(s, path, &facts))
        return;
    if (facts.type != FILE_REGULAR)
        wire_say(s->wire, "550 That is no file");
    else
        wire_say(s->wire, "213 %" PRIu64, facts.size);
}

/* §3 */
void ftpd_mdtm(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE], time_val[TIME_VAL_SIZE];
    struct file_facts facts;
    if (!ftpd_path(s, &args[0], 550, path) || !look(s, path, &facts))
        return;
    if (facts.type != FILE_REGULAR) {
        wire_say(s->wire, "550 That is no file");
        return;
    }
    listing_time_val(facts.modified, time_val);
    wire_say(s->wire, "213 %s", time_val);
}

/* §7.3.1: on the control connection, a space in front. */
void ftpd_mlst(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE], line[LISTING_LINE_MAX];
    struct file_facts facts;
    if (!ftpd_path(s, &args[0], 550, path) || !look(s, path, &facts))
        return;
    size_t n = listing_facts(&facts, span_of(path), s->parameters.facts, line);
    wire_say(s->wire, "250-Listing %s", path);
    wire_say(s->wire, " %.*s", (int)n - 2, line);
    wire_say(s->wire, "250 End");
}

/* ---- facts that may be changed */

static bool change(struct ftpd *s, const char *path, enum file_change which,
                   uint64_t value)
{
    struct files_modify question = { .handle = s->handle,
                                     .path = span_of(path),
                                     .which = (uint8_t)which,
                                     .value = value };
    struct files_modify_answer answer;
    int error = ask_files_modify(&question, &answer, NULL);
    if (error)
        ftpd_refuse(s, error, 550);
    return !error;
}

static bool take_time(struct span text, uint64_t *nanoseconds_r)
{
    int64_t seconds;
    if (!time_val_read(text, &seconds) || seconds > INT64_MAX / 1000000000)
        return false;
    *nanoseconds_r = (uint64_t)(seconds * 1000000000);
    return true;
}

/* draft-somers-ftp-mfxx §3: MFMT time-val SP pathname */
void ftpd_mfmt(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    uint64_t time;
    if (!take_time(args[0].text, &time)) {
        ftpd_reply_bad(s, "501 Times are YYYYMMDDHHMMSS");
        return;
    }
    if (ftpd_path(s, &args[1], 550, path) && change(s, path, FILE_MODIFIED, time))
        wire_say(s->wire, "213 Modify=%.*s; %s", SPAN_ARG(args[0].text), path);
}

static bool take_mode(struct span text, uint64_t *mode_r)
{
    uint64_t mode = 0;
    if (text.len == 0 || text.len > 5)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '7')
            return false;
        mode = mode * 8 + (uint64_t)(text.at[i] - '0');
    }
    *mode_r = mode & 0777; /* F10: setuid and its like mean nothing here */
    return mode <= 07777;
}

/* One "Fact=value" of MFF; false: it is none that can be changed. */
static bool take_fact(struct span fact, enum file_change *which_r, uint64_t *value_r)
{
    size_t n = span_find(fact, '=');
    struct span name = span_first(fact, n);
    struct span value = n < fact.len ? span_skip(fact, n + 1) : SPAN("");
    if (span_is_nocase(name, SPAN("Modify"))) {
        *which_r = FILE_MODIFIED;
        return take_time(value, value_r);
    }
    *which_r = FILE_MODE;
    return span_is_nocase(name, SPAN("UNIX.mode")) && take_mode(value, value_r);
}

/* draft-somers-ftp-mfxx §5: all of the facts are looked at before one is changed. */
static bool change_facts(struct ftpd *s, struct span facts, const char *path)
{
    for (unsigned round = 0; round < 2; round++) {
        struct span rest = facts;
        while (rest.len > 0) {
            enum file_change which;
            uint64_t value;
            struct span fact = span_first(rest, span_find(rest, ';'));
            rest = span_skip(rest, fact.len);
            if (!span_take(&rest, SPAN(";")) || !take_fact(fact, &which, &value)) {
                ftpd_reply_bad(s, "504 What can be changed is Modify=time; and "
                                  "UNIX.mode=mode;");
                return false;
            }
            if (round == 1 && !change(s, path, which, value))
                return false;
        }
    }
    return true;
}

void ftpd_mff(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    if (ftpd_path(s, &args[1], 550, path) && change_facts(s, args[0].text, path))
        wire_say(s->wire, "213 %.*s %s", SPAN_ARG(args[0].text), path);
}

/* ---- SITE, what people know of it (F10) */

void ftpd_site_chmod(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE];
    uint64_t mode;
    if (!take_mode(args[0].text, &mode)) {
        ftpd_reply_bad(s, "501 Modes are octal, as 0644");
        return;
    }
    if (ftpd_path(s, &args[1], 550, path) && change(s, path, FILE_MODE, mode))
        wire_say(s->wire, "200 Mode changed");
}

/* YYYYMMDDhhmm[ss] */
void ftpd_site_utime(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    char path[PATHNAME_SIZE], text[16] = "";
    struct span said = args[0].text;
    uint64_t time;
    if (said.len != 12 && said.len != 14) {
        ftpd_reply_bad(s, "501 SITE UTIME YYYYMMDDhhmmss and the path");
        return;
    }
    span_to_string(said, text, sizeof text);
    if (said.len == 12)
        memcpy(text + 12, "00", 3);
    if (!take_time(span_of(text), &time)) {
        ftpd_reply_bad(s, "501 Times are YYYYMMDDHHMMSS");
        return;
    }
    if (ftpd_path(s, &args[1], 550, path) && change(s, path, FILE_MODIFIED, time))
        wire_say(s->wire, "200 Time changed");
}

void ftpd_site_help(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    wire_say(s->wire, "214-SITE:");
    wire_say(s->wire, " CHMOD mode path");
    wire_say(s->wire, " UTIME YYYYMMDDhhmmss path");
    wire_say(s->wire, " HELP");
    wire_say(s->wire, "214 End");
}

void ftpd_site(void *session, const struct arg *args)
{
    struct ftpd *s = session;
    (void)args;
    ftpd_reply_bad(s, "504 SITE HELP shows what there is");
}
