/*
 * role keys - a KEEPER: the private keys of TLS.
 *
 * Holds    DIR/keys (keys/keyring.h), and the keys of session tickets: fresh ones each
 *          time it starts, others for each role, changed every two hours.
 * Does     gives fronts the chains to show, tells them when those change; signs for their
 *          handshakes, on threads, what can be nothing but a signature's, and not without
 *          end; takes certificates from a person, and warns before one ends.
 * May      read and write below DIR/keys; start threads.  No network.
 * Trusts   nobody with a key: none ever leaves.
 */
#include "role/keys.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/work.h"
#include "keys/question.h"
#include "keys/shown.h"
#include "os/files.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <unistd.h>

static void on_show(struct call *, const void *question);
static void on_sign(struct call *, const void *question);
static void on_look(struct call *, const void *question);

/* clang-format off */
static const struct service services[] = {
    { MESSAGE_keys_show,                on_show }, /* fronts: what to show */
    { MESSAGE_keys_sign,                on_sign }, /* fronts: for a handshake */
    { MESSAGE_master_look,              on_look }, /* master: SIGHUP */
    { MESSAGE_admin_certificate_add,    keys_on_add }, /* control, for a person */
    { MESSAGE_admin_certificate_next,   keys_on_next },
    { MESSAGE_admin_certificate_remove, keys_on_remove },
    { 0, NULL },
};
/* clang-format on */

struct keyring keys;

/* What one front may have signed at once: fills up by SIGN_RATE a second. */
struct allowance {
    uint64_t since; /* clock_now() */
    double left;
};

static struct {
    struct work_pool *signers;
    struct tls_ticket_key now[ROLES], before[ROLES];
    struct allowance allowances[ROLES][COPIES_MAX];
    struct timer rotate, warn;
} self;

/* ---- signing */

struct signing {
    EVP_PKEY *key;
    enum tls_block kind;
    struct span block;
    unsigned char signature[SIGNATURE_OCTETS_MAX];
    size_t len;
    bool done;
};

/* On a thread. */
static void sign(void *arg)
{
    static const int paddings[TLS_BLOCKS] = { 0, RSA_PKCS1_PADDING, RSA_NO_PADDING };
    struct signing *s = arg;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(s->key, NULL);
    int padding = paddings[s->kind];
    s->len = sizeof s->signature;
    s->done = c && EVP_PKEY_sign_init(c) == 1 &&
              (padding == 0 || EVP_PKEY_CTX_set_rsa_padding(c, padding) == 1) &&
              EVP_PKEY_sign(c, s->signature, &s->len,
                            (const unsigned char *)s->block.at, s->block.len) == 1;
    EVP_PKEY_CTX_free(c);
    ERR_clear_error();
}

static bool may_ask(const struct call *call)
{
    if (call->instance >= COPIES_MAX)
        return false;
    struct allowance *a = &self.allowances[call->from][call->instance];
    uint64_t now = clock_now();
    a->left += (double)(now - a->since) * SIGN_RATE / (double)CLOCK_SECOND;
    if (a->since == 0 || a->left > SIGN_RATE)
        a->left = SIGN_RATE;
    a->since = now;
    if (a->left < 1)
        return false;
    a->left -= 1;
    return true;
}

static int sign_for(const struct call *call, const struct keys_sign *q,
                    struct signing *s)
{
    if (!may_ask(call))
        return -EBUSY;
    if (q->key.len != TLS_KEY_NAME)
        return -EINVAL;
    const struct certificate *c = keyring_find(&keys, (const uint8_t *)q->key.at);
    if (!c)
        return -ENOKEY;
    size_t modulus = c->kind == CERTIFICATE_RSA ? c->bits / 8 : 0;
    if (!question_is_good(q->kind, q->block, modulus))
        return -EINVAL;
    *s = (struct signing){ .key = c->private, .kind = q->kind, .block = q->block };
    EVP_PKEY_up_ref(s->key); /* it may be removed meanwhile */
    int error = work_run(self.signers, sign, s);
    EVP_PKEY_free(s->key);
    return error ? error : s->done ? 0 : -EIO;
}

