/*
 * A stack is born with makecontext, once; from then on a switch is _setjmp/_longjmp,
 * which saves no signal mask and so makes no system call.  The loop's stack stands in
 * the middle: every switch goes from it to a fiber or back.
 *
 * When a fiber's function returns, its stack waits among the spares, parked within
 * fiber_life(), and goes on there with the next function.
 *
 * From low to high: guard | stack, growing down ... | struct fiber.  Two mappings each:
 * the kernel's vm.max_map_count (65530) allows some 32,000 fibers.
 */
#include "base/fiber.h"

#include "base/asan.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/loop.h"

#include <assert.h>
#include <errno.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

/* glibc's checking longjmp takes a jump to another stack for an error. */
#if __USE_FORTIFY_LEVEL > 0
#error "compile fiber.c with -U_FORTIFY_SOURCE"
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#else
#define VALGRIND_STACK_REGISTER(low, high) 0u
#define VALGRIND_STACK_DEREGISTER(id)      (void)(id)
#endif

enum {
    STACK_SIZE = (UNDER_ASAN ? 512 : 128) * 1024,
    PAGE = 4096, /* on the machines that Debian calls amd64 and arm64 */
    GUARD_SIZE = PAGE,
    /* Spare stacks: the few that are used again and again keep all their pages. */
    WARM_MAX = 16,
    COLD_MAX = 48,
    COLD_KEEPS = 2 * PAGE,
    TRIM_MARGIN = 512, /* below fiber_trim's frame, for the call it makes */
};

enum state { PARKED, READY, RUNNING, ENDED };

struct fiber {
    struct list link; /* in ready, warm or cold */
    enum state state;
    bool started; /* its stack has been entered once */
    bool woken;   /* a wake that no park has answered yet */
    bool cancelled;
    unsigned valgrind_id;
    char *low;  /* of the stack; its high end is this struct */
    void *fake; /* AddressSanitizer's own stack, while we are away */
    void (*run)(void *);
    void *arg;
    struct timer deadline;
    jmp_buf here; /* where it goes on */
};

static struct list ready = { &ready, &ready };
static struct list warm = { &warm, &warm }, cold = { &cold, &cold };
static size_t warm_count, cold_count, fiber_total;

static struct fiber *self;   /* NULL on the loop's stack */
static jmp_buf loop_here;    /* where the loop goes on */
static ucontext_t first_run; /* of the fiber being started; too large for a stack */

/* --- what AddressSanitizer and valgrind want to know --- */

static void *loop_fake;
static const void *loop_low;
static size_t loop_size;

static void leaving_loop(const struct fiber *to)
{
    if (UNDER_ASAN)
        __sanitizer_start_switch_fiber(&loop_fake, to->low,
                                       (size_t)((const char *)to - to->low));
}

static void back_on_loop(void)
{
    if (UNDER_ASAN)
        __sanitizer_finish_switch_fiber(loop_fake, NULL, NULL);
}

/* A fiber that has ended gives its fake stack back. */
static void leaving_fiber(struct fiber *f)
{
    f->fake = NULL;
    if (UNDER_ASAN)
        __sanitizer_start_switch_fiber(f->state == ENDED ? NULL : &f->fake, loop_low,
                                       loop_size);
}

static void back_on_fiber(struct fiber *f)
{
    if (UNDER_ASAN)
        __sanitizer_finish_switch_fiber(f->fake, &loop_low, &loop_size);
}

/* What only a parked fiber points to is not leaked. */
static void stack_is_born(struct fiber *f)
{
    f->valgrind_id = VALGRIND_STACK_REGISTER(f->low, f->low + STACK_SIZE);
    if (UNDER_ASAN)
        __lsan_register_root_region(f->low, STACK_SIZE);
}

static void stack_is_going(struct fiber *f)
{
    VALGRIND_STACK_DEREGISTER(f->valgrind_id);
    if (UNDER_ASAN) {
        __lsan_unregister_root_region(f->low, STACK_SIZE);
        __asan_unpoison_memory_region(f->low, STACK_SIZE);
    }
}

/* --- switching --- */

/* From the fiber back to the loop; returns when the loop enters it again. */
__attribute__((noinline)) static void leave(struct fiber *f)
{
    leaving_fiber(f);
    if (_setjmp(f->here) == 0)
        _longjmp(loop_here, 1);
    back_on_fiber(self);
}

/* The bottom of every stack: one turn a function.  `self` is this stack's fiber. */
static void fiber_life(void)
{
    back_on_fiber(self);
    for (;;) {
        self->run(self->arg);
        self->state = ENDED;
        leave(self);
    }
}

static _Noreturn void go_on(struct fiber *f)
{
    if (f->started)
        _longjmp(f->here, 1);
    f->started = true;
    setcontext(&first_run);
    abort();
}

/* From the loop to the fiber; returns when the fiber waits or has ended. */
__attribute__((noinline)) static void enter(struct fiber *f)
{
    self = f;
    leaving_loop(f);
    if (_setjmp(loop_here) == 0)
        go_on(f);
    back_on_loop();
    self = NULL;
}

/* Here, since getcontext may return twice for all the compiler knows. */
static void prepare_first_run(struct fiber *f)
{
    getcontext(&first_run);
    first_run.uc_stack.ss_sp = f->low;
    first_run.uc_stack.ss_size = (size_t)((char *)f - f->low);
    first_run.uc_link = NULL;
    makecontext(&first_run, fiber_life, 0);
}

