/* An ftp that a stranger has, who knows carol's password: what it asks of files
 * (T07, F04). */
#include "test/interop/hostile.h"

#include "auth/auth.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "files/facts.h"
#include "files/upload.h"
#include "ipc/channel.h"
#include "os/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t carol;

static uint64_t log_in(struct span password)
{
    struct auth_login question = { SPAN("carol@hamburger.edu"), password,
                                   SPAN("127.0.0.1"), UINT64_MAX };
    struct auth_login_answer answer = { 0 };
    int error = ask_auth_login(&question, &answer, NULL);
    check(error == 0 && (answer.verdict == AUTH_OK) == (answer.handle != 0),
          "login: %d", error);
    return answer.handle;
}

/* ---- files: one word for each question */

static int look_at(uint64_t handle, struct span path)
{
    struct files_stat_answer a = { 0 };
    int error = ask_files_stat(&(struct files_stat){ handle, path }, &a, NULL);
    check(error || (a.mode <= 0777 && a.type < FILE_TYPES), "mode %" PRIo32, a.mode);
    return error;
}

static int list(uint64_t handle, uint32_t listing, struct span path,
                struct span pattern)
{
    struct files_list_answer a;
    struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = ask_files_list(&(struct files_list){ handle, listing, path, pattern },
                               &a, arena);
    check(error || !memmem(a.rows.at, a.rows.len, "bobs", 4), "bob's are listed");
    arena_close(&arena);
    return error;
}

/* What can be read is not Bob's, and cannot be written. */
static int read_from(uint64_t handle, struct span path)
{
    static char octets[1 << 16];
    struct files_read_answer a;
    int error = ask_files_read(&(struct files_read){ handle, path }, &a, NULL);
    if (error)
        return error;
    ssize_t n = pread(a.file, octets, sizeof(octets), 0);
    check(n >= 0 && !memmem(octets, (size_t)n, SECRET, sizeof(SECRET) - 1),
          "a file shows what is Bob's");
    check((fcntl(a.file, F_GETFL) & O_ACCMODE) == O_RDONLY &&
              pwrite(a.file, "x", 1, 0) < 0,
          "a file to read can be written");
    check(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, a.file, 0) == MAP_FAILED,
          "a file to read can be mapped to write");
    close(a.file);
    return 0;
}

static int begin_upload(const struct files_write *question, uint64_t *upload_r)
{
    struct files_write_answer a;
    struct arena *arena = arena_open(MESSAGE_OCTETS_MAX);
    int error = ask_files_write(question, &a, arena);
    if (!error) {
        *upload_r = a.upload;
        close(a.file);
    }
    arena_close(&arena);
    return error;
}

static int room_for(uint64_t handle, uint64_t upload, uint64_t written)
{
    struct files_room_answer a;
    return ask_files_room(&(struct files_room){ handle, upload, written }, &a, NULL);
}

static int commit(uint64_t handle, uint64_t upload)
{
    struct files_commit_answer a;
    return ask_files_commit(&(struct files_commit){ handle, upload }, &a, NULL);
}

static int modify(uint64_t handle, struct span path, uint8_t which, uint64_t value)
{
    struct files_modify_answer a;
    return ask_files_modify(&(struct files_modify){ handle, path, which, value }, &a,
                            NULL);
}

static void change(uint64_t handle, struct span path, int errors_r[5])
{
    struct files_rename_answer renamed;
    struct files_remove_answer removed;
    struct files_mkdir_answer made;
    struct files_rmdir_answer gone;
    errors_r[0] =
        ask_files_rename(&(struct files_rename){ handle, path, path }, &renamed, NULL);
    errors_r[1] =
        ask_files_remove(&(struct files_remove){ handle, path }, &removed, NULL);
    errors_r[2] = ask_files_rmdir(&(struct files_rmdir){ handle, path }, &gone, NULL);
    errors_r[3] = ask_files_mkdir(&(struct files_mkdir){ handle, path }, &made, NULL);
    errors_r[4] = modify(handle, path, FILE_MODE, 0600);
}

