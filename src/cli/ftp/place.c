/* place - see shell.h: whom we talk to, and as whom. */
#include "cli/ftp/bookmarks.h"
#include "cli/ftp/commands.h"
#include "cli/ftp/netrc.h"

#include "base/log.h"
#include "base/own.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

/* ---- as whom */

static void take_netrc(struct shell *s, struct url *u)
{
    struct netrc found;
    int error = netrc_look(u->host, u->has_user ? u->user : NULL, &found);
    if (error == -EPERM)
        cli_fail(
            "~/.netrc can be read by others: its password is not used (chmod 600)");
    if (error && error != -EPERM)
        return;
    if (found.has_user && !u->has_user)
        span_to_string(span_of(found.user), u->user, sizeof u->user);
    u->has_user = u->has_user || found.has_user;
    u->has_password = found.has_password;
    if (found.has_password)
        span_to_string(span_of(found.password), u->password, sizeof u->password);
    if (found.has_account)
        span_to_string(span_of(found.account), s->account, sizeof s->account);
    explicit_bzero(&found, sizeof found);
}

static bool ask_password(struct url *u)
{
    char prompt[2 * URL_NAME_MAX + 64], user[2 * URL_NAME_MAX];
    log_clean(span_of(u->user), user, sizeof user);
    snprintf(prompt, sizeof prompt, "Password for %.255s at %s: ", user, u->host);
    u->has_password = cli_ask(prompt, false, u->password, sizeof u->password);
    if (!u->has_password)
        cli_fail("there is no password for %.255s at %s; ~/.netrc may have it", user,
                 u->host);
    return u->has_password;
}

static bool is_anonymous(const struct url *u)
{
    return !u->has_user || strcasecmp(u->user, "anonymous") == 0 ||
           strcasecmp(u->user, "ftp") == 0;
}

/* ---- where */

bool shell_find(struct shell *s, const char *where, struct url *r)
{
    struct buf text = { .max = BOOKMARKS_OCTETS_MAX };
    struct span found = span_of(where);
    int error = bookmark_is_name(found) ? bookmarks_read(&text) : 0;
    if (error)
        cli_fail("the bookmarks cannot be read: %s", strerror(-error));
    bookmark_find(buf_span(&text), span_of(where), &found);
    const char *wrong = url_read(found, r);
    buf_free(&text);
    if (wrong) {
        cli_fail("'%s' is no place: %s", where, wrong);
        return false;
    }
    s->account[0] = '\0';
    if (!r->has_password)
        take_netrc(s, r);
    return r->has_password || is_anonymous(r) || ask_password(r);
}

/* ---- what the engine is told, and asks */

const char *shell_pins(void)
{
    static char path[PATH_MAX];
    return personal_path("certificates", false, true, path, sizeof path) ? path : NULL;
}

static bool on_certificate(void *shell, const struct ftp_certificate *c)
{
    char answer[16];
    progress_hide(&((struct shell *)shell)->screen);
    if (c->changed)
        fprintf(stderr,
                "THE CERTIFICATE OF %s IS ANOTHER THAN BEFORE.  Either it was renewed, "
                "or "
                "somebody\nstands between you and the server.\n",
                c->host);
    fprintf(stderr, "The certificate of %s cannot be trusted: %s.\n  %s\n  %s\n",
            c->host, c->why, c->subject, c->fingerprint);
    return cli_ask("Trust it from now on? [y/N] ", true, answer, sizeof answer) &&
           (answer[0] == 'y' || answer[0] == 'Y');
}

static void on_line(void *shell, bool ours, struct span line)
{
    struct shell *s = shell;
    char text[4096];
    if (!s->verbose)
        return;
    log_clean(line, text, sizeof text);
    progress_hide(&s->screen);
    fprintf(stderr, "%s %s\n", ours ? "C:" : "S:", text);
}

static void on_note(void *shell, const char *note)
{
    struct shell *s = shell;
    if (s->quiet)
        return;
    progress_hide(&s->screen);
    cli_fail("%s", note);
}

