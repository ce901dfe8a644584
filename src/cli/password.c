/*
 * password - what a person is asked at the terminal; a new password may come from
 * standard input as well.
 */
#include "cli/cli.h"

#include "base/own.h"
#include "config/limits.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

/* One line, octet by octet, so that what follows it stays for whoever reads next. */
static bool read_line(int fd, char *line_r, size_t size)
{
    size_t len = 0;
    char c = '\0';
    ssize_t n;
    while ((n = read(fd, &c, 1)) == 1 && c != '\n') {
        if (len + 1 == size)
            return false;
        line_r[len++] = c;
    }
    if (len > 0 && line_r[len - 1] == '\r')
        len--;
    line_r[len] = '\0';
    return n == 1 || (n == 0 && len > 0);
}

static void on_interrupt(int number)
{
    (void)number; /* it only has to end the read, so that the terminal echoes again */
}

static bool ask(int terminal, const char *prompt, bool shown, char *line_r, size_t size)
{
    struct termios before, quiet;
    if (tcgetattr(terminal, &before) < 0)
        return false;
    quiet = before;
    if (!shown)
        quiet.c_lflag &= ~(tcflag_t)ECHO;
    const struct sigaction interrupt = { .sa_handler = on_interrupt };
    struct sigaction was;
    sigaction(SIGINT, &interrupt, &was);
    tcsetattr(terminal, TCSAFLUSH, &quiet);
    file_write_all(terminal, span_of(prompt));
    bool read_one = read_line(terminal, line_r, size);
    tcsetattr(terminal, TCSAFLUSH, &before);
    if (!shown || !read_one)
        file_write_all(terminal, SPAN("\n"));
    sigaction(SIGINT, &was, NULL);
    return read_one;
}

static bool ask_twice(int terminal, const char *address, char *password_r, size_t size)
{
    char prompt[ADDRESS_OCTETS_MAX + 64], again[PASSWORD_OCTETS_MAX + 1];
    snprintf(prompt, sizeof prompt, "Password for %.320s: ", address);
    bool same = ask(terminal, prompt, false, password_r, size) &&
                ask(terminal, "Once more: ", false, again, sizeof again);
    if (!same)
        cli_fail("no password was read");
    else if (!span_is(span_of(password_r), span_of(again)))
        cli_fail("that was not the same twice");
    same = same && span_is(span_of(password_r), span_of(again));
    explicit_bzero(again, sizeof again);
    return same;
}

bool cli_ask(const char *prompt, bool shown, char *line_r, size_t size)
{
    OWN(fd_close) int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
    return terminal >= 0 && ask(terminal, prompt, shown, line_r, size);
}

bool cli_new_password(const char *address, char *password_r, size_t size)
{
    OWN(fd_close)
    int terminal = isatty(STDIN_FILENO) ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
    if (terminal >= 0 && !ask_twice(terminal, address, password_r, size))
        return false;
    if (terminal < 0 && !read_line(STDIN_FILENO, password_r, size)) {
        cli_fail("no password on standard input, or a longer one than %d octets",
                 PASSWORD_OCTETS_MAX);
        return false;
    }
    if (strlen(password_r) >= PASSWORD_OCTETS_MIN)
        return true;
    cli_fail("a password has at least %d characters", PASSWORD_OCTETS_MIN);
    return false;
}
