/* An mx that a stranger has: tickets, bodies and floods (T07). */
#include "test/interop/hostile.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/own.h"
#include "os/files.h"
#include "store/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { FLOOD = 6000, LONG = 300 << 10 };

/* ---- descriptors that are not what they should be */

static int memory_of(size_t size, bool seal)
{
    static char page[4096];
    int fd = sealed_open("hostile");
    memset(page, 'h', sizeof(page));
    page[sizeof(page) - 2] = '\r';
    page[sizeof(page) - 1] = '\n';
    for (size_t n; size > 0 && fd >= 0; size -= n) {
        n = size < sizeof(page) ? size : sizeof(page);
        file_write_all(fd, span_at(page, n));
    }
    if (seal)
        sealed_finish(fd);
    return fd;
}

static int half_sealed(void)
{
    int fd = memory_of(LONG, false);
    fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK);
    return fd;
}

static int one_of_a_pipe(void)
{
    int ends[2] = { -1, -1 };
    if (pipe2(ends, O_CLOEXEC) == 0)
        close(ends[1]);
    return ends[0];
}

/* ---- what it says */

static struct ticket bobs, carols;

static struct ticket ticket_of(struct span address)
{
    struct auth_recipient question = { .address = address };
    struct auth_recipient_answer answer = { 0 };
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = ask_auth_recipient(&question, &answer, arena);
    struct ticket ticket = { 0 };
    check(error == 0 && answer.verdict == AUTH_OK &&
              answer.tickets.len == sizeof(ticket),
          "a ticket for %.*s: %d", SPAN_ARG(address), error);
    if (error == 0 && answer.tickets.len == sizeof(ticket))
        memcpy(&ticket, answer.tickets.at, sizeof(ticket));
    return ticket;
}

static int deliver(struct span tickets, uint64_t size, struct span body, int sealed)
{
    struct store_deliver question = { .recipients = tickets,
                                      .session = UINT64_MAX,
                                      .received = UINT64_MAX,
                                      .size = size,
                                      .body = body,
                                      .sealed = sealed };
    struct store_deliver_answer answer;
    return ask_store_deliver(&question, &answer, NULL);
}

static void deliver_to(const char *what, struct ticket t, int want)
{
    struct span body = SPAN("Subject: forged\r\n\r\nforged\r\n");
    int error = deliver(span_at(&t, sizeof(t)), body.len, body, -1);
    check(error == want, "%s: %d", what, error);
}

static void forge_tickets(void)
{
    deliver_to("bob's own ticket", bobs, 0);
    deliver_to("carol's account, bob's mac",
               (struct ticket){ carols.account, bobs.mac }, -EACCES);
    for (uint64_t account = 0; account < 6; account++) {
        deliver_to("no mac", (struct ticket){ account, 0 }, -EACCES);
        deliver_to("all ones", (struct ticket){ account, UINT64_MAX }, -EACCES);
    }
    deliver_to("the queue's", (struct ticket){ UINT64_MAX, bobs.mac }, -EACCES);
    for (unsigned bit = 0; bit < 64; bit++) {
        struct ticket t = { bobs.account, bobs.mac ^ (UINT64_C(1) << bit) };
        deliver_to("a bit of the mac", t, -EACCES);
        t = (struct ticket){ bobs.account ^ (UINT64_C(1) << bit), bobs.mac };
        deliver_to("a bit of the account", t, -EACCES);
    }
}

static void odd_arrays(void)
{
    static struct ticket many[RECIPIENTS_MAX + 1];
    struct span body = SPAN("Subject: many\r\n\r\nonce\r\n");
    for (size_t i = 0; i <= RECIPIENTS_MAX; i++)
        many[i] = bobs;
    for (size_t len = 0; len < 40; len++) {
        int error = deliver(span_at(many, len), body.len, body, -1);
        check(len % 16 == 0 && len > 0 ? error == 0 : error == -EINVAL,
              "tickets of %zu octets: %d", len, error);
    }
    int error = deliver(span_at(many, sizeof(many) - 16), body.len, body, -1);
    check(error == 0, "a thousand times bob: %d", error);
    error = deliver(span_at(many, sizeof(many)), body.len, body, -1);
    check(error == -EMSGSIZE, "one more: %d", error);
    many[RECIPIENTS_MAX - 1].mac ^= 1;
    error = deliver(span_at(many, sizeof(many) - 16), body.len, body, -1);
    check(error == -EACCES, "the last one is forged: %d", error);
}

static void lie(const char *what, uint64_t size, struct span body, int fd,
                bool may_pass)
{
    int error = deliver(span_at(&bobs, sizeof(bobs)), size, body, fd);
    check(may_pass ? error == 0 : error != 0 && error != -ETIMEDOUT && error != -EPIPE,
          "%s, size %" PRIu64 ": %d", what, size, error);
    fd_close(&fd);
}

