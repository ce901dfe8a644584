#include "config/service.h"

#include "test/unit.h"

TEST(service_names)
{
    for (enum service_kind i = 0; i < SERVICES; i++)
        CHECK_EQ_INT(service_named(span_of(service_name(i))), i);
    CHECK_EQ_INT(service_named(SPAN("nntp")), SERVICES);
    CHECK_EQ_INT(service_named(SPAN("")), SERVICES);
}

TEST(listen_of_another_process_may_be_unsound)
{
    struct listen_setting l = { .service = SERVICE_LMTP, .path = "lmtp" };
    CHECK(listen_is_sound(&l));
    static const char *const bad[] = { "",    ".",     "..",    "../lmtp", "/lmtp",
                                       "a/b", ".lmtp", "l mtp", "control", "l\nmtp" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        span_to_string(span_of(bad[i]), l.path, sizeof l.path);
        CHECK(!listen_is_sound(&l));
    }
    l = (struct listen_setting){ .service = SERVICE_LMTP, .port = 24, .path = "lmtp" };
    CHECK(!listen_is_sound(&l));
    l = (struct listen_setting){ .service = SERVICE_SMTP, .path = "lmtp" };
    CHECK(!listen_is_sound(&l));
    l = (struct listen_setting){ .service = SERVICES, .port = 1, .address = "::1" };
    CHECK(!listen_is_sound(&l));
    l = (struct listen_setting){ .service = SERVICE_POP3, .port = 1, .address = "::1" };
    CHECK(listen_is_sound(&l));
    memset(l.address, '1', sizeof l.address);
    CHECK(!listen_is_sound(&l));
}
