/*
 * packetboat - the mail of a domain, in one program.
 *
 * What a person types is a command (cli/).  The master starts this same program again
 * as "packetboat role NAME INSTANCE" for each of its roles (role/), with what the role
 * needs as inherited descriptors.
 */
#include "cli/cli.h"
#include "os/spawn.h"
#include "role/role.h"

#include <unistd.h>

/* clang-format off */
static const struct {
    enum role role;
    int (*run)(uint32_t instance);
} roles[] = {
    { ROLE_MASTER,  role_master },
    { ROLE_MX,      role_mx },
    { ROLE_SUBMISSION, role_submission },
    { ROLE_POP3,    role_pop3 },
    { ROLE_FTP,    role_ftp },
    { ROLE_CONTROL, role_control },
    { ROLE_AUTH,    role_auth },
    { ROLE_STORE,   role_store },
    { ROLE_FILES,   role_files },
    { ROLE_KEYS,    role_keys },
    { ROLE_LOG,     role_log },
    { ROLE_CONFIG,  role_config },
    { ROLE_PARSE,   role_parse },
    { ROLE_DIALER,  role_dialer },
    { ROLE_IMAP,    role_imap },
    { ROLE_DNS,     role_dns },
    { ROLE_RELAY,   role_relay },
};
/* clang-format on */

static int run_role(struct span name, struct span number)
{
    enum role role;
    uint64_t instance;
    if (!role_of_name(name, &role) || !span_take_number(&number, UINT32_MAX, &instance))
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (roles[i].role == role)
            return roles[i].run((uint32_t)instance);
    return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    process_title_room(argv);
    if (argc != 4 || !span_is(span_of(argv[1]), SPAN("role")))
        return cli_main(argc, argv);
    /* Without exit handlers: its sandbox would not let them run. */
    _exit(run_role(span_of(argv[2]), span_of(argv[3])));
}
