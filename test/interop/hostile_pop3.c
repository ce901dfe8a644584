/* A pop3 that a stranger has, who knows carol's password: handles, files, uids (T07). */
#include "test/interop/hostile.h"

#include "auth/auth.h"
#include "ipc/channel.h"
#include "os/spawn.h"
#include "store/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t login(struct span name, struct span password, uint8_t *verdict_r)
{
    struct auth_login question = { name, password, SPAN("127.0.0.1"), UINT64_MAX };
    struct auth_login_answer answer = { 0 };
    int error = ask_auth_login(&question, &answer, NULL);
    check(error == 0, "login: %d", error);
    *verdict_r = answer.verdict;
    return answer.handle;
}

/* Nothing in it is Bob's, and nothing can be written to it. */
static void look_into(const char *what, int fd)
{
    static char octets[1 << 20];
    ssize_t n = pread(fd, octets, sizeof(octets), 0);
    check(n >= 0 && !memmem(octets, (size_t)n, SECRET, sizeof(SECRET) - 1),
          "%s shows what is Bob's", what);
    check((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY && pwrite(fd, "x", 1, 0) < 0,
          "%s can be written", what);
    check(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED,
          "%s can be mapped to write", what);
    close(fd);
}

static int snapshot(uint64_t handle, uint32_t *count_r)
{
    struct store_snapshot question = { handle, INBOX };
    struct store_snapshot_answer answer = { .rows = -1 };
    int error = ask_store_snapshot(&question, &answer, NULL);
    if (!error)
        *count_r = answer.count;
    if (!error && answer.rows >= 0)
        close(answer.rows);
    return error;
}

static int expunge(uint64_t handle, struct span uids)
{
    struct store_expunge question = { handle, INBOX, uids };
    struct store_expunge_answer answer;
    return ask_store_expunge(&question, &answer, NULL);
}

static int pack(uint64_t handle, uint32_t number)
{
    struct store_pack question = { handle, number };
    struct store_pack_answer answer;
    int error = ask_store_pack(&question, &answer, NULL);
    if (!error)
        look_into("a pack", answer.pack);
    return error;
}

static int large(uint64_t handle, uint64_t name)
{
    struct store_large question = { handle, name };
    struct store_large_answer answer;
    int error = ask_store_large(&question, &answer, NULL);
    if (!error)
        look_into("a large body", answer.body);
    return error;
}

/* All that one can do with a handle is refused. */
static void is_worthless(const char *what, uint64_t handle)
{
    uint32_t count, uid = 1;
    int errors[] = { snapshot(handle, &count), pack(handle, 1), large(handle, 1),
                     expunge(handle, span_at(&uid, sizeof(uid))) };
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        check(errors[i] == -EACCES, "%s, question %zu: %d", what, i, errors[i]);
}

static void guess_handles(uint64_t mine)
{
    is_worthless("no handle", 0);
    is_worthless("all ones", UINT64_MAX);
    is_worthless("the next", mine + 1);
    is_worthless("the one before", mine - 1);
    for (unsigned bit = 0; bit < 64; bit++)
        is_worthless("a bit", mine ^ (UINT64_C(1) << bit));
    for (uint64_t account = 1; account < 5; account++)
        is_worthless("an account's number", account);
    for (unsigned i = 0; i < ROUNDS / 4; i++)
        is_worthless("a guess", (uint64_t)any() << 32 | any());
}

static void ask_for_files(uint64_t mine)
{
    static const uint32_t odd[] = { 3, 100, 1 << 16, INT32_MAX, 1U << 31, UINT32_MAX };
    check(pack(mine, 1) == 0, "carol's first pack is hers");
    for (uint32_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
        int error = pack(mine, odd[i]);
        check(error == -ENOENT, "pack %" PRIu32 ": %d", odd[i], error);
        error = large(mine, odd[i]);
        check(error == -ENOENT, "large %" PRIu32 ": %d", odd[i], error);
    }
    pack(mine, 0);
    for (uint32_t uid = 0; uid < 20; uid++)
        large(mine, uid);
}

static void expunge_oddly(uint64_t mine)
{
    static uint32_t uids[UIDS_A_MESSAGE + 1];
    uint32_t before = 0, after = 0;
    check(snapshot(mine, &before) == 0 && before == 2, "carol has two");
    for (size_t i = 0; i <= UIDS_A_MESSAGE; i++)
        uids[i] = 1000 + any() % 1000000000;
    for (size_t len = 0; len < 10; len++) {
        int error = expunge(mine, span_at((char *)uids + 1, len));
        check(error == (len % 4 ? -EINVAL : 0), "uids of %zu octets: %d", len, error);
    }
    int error = expunge(mine, span_at(uids, sizeof(uids) - 4));
    check(error == 0, "8,000 that are not there: %d", error);
    error = expunge(mine, span_at(uids, sizeof(uids)));
    check(error == -EMSGSIZE, "one more: %d", error);
    memset(uids, 0, sizeof(uids));
    error = expunge(mine, span_at(uids, sizeof(uids) - 4));
    check(error == 0, "8,000 times 0: %d", error);
    check(snapshot(mine, &after) == 0 && after == before, "nothing went");
    for (size_t i = 0; i <= UIDS_A_MESSAGE; i++)
        uids[i] = 1;
    error = expunge(mine, span_at(uids, sizeof(uids) - 4));
    check(error == 0 && snapshot(mine, &after) == 0 && after == before - 1,
          "one, 8,000 times: %d", error);
}

static void give_back(uint64_t handle)
{
    struct channel *store = ipc_peer(ROLE_STORE, 0);
    for (unsigned i = 0; i < ROUNDS; i++)
        tell_store_release(store, &(struct store_release){ i ? any() : 0 });
    uint32_t count;
    check(snapshot(handle, &count) == 0, "others' handles given back, ours is there");
    tell_store_release(store, &(struct store_release){ handle });
    tell_store_release(store, &(struct store_release){ handle });
    is_worthless("given back", handle);
}

static void log_in_oddly(void)
{
    char octets[ADDRESS_OCTETS_MAX];
    uint8_t verdict;
    memset(octets, 0, sizeof(octets));
    struct span bob = SPAN("bob@hamburger.edu");
    const struct span tries[][2] = {
        { bob, SPAN("") },
        { bob, SPAN("ketchup\0x") },
        { bob, span_at(octets, sizeof(octets)) },
        { SPAN(""), SPAN("") },
        { span_at(octets, sizeof(octets)), SPAN("ketchup") },
        { SPAN("bob@hamburger.edu\0"), SPAN("ketchup") },
        { SPAN("' OR 1=1 --"), SPAN("ketchup") },
    };
    for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
        uint64_t handle = login(tries[i][0], tries[i][1], &verdict);
        check(verdict != AUTH_OK && handle == 0, "odd login %zu: %u", i, verdict);
    }
}