static enum ftp_tls tls_of(const struct shell *s, const struct url *u)
{
    if (u->scheme == URL_FTPS)
        return FTP_TLS_IMPLICIT;
    if (u->scheme == URL_FTPES)
        return FTP_TLS_MUST;
    return s->no_tls ? FTP_TLS_OFF : FTP_TLS_TRY;
}

struct ftp_options shell_options(struct shell *s, const struct url *u)
{
    return (struct ftp_options){
        .host = u->host,
        .port = (uint16_t)u->port,
        .user = u->has_user ? u->user : NULL,
        .password = u->has_password ? u->password : NULL,
        .account = s->account[0] ? s->account : NULL,
        .tls = tls_of(s, u),
        .family = s->family,
        .active = s->active,
        .plain_data = s->plain_data,
        .any_certificate = s->any_certificate,
        .ca_file = s->ca_file,
        .pins_file = shell_pins(),
        .reply_seconds = s->seconds,
        .connect_seconds = s->seconds,
        .tries = s->tries,
        .on_certificate = s->interactive ? on_certificate : NULL,
        .on_line = on_line,
        .on_note = on_note,
        .arg = s,
    };
}

/* ---- open and close */

void shell_close(struct shell *s)
{
    if (s->client)
        ftp_close(&s->client);
}

/* Logs in, and goes to the directory ("": where the login leads). */
static int enter(struct shell *s, const char *directory)
{
    struct ftp_options options = shell_options(s, &s->place);
    shell_close(s);
    s->client = ftp_open(&options);
    if (!s->client)
        return cli_fail("%s", strerror(ENOMEM));
    int error = ftp_login(s->client);
    if (!error && *directory)
        error = ftp_change(s->client, directory);
    if (!error)
        return EXIT_SUCCESS;
    if (!shell_interrupted(s))
        cli_fail("%s: %s", s->place.host, ftp_error(s->client));
    shell_close(s);
    return EXIT_FAILURE_;
}

static void remember_home(struct shell *s)
{
    const char *directory = s->place.path;
    ftp_directory(s->client, &directory);
    span_to_string(span_of(directory), s->home, sizeof s->home);
    const char *tls = ftp_tls_name(s->client);
    shell_note(s, "%s as %s (%s), in %s", s->place.host,
               s->place.has_user ? s->place.user : "anonymous", tls ? tls : "no TLS",
               s->home);
}

int shell_open(struct shell *s, const char *where)
{
    struct url url;
    if (!shell_find(s, where, &url))
        return EXIT_FAILURE_;
    s->place = url;
    explicit_bzero(&url, sizeof url);
    int code = enter(s, s->place.path);
    if (code == EXIT_SUCCESS)
        remember_home(s);
    return code;
}

int shell_reopen(struct shell *s)
{
    char directory[URL_PATH_MAX + 1] = "";
    const char *path;
    if (!s->client)
        return EXIT_SUCCESS;
    if (ftp_directory(s->client, &path) == 0)
        span_to_string(span_of(path), directory, sizeof directory);
    return enter(s, directory);
}

/* ---- the commands */

int ftp_do_open(struct call *c)
{
    bool active = call_flag(c, '\0', "active"), no_tls = call_flag(c, '\0', "no-tls");
    if (!call_words(c, 1, 1))
        return EXIT_USAGE;
    c->shell->active = active || c->shell->active;
    c->shell->no_tls = no_tls || c->shell->no_tls;
    return shell_open(c->shell, c->words[0].text);
}

int ftp_do_user(struct call *c)
{
    if (!call_words(c, 1, 1))
        return EXIT_USAGE;
    struct shell *s = c->shell;
    struct url *u = &s->place;
    if (!span_to_string(span_of(c->words[0].text), u->user, sizeof u->user))
        return call_fail(c, "the name is too long");
    u->has_user = true;
    u->has_password = false;
    take_netrc(s, u);
    if (!u->has_password && !is_anonymous(u) && !ask_password(u))
        return EXIT_FAILURE_;
    int code = enter(s, "");
    if (code == EXIT_SUCCESS)
        remember_home(s);
    return code;
}

int ftp_do_close(struct call *c)
{
    if (!call_words(c, 0, 0))
        return EXIT_USAGE;
    shell_close(c->shell);
    return EXIT_SUCCESS;
}