/* --- stacks --- */

static struct fiber *new_stack(void)
{
    char *base = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    if (mprotect(base, GUARD_SIZE, PROT_NONE) != 0) {
        munmap(base, GUARD_SIZE + STACK_SIZE);
        return NULL;
    }
    const size_t struct_size = (sizeof(struct fiber) + 63) / 64 * 64;
    char *low = base + GUARD_SIZE;
    struct fiber *f = (struct fiber *)(void *)(low + STACK_SIZE - struct_size);
    f->low = low;
    stack_is_born(f);
    return f;
}

/* Only from the loop's stack. */
static void unmap_stack(struct fiber *f)
{
    stack_is_going(f);
    munmap(f->low - GUARD_SIZE, GUARD_SIZE + STACK_SIZE);
}

/* The spare that has waited longest becomes a cold one, or goes. */
static void cool_one(void)
{
    struct fiber *f = LIST_ENTRY(list_pop(&warm), struct fiber, link);
    warm_count--;
    if (cold_count == COLD_MAX) {
        unmap_stack(f);
        return;
    }
    madvise(f->low, STACK_SIZE - COLD_KEEPS, MADV_DONTNEED);
    list_push(&cold, &f->link);
    cold_count++;
}

static void retire(struct fiber *f)
{
    fiber_total--;
    list_push(&warm, &f->link);
    if (++warm_count > WARM_MAX)
        cool_one();
}

/* The spare that ended last: what it has in memory is in the cache, too. */
static struct fiber *take_spare(void)
{
    struct list *from = warm_count > 0 ? &warm : &cold;
    if (list_is_empty(from))
        return NULL;
    --*(warm_count > 0 ? &warm_count : &cold_count);
    struct fiber *f = LIST_ENTRY(from->prev, struct fiber, link);
    list_remove(&f->link);
    return f;
}

/* --- what the header promises --- */

static void make_ready(void *arg)
{
    struct fiber *f = arg;
    if (f->state != PARKED)
        return;
    f->state = READY;
    list_push(&ready, &f->link);
}

int fiber_go(void (*run)(void *), void *arg)
{
    struct fiber *f = take_spare();
    if (!f)
        f = new_stack();
    if (!f)
        return -ENOMEM;
    f->run = run;
    f->arg = arg;
    f->woken = f->cancelled = false;
    f->deadline = (struct timer){ .on_time = make_ready, .arg = f };
    f->state = PARKED;
    make_ready(f);
    fiber_total++;
    return 0;
}

struct fiber *fiber_self(void)
{
    return self;
}

size_t fiber_count(void)
{
    return fiber_total;
}

static void park(struct fiber *f)
{
    f->state = PARKED;
    leave(f);
}

/* Without memory for a timer this one session gives up, rather than wait for ever. */
static bool may_wait(struct fiber *f, uint64_t deadline)
{
    return deadline == CLOCK_NEVER || loop_timer_set(&f->deadline, deadline) == 0;
}

/* A deadline that has passed ends the wait with the next turn. */
static int wait_until(struct fiber *f, uint64_t deadline)
{
    if (!f->cancelled && !f->woken && may_wait(f, deadline)) {
        park(f);
        loop_timer_clear(&f->deadline);
    }
    bool woken = f->woken;
    f->woken = false;
    return f->cancelled ? -ECANCELED : woken ? 0 : -ETIMEDOUT;
}

int fiber_park(uint64_t deadline)
{
    struct fiber *f = self;
    assert(f);
    if (f->cancelled || f->woken || deadline == CLOCK_NEVER || clock_now() < deadline)
        return wait_until(f, deadline);
    return -ETIMEDOUT;
}

void fiber_await(void)
{
    assert(self);
    if (!self->woken)
        park(self);
    self->woken = false;
}

int fiber_sleep(uint64_t nanoseconds)
{
    uint64_t until = clock_in(nanoseconds);
    int ended;
    assert(self);
    do {
        ended = wait_until(self, until);
    } while (ended == 0);
    return ended == -ETIMEDOUT ? 0 : ended;
}

void fiber_wake(struct fiber *f)
{
    if (!f)
        return;
    assert(f->state != ENDED);
    f->woken = true;
    make_ready(f);
}

void fiber_cancel(struct fiber *f)
{
    if (!f)
        return;
    f->cancelled = true;
    fiber_wake(f);
}

void fiber_trim(void)
{
    char frame;
    uintptr_t low = (uintptr_t)self->low, here = (uintptr_t)&frame;
    /* AddressSanitizer may keep `frame` on a stack of its own. */
    if (here < low + TRIM_MARGIN || here > (uintptr_t)self)
        return;
    uintptr_t end = (here - TRIM_MARGIN) / PAGE * PAGE;
    if (end > low)
        madvise(self->low, end - low, MADV_DONTNEED);
}

int fiber_has_ready(void)
{
    return !list_is_empty(&ready);
}

static void run_one(struct fiber *f)
{
    f->state = RUNNING;
    if (!f->started)
        prepare_first_run(f);
    enter(f);
    if (f->state == ENDED)
        retire(f);
}

/* Those who become ready meanwhile stand behind the mark. */
void fiber_run_ready(void)
{
    assert(!self);
    struct list mark;
    list_push(&ready, &mark);
    for (struct list *l = list_pop(&ready); l != &mark; l = list_pop(&ready))
        run_one(LIST_ENTRY(l, struct fiber, link));
}