static void on_sign(struct call *call, const void *question)
{
    struct signing s;
    int error = sign_for(call, question, &s);
    if (error)
        answer_error(call, error);
    else
        answer_keys_sign(call, &(struct keys_sign_answer){
                                   .signature = span_at(s.signature, s.len) });
}

/* ---- showing */

static int write_shown(struct buf *b, enum role front)
{
    int error =
        shown_begin(b, (uint32_t)keys.count, &self.now[front], &self.before[front]);
    for (size_t i = 0; !error && i < keys.count; i++)
        error = shown_put(b, keys.certificates[i]->chain);
    return error;
}

static void on_show(struct call *call, const void *question)
{
    (void)question;
    struct buf b = { .max = TLS_CERTIFICATES_MAX * (CHAIN_OCTETS_MAX + 8) };
    int error = write_shown(&b, call->from);
    int memory = error ? error : sealed_copy("keys", buf_span(&b));
    struct keys_show_answer answer = { .size = (uint32_t)b.len, .memory = memory };
    if (memory < 0)
        answer_error(call, memory);
    else
        answer_keys_show(call, &answer);
    fd_close(&memory);
    buf_free(&b);
}

void keys_tell_change(void)
{
    for (enum role r = 0; r < ROLES; r++) {
        if (!message_may_send(MESSAGE_keys_changed, ROLE_KEYS, r))
            continue;
        for (struct channel *c = NULL; (c = ipc_next(r, c));)
            tell_keys_changed(c, &(struct keys_changed){ 0 });
    }
}

static void on_look(struct call *call, const void *question)
{
    (void)call;
    (void)question;
    int error = keyring_look(&keys);
    if (error)
        log_event(LOG_ERROR, 0, "keys cannot be read: %s", strerror(-error));
    else
        log_event(LOG_NOTICE, 0, "keys: %zu certificate%s", keys.count,
                  keys.count == 1 ? "" : "s");
    keys_tell_change();
}

/* ---- time */

static void rotate(void *unused)
{
    (void)unused;
    memcpy(self.before, self.now, sizeof self.before);
    if (RAND_bytes((unsigned char *)self.now, sizeof self.now) != 1)
        memcpy(self.now, self.before, sizeof self.now);
    loop_timer_set(&self.rotate, clock_in(TLS_TICKET_SECONDS / 2 * CLOCK_SECOND));
    keys_tell_change();
}

static void warn(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < keys.count; i++) {
        const struct certificate *c = keys.certificates[i];
        int64_t left = c->not_after - clock_wall();
        char date[CLOCK_DATE_SIZE];
        clock_date(c->not_after, date);
        if (left < (int64_t)CERTIFICATE_WARN_DAYS * 86400)
            log_event(LOG_WARNING, 0, "the certificate for %s ends on %s", c->names,
                      date);
    }
    loop_timer_set(&self.warn, clock_in(86400 * CLOCK_SECOND));
}

/* ---- beginning */

static bool is_loopback(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static bool listens_on_loopback_alone(const struct settings *s)
{
    for (uint32_t i = 0; i < s->listeners; i++)
        if (s->listen[i].port != 0 && !is_loopback(s->listen[i].address))
            return false;
    return true;
}

static int begin(const struct role_start *start)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    keys.directory = start->directory;
    keys.host = start->settings->hostname;
    keys.loopback = listens_on_loopback_alone(start->settings);
    if (RAND_bytes((unsigned char *)self.now, sizeof self.now) != 1)
        return -EIO;
    self.signers = work_pool_open("signer", SIGN_THREADS, SIGN_QUEUE_MAX);
    int error = self.signers ? keyring_look(&keys) : -ENOMEM;
    if (error)
        return error;
    self.rotate = (struct timer){ .on_time = rotate };
    self.warn = (struct timer){ .on_time = warn };
    rotate(NULL);
    warn(NULL);
    return 0;
}

int role_keys(uint32_t instance)
{
    struct role_start start;
    role_begin(&start, ROLE_KEYS, instance);
    int error = begin(&start);
    if (error) {
        log_event(LOG_ERROR, 0, "keys cannot be used: %s", strerror(-error));
        return EXIT_FAILURE;
    }
    int code = role_serve(&start, services, SANDBOX_KEEPER, NULL);
    work_pool_close(&self.signers);
    keyring_close(&keys);
    explicit_bzero(&self, sizeof self);
    return code;
}
