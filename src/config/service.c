#include "config/service.h"

#include "config/word.h"

static const struct {
    const char *name, *title;
} services[SERVICES] = {
    [SERVICE_SMTP] = { "smtp", "SMTP" },
    [SERVICE_LMTP] = { "lmtp", "LMTP" },
    [SERVICE_SUBMISSION] = { "submission", "submission" },
    [SERVICE_SUBMISSIONS] = { "submissions", "submission under TLS" },
    [SERVICE_POP3] = { "pop3", "POP3" },
    [SERVICE_POP3S] = { "pop3s", "POP3 under TLS" },
    [SERVICE_FTP] = { "ftp", "FTP" },
    [SERVICE_FTPS] = { "ftps", "FTP under TLS" },
    [SERVICE_IMAP] = { "imap", "IMAP" },
    [SERVICE_IMAPS] = { "imaps", "IMAP under TLS" },
};

static const struct span control = { "control", 7 };

const char *service_name(enum service_kind kind)
{
    return services[kind].name;
}

const char *service_title(enum service_kind kind)
{
    return services[kind].title;
}

enum service_kind service_named(struct span name)
{
    enum service_kind kind = 0;
    while (kind < SERVICES && !span_is(name, span_of(services[kind].name)))
        kind++;
    return kind;
}

const char *listen_fault(const struct listen_setting *l, struct span path)
{
    bool has_port = l->address[0] && l->port;
    if (l->service == SERVICE_LMTP && (l->address[0] || l->port))
        return "lmtp has neither address nor port, but a path";
    if (span_is(path, control))
        return "path 'control' is the socket for commands";
    if (l->service == SERVICE_LMTP)
        return path.len > 0 ? NULL : "lmtp needs a path";
    if (path.len > 0)
        return "only lmtp has a path";
    return has_port ? NULL : "listen needs an address and a port";
}

bool listen_is_sound(const struct listen_setting *l)
{
    if (l->service >= SERVICES || !memchr(l->address, '\0', sizeof l->address))
        return false;
    if (l->service == SERVICE_LMTP)
        return l->port == 0 && word_is_file_name(span_of(l->path)) &&
               !span_is(span_of(l->path), control);
    return l->port != 0 && word_is_address(span_of(l->address));
}
