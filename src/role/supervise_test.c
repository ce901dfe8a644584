#include "role/master.h"

#include "base/clock.h"
#include "base/log.h"
#include "test/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that only waits to be ended. */
static pid_t sleeper(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        pause();
        _exit(0);
    }
    return pid;
}

static void have(size_t i, enum role role)
{
    master.processes[i] = (struct process){ .role = role, .pid = sleeper() };
    master.count = i + 1;
}

static bool has_ended(struct process *p, int looks)
{
    int status;
    for (; looks > 0; looks--) {
        if (waitpid(p->pid, &status, WNOHANG) == p->pid) {
            p->pid = 0;
            return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        }
        usleep(1000);
    }
    return false;
}

/* To end takes a while where much memory goes with it. */
static bool was_killed(struct process *p)
{
    return has_ended(p, 5000);
}

static bool lives(struct process *p)
{
    return !has_ended(p, 10);
}

static void says(enum role from, enum message message, const void *content)
{
    struct call call = { .from = from };
    for (const struct service *s = supervise_services; s->run; s++)
        if (s->message == message)
            s->run(&call, content);
}

static void refuses(enum role from, uint8_t role, uint32_t instance)
{
    struct role_refused q = { .role = role, .instance = instance };
    says(from, MESSAGE_role_refused, &q);
}

static void unheard(enum log_level level, uint64_t session, const char *line)
{
    (void)level;
    (void)session;
    CHECK(line[0] != '\0');
}

TEST(supervise_ends_the_one_that_broke_the_rules)
{
    log_to(unheard);
    struct process *mx = &master.processes[0], *store = &master.processes[1],
                   *auth = &master.processes[2];
    have(0, ROLE_MX);
    have(1, ROLE_STORE);
    have(2, ROLE_AUTH);

    /* Nobody whom we know, nothing happens. */
    refuses(ROLE_STORE, ROLE_MX, 1);
    refuses(ROLE_STORE, 255, 0);
    refuses(ROLE_POP3, ROLE_MX, 0);
    CHECK(lives(mx) && lives(store) && lives(auth));

    refuses(ROLE_STORE, ROLE_MX, 0);
    CHECK(was_killed(mx));
    refuses(ROLE_STORE, ROLE_MX, 0); /* it is gone: no harm */
    CHECK(lives(store) && lives(auth));

    /* A front cannot have a keeper ended. */
    have(0, ROLE_MX);
    master.count = 3;
    refuses(ROLE_MX, ROLE_STORE, 0);
    CHECK(was_killed(mx));
    CHECK(lives(store));

    refuses(ROLE_STORE, ROLE_AUTH, 0);
    CHECK(was_killed(auth));
    CHECK(lives(store));
    kill(store->pid, SIGKILL);
    CHECK(was_killed(store));
    master.count = 0;
    log_to(NULL);
}

static int ready_count;

static void count_ready(const struct settings *s, void *arg)
{
    CHECK(s == &master.site.settings && arg == &ready_count);
    ready_count++;
}

TEST(supervise_is_ready_once_all_are)
{
    log_to(unheard);
    master.processes[0] = (struct process){ .role = ROLE_STORE };
    master.processes[1] = (struct process){ .role = ROLE_MX };
    master.count = 2;
    master.state = STARTING;
    master.started = clock_now();
    master.on_ready = count_ready;
    master.on_ready_arg = &ready_count;
    struct role_ready q = { 0 };
    says(ROLE_STORE, MESSAGE_role_ready, &q);
    says(ROLE_STORE, MESSAGE_role_ready, &q);
    says(ROLE_POP3, MESSAGE_role_ready, &q);
    CHECK_EQ_INT(ready_count, 0);
    says(ROLE_MX, MESSAGE_role_ready, &q);
    CHECK_EQ_INT(ready_count, 1);
    CHECK_EQ_INT(master.state, SERVING);
    says(ROLE_MX, MESSAGE_role_ready, &q); /* again, after a restart */
    CHECK_EQ_INT(ready_count, 1);
    master.state = STARTING;
    master.count = 0;
    master.on_ready = NULL;
    log_to(NULL);
}

TEST(role_copies_follow_the_settings)
{
    struct settings s;
    settings_default(&s);
    CHECK_EQ_UINT(role_copies(&s, ROLE_MX), 0);
    CHECK_EQ_UINT(role_copies(&s, ROLE_POP3), 0);
    CHECK_EQ_UINT(role_copies(&s, ROLE_STORE), 1);
    CHECK_EQ_UINT(role_copies(&s, ROLE_CONTROL), 1);
    CHECK_EQ_UINT(role_copies(&s, ROLE_CONFIG), 0);
    CHECK_EQ_UINT(role_copies(&s, ROLE_ADMIN), 0);
    s.listeners = 2;
    s.listen[0].service = s.listen[1].service = SERVICE_SMTP;
    s.mx_copies = 3;
    CHECK_EQ_UINT(role_copies(&s, ROLE_MX), 3);
    CHECK_EQ_UINT(role_copies(&s, ROLE_POP3), 0);
    s.mx_copies = 0; /* one a core */
    CHECK(role_copies(&s, ROLE_MX) >= 1 && role_copies(&s, ROLE_MX) <= COPIES_MAX);
    s.listen[1].service = SERVICE_POP3;
    CHECK_EQ_UINT(role_copies(&s, ROLE_POP3), 1);
}