/* ---- files: handles */

static bool is_refusal(int error)
{
    return error == -EACCES || error == -EBADF;
}

static void is_worthless(const char *what, uint64_t handle)
{
    const struct span path = SPAN("/carols");
    uint64_t upload;
    int errors[11] = {
        look_at(handle, path),
        list(handle, 0, SPAN("/"), SPAN("")),
        read_from(handle, path),
        begin_upload(&(struct files_write){ .handle = handle, .path = path }, &upload),
        room_for(handle, 1, 0),
        commit(handle, 1)
    };
    change(handle, path, errors + 6);
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        check(is_refusal(errors[i]), "%s, question %zu: %d", what, i, errors[i]);
}

static void guess_handles(void)
{
    is_worthless("no handle", 0);
    is_worthless("all ones", UINT64_MAX);
    is_worthless("the next", carol + 1);
    is_worthless("the one before", carol - 1);
    for (unsigned bit = 0; bit < 64; bit++)
        is_worthless("a bit", carol ^ (UINT64_C(1) << bit));
    for (uint64_t account = 1; account < 5; account++)
        is_worthless("an account's number", account);
    for (unsigned i = 0; i < ROUNDS / 20; i++)
        is_worthless("a guess", (uint64_t)any() << 32 | any());
}

/* ---- files: paths */

static void is_no_path(struct span path)
{
    uint64_t upload;
    int errors[9] = {
        look_at(carol, path), list(carol, 0, path, SPAN("")), read_from(carol, path),
        begin_upload(&(struct files_write){ .handle = carol, .path = path }, &upload)
    };
    change(carol, path, errors + 4);
    for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
        check(errors[i] == -EINVAL || errors[i] == -ENAMETOOLONG,
              "path \"%.*s\", question %zu: %d", (int)path.len, path.at, i, errors[i]);
}

static void say_odd_paths(void)
{
    static char deep[FILES_PATH_MAX], octets[64];
    const struct span odd[] = {
        SPAN(""),           SPAN("."),
        SPAN(".."),         SPAN("carols"),
        SPAN("//"),         SPAN("/."),
        SPAN("/.."),        SPAN("/../../2/home/bobs"),
        SPAN("/carols/"),   SPAN("/x/../y"),
        SPAN("/./x"),       SPAN("/carols\0"),
        SPAN("/\0/carols"), SPAN("/\r\nx"),
        SPAN("/\x7f"),      SPAN("/\xff"),
        SPAN("/\xc0\xae"),  SPAN("/\xed\xa0\x80"),
        SPAN("/x//y"),      SPAN("\0"),
    };
    for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++)
        is_no_path(odd[i]);
    memset(deep, '/', sizeof(deep));
    is_no_path(span_at(deep, sizeof(deep)));
    for (size_t i = 1; i < sizeof(deep); i += 2)
        deep[i] = 'x';
    is_no_path(span_at(deep, sizeof(deep))); /* deeper than there may be */
    memset(deep + 1, 'x', sizeof(deep) - 1);
    is_no_path(span_at(deep, sizeof(deep))); /* one name, longer than there may be */
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t len = any() % sizeof(octets);
        for (size_t at = 0; at < len; at++)
            octets[at] = "/.x\0\x80"[any() % 5];
        look_at(carol, span_at(octets, len));
        read_from(carol, span_at(octets, len));
    }
}

/* Whoever keeps the machine has put links to what is Bob's, and a pipe, into her home. */
static void follow_what_is_no_file(void)
{
    const struct span names[] = { SPAN("/link"), SPAN("/away/bobs"),
                                  SPAN("/root/etc/passwd"), SPAN("/pipe") };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        int error = read_from(carol, names[i]);
        check(error < 0, "%s was opened", names[i].at);
        error = modify(carol, names[i], FILE_MODE, 0777);
        check(error < 0, "%s was changed", names[i].at);
    }
    int error = list(carol, 0, SPAN("/away"), SPAN(""));
    check(error < 0, "a linked directory was listed");
}

