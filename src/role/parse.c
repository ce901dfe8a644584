/*
 * role parse - a READER: what is in a message.
 *
 * Holds    nothing, and remembers nothing from one message to the next.
 * Does     reads messages that store hands in (MIME) and answers what it has found.
 * May      use memory, map the descriptors that it is given, answer.  No file, no
 *          network, no thread; its converters of charsets are opened before the sandbox.
 */
#include "role/role.h"

#include "mime/charset.h"
#include "mime/service.h"

#include <sys/resource.h>

enum { NICE = 10 };

static const struct service services[] = {
    { MESSAGE_parse_messages, parse_on_messages }, /* store */
    { 0 },
};

int role_parse(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_PARSE, instance);
    setpriority(PRIO_PROCESS, 0, NICE); /* behind those whom somebody waits for */
    charsets_open();
    return role_serve(&start, services, SANDBOX_ASKED, NULL);
}