static void lie_about_sizes(void)
{
    static const uint64_t sizes[] = { 0,         1,          25,         27,
                                      LONG - 1,  LONG + 1,   UINT32_MAX, 1 << 30,
                                      INT64_MAX, UINT64_MAX, 1 << 26,    LONG + 4096 };
    struct span body = SPAN("Subject: size\r\n\r\nof 26\r\n..");
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        lie("a body inside", sizes[i], body, -1, false);
        lie("unsealed", sizes[i], SPAN(""), memory_of(LONG, false), false);
        lie("half sealed", sizes[i], SPAN(""), half_sealed(), false);
        lie("a body in both", sizes[i], body, memory_of(LONG, true), false);
        lie("an eventfd", sizes[i], SPAN(""), eventfd(1, EFD_CLOEXEC), false);
        lie("a pipe", sizes[i], SPAN(""), one_of_a_pipe(), false);
        if (sizes[i] > LONG)
            lie("more than there is", sizes[i], SPAN(""), memory_of(LONG, true), false);
        if (sizes[i] > 26)
            lie("more than a little", sizes[i], SPAN(""), memory_of(26, true), false);
    }
    lie("the truth", LONG, SPAN(""), memory_of(LONG, true), true);
    lie("the truth, less", 40000, SPAN(""), memory_of(40000, true), true);
}

/* Half of the time with a ticket that is good: then what is not a lie may be taken. */
static bool say_one(char octets[512])
{
    bool honest = any() % 2;
    int fd = any() % 4 == 0 ? memory_of(any() % 9000, any() % 2) : -1;
    size_t tickets = honest ? sizeof(bobs) : any() % 512, body = any() % 512;
    uint64_t size = any() % 2 ? body : (uint64_t)any() << (any() % 32);
    if (honest)
        memcpy(octets, &bobs, sizeof(bobs));
    if (fd >= 0 && any() % 2)
        body = 0;
    int error = deliver(span_at(octets, tickets), size, span_at(octets, body), fd);
    check(error || honest, "random tickets");
    check(error || fd >= 0 || size == body, "a random size");
    check(error || fd < 0 || (body == 0 && sealed_is(fd)), "a random descriptor");
    check(error != -EPIPE && error != -ETIMEDOUT, "store is there: %d", error);
    fd_close(&fd);
    return error == 0;
}

static void say_anything(void)
{
    char octets[512];
    unsigned kept = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        for (size_t k = 0; k < sizeof(octets); k++)
            octets[k] = (char)any();
        kept += say_one(octets);
    }
    fprintf(stderr, "random: %u kept\n", kept);
}

static void ask_for_anybody(void)
{
    static const char *const names[] = { "",
                                         "@",
                                         "nobody@hamburger.edu",
                                         "bob@crepes.fr",
                                         "' OR 1=1 --",
                                         "bob@hamburger.edu\n",
                                         "../1",
                                         "@queue",
                                         "\"bob@hamburger.edu\"" };
    char octets[ADDRESS_OCTETS_MAX];
    struct auth_recipient question;
    struct auth_recipient_answer answer;
    OWN(arena_close) struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names) + 200; i++) {
        question.address = i < sizeof(names) / sizeof(*names)
                               ? span_of(names[i])
                               : span_at(octets, any() % sizeof(octets));
        for (size_t k = 0; k < sizeof(octets); k++)
            octets[k] = (char)any();
        arena_reset(arena);
        int error = ask_auth_recipient(&question, &answer, arena);
        check(error || (answer.verdict != AUTH_OK && answer.tickets.len == 0),
              "a ticket for name %zu", i);
    }
}

static unsigned under_way, drowned, flooded;

static void one_of_a_flood(void *arg)
{
    (void)arg;
    struct span body = SPAN("flood\r\n");
    struct ticket t = { bobs.account, 1 };
    int error = deliver(span_at(&t, sizeof(t)), body.len, body, -1);
    flooded += error == -EACCES;
    drowned += error == -EAGAIN;
    under_way--;
}

static void flood(void)
{
    for (unsigned i = 0; i < FLOOD; i++)
        under_way += fiber_go(one_of_a_flood, NULL) == 0;
    for (unsigned i = 0; i < 2000 && under_way > 0; i++)
        fiber_sleep(5 * CLOCK_MS);
    check(under_way == 0 && flooded + drowned == FLOOD && flooded > 0,
          "a flood: %u refused, %u not sent, %u left", flooded, drowned, under_way);
    deliver_to("behind the flood", bobs, 0);
}

void be_mx(void *unused)
{
    (void)unused;
    bobs = ticket_of(SPAN("bob@hamburger.edu"));
    carols = ticket_of(SPAN("carol@hamburger.edu"));
    forge_tickets();
    odd_arrays();
    lie_about_sizes();
    say_anything();
    ask_for_anybody();
    flood();
    ask_keys_oddly();
    report("mx");
}