static void list_oddly(void)
{
    const struct span patterns[] = { SPAN("*/*"), SPAN("../*"), SPAN("\0"),
                                     SPAN("**********"), SPAN("\xff") };
    for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
        int error = list(carol, 0, SPAN("/"), patterns[i]);
        check(error == -EINVAL, "pattern %zu: %d", i, error);
    }
    check(list(carol, 0, SPAN("/"), SPAN("")) == 0, "her own");
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        int error = list(carol, any() | 1U << 31, SPAN("/"), SPAN(""));
        check(error < 0, "a listing that is none: %d", error);
    }
}

/* ---- files: uploads */

static void upload_oddly(void)
{
    uint64_t upload = 0;
    struct files_write w = { .handle = carol, .path = SPAN("/new") };
    for (unsigned how = UPLOAD_HOWS; how <= UINT8_MAX; how++) {
        w.how = (uint8_t)how;
        int error = begin_upload(&w, &upload);
        check(error == -EINVAL, "an upload of kind %u: %d", how, error);
    }
    w.how = UPLOAD_RESUME;
    for (unsigned bit = 20; bit < 64; bit++) {
        w.offset = UINT64_C(1) << bit;
        int error = begin_upload(&w, &upload);
        check(error < 0, "resumed at bit %u", bit);
    }
    w = (struct files_write){ .handle = carol, .path = SPAN("/new") };
    check(begin_upload(&w, &upload) == 0, "an upload");
    int error = room_for(carol, upload, UINT64_MAX);
    check(error < 0, "written more than there is room for: %d", error);
    for (unsigned i = 0; i < ROUNDS / 4; i++) {
        uint64_t guess = upload ^ (1 + any());
        error = commit(carol, guess);
        check(error == -EBADF, "an upload that is none: %d", error);
        error = room_for(carol, guess, any());
        check(error == -EBADF, "room for one that is none: %d", error);
    }
    error = commit(carol, upload);
    check(commit(carol, upload) == -EBADF, "twice the same (first: %d)", error);
}

static void modify_oddly(void)
{
    const struct span path = SPAN("/carols");
    for (unsigned which = FILE_CHANGES; which <= UINT8_MAX; which++) {
        int error = modify(carol, path, (uint8_t)which, 0);
        check(error == -EINVAL, "change %u: %d", which, error);
    }
    for (unsigned bit = 9; bit < 64; bit++) {
        modify(carol, path, FILE_MODE, UINT64_C(1) << bit | 0644);
        modify(carol, path, FILE_MODIFIED, UINT64_C(1) << bit);
        check(look_at(carol, path) == 0, "what was changed is there");
    }
}

static void tell_lies(void)
{
    struct channel *files = ipc_peer(ROLE_FILES, 0);
    for (unsigned i = 0; i < ROUNDS; i++) {
        tell_files_release(files, &(struct files_release){ i ? any() : 0 });
        tell_files_abandon(files, &(struct files_abandon){ i % 2 ? carol : any(), any(),
                                                           (uint8_t)i });
        tell_files_list_end(files, &(struct files_list_end){ carol, any() });
        if (i % 100 == 0)
            fiber_sleep(CLOCK_SECOND /
                        100); /* what is told has no answer to wait for */
    }
    int error = look_at(carol, SPAN("/carols"));
    check(error == 0, "others' handles given back, ours is there: %d", error);
}

void be_ftp(void *unused)
{
    (void)unused;
    check(log_in(SPAN("mustard")) == 0, "who does not know the password");
    carol = log_in(SPAN("ketchup"));
    check(read_from(carol, SPAN("/carols")) == 0, "what is hers");
    guess_handles();
    say_odd_paths();
    follow_what_is_no_file();
    list_oddly();
    upload_oddly();
    modify_oddly();
    tell_lies();
    dial_oddly(carol);
    report("ftp");
}