static int proof(uint64_t attempt, struct span without_proof, struct span octets,
                 uint8_t *verdict_r, struct arena *arena)
{
    struct auth_scram_final question = { attempt, without_proof, octets };
    struct auth_scram_final_answer answer;
    int error = ask_auth_scram_final(&question, &answer, arena);
    *verdict_r = error ? 0 : answer.verdict;
    check(error || (answer.verdict != AUTH_OK && answer.handle == 0),
          "a proof is right");
    return error;
}

/* One attempt, whatever its texts are; then what is no proof, once and no more. */
static void attempt_oddly(struct span name, struct span bare, struct span nonce,
                          struct span octets, struct arena *arena)
{
    struct auth_scram_first question = { name, bare, nonce, SPAN("127.0.0.1"),
                                         UINT64_MAX };
    struct auth_scram_first_answer answer;
    uint8_t verdict;
    arena_reset(arena);
    int error = ask_auth_scram_first(&question, &answer, arena);
    check(error == 0 && answer.verdict == AUTH_OK, "an attempt: %d", error);
    check(answer.server_first.len > 0, "what is to be said");
    error = proof(answer.attempt + 1, bare, octets, &verdict, arena);
    check(error == -ENOENT, "the next attempt: %d", error);
    error = proof(answer.attempt, bare, octets, &verdict, arena);
    check(error == 0 && verdict == AUTH_REFUSED, "no proof: %d, %u", error, verdict);
    error = proof(answer.attempt, bare, octets, &verdict, arena);
    check(error == -ENOENT, "the same attempt again: %d", error);
}

static void prove_oddly(void)
{
    static char octets[SCRAM_FINAL_MAX];
    struct arena *arena = arena_open(64 << 10);
    uint8_t verdict;
    for (size_t i = 0; i < sizeof(octets); i++)
        octets[i] = (char)any();
    for (size_t len = 0; len <= SCRAM_KEY_OCTETS; len++)
        attempt_oddly(SPAN("bob@hamburger.edu"), span_at(octets, len * 32),
                      span_at(octets, len * 8), span_at(octets, len), arena);
    attempt_oddly(span_at(octets, ADDRESS_OCTETS_MAX), SPAN("\0"), SPAN(",\n"),
                  span_at(octets, SCRAM_KEY_OCTETS), arena);
    attempt_oddly(SPAN(""), SPAN(""), SPAN(""), SPAN(""), arena);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t guess = (uint64_t)any() << 32 | any();
        int error = proof(guess, SPAN(""), SPAN(""), &verdict, arena);
        check(error == -ENOENT, "an attempt that is none: %d", error);
    }
    arena_close(&arena);
}

/* A handle dies with the process it was granted to.  What the next one has to know waits
 * where copies of a listener keep theirs: in the timeouts of the listening socket. */
static bool swap_handle(uint64_t *handle)
{
    static int fd = -1;
    struct timeval half[2];
    socklen_t size = sizeof(*half);
    char name[16];
    for (unsigned i = 0; fd < 0 && i < LISTENERS_MAX; i++) {
        snprintf(name, sizeof(name), "listen.%u", i); /* the others are not ours */
        fd = spawn_inherited(name);
    }
    if (getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &half[0], &size) < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &half[1], &size) < 0)
        return false;
    uint64_t before = (uint64_t)half[0].tv_sec << 32 | (uint64_t)half[1].tv_sec;
    half[0] = (struct timeval){ .tv_sec = (time_t)(*handle >> 32) };
    half[1] = (struct timeval){ .tv_sec = (time_t)(*handle & UINT32_MAX) };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &half[0], sizeof(*half));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &half[1], sizeof(*half));
    *handle = before;
    return before != 0;
}

void be_pop3(void *unused)
{
    (void)unused;
    uint8_t verdict;
    uint64_t mine = login(SPAN("carol@hamburger.edu"), SPAN("ketchup"), &verdict);
    check(verdict == AUTH_OK && mine != 0, "carol may log in: %u", verdict);
    uint64_t before = mine;
    if (!swap_handle(&before)) {
        uint32_t count;
        check(snapshot(mine, &count) == 0, "before it dies");
        _exit(failures() ? 2 : 1); /* and the master starts it again */
    }
    is_worthless("the handle of a life before", before);
    guess_handles(mine);
    ask_for_files(mine);
    log_in_oddly();
    prove_oddly();
    expunge_oddly(mine);
    give_back(mine);
    ask_keys_oddly();
    report("pop3");
}
