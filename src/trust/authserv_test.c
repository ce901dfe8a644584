#include "trust/authserv.h"

#include "test/unit.h"

TEST(authserv_claims)
{
    static const struct {
        const char *section;
        bool claimed;
    } rows[] = {
        /* RFC 8601 B.2, B.3 with our name, and ways to write it */
        { "Authentication-Results: hamburger.edu 1; none\r\n", true },
        { "Authentication-Results: hamburger.edu;\r\n\tspf=pass\r\n", true },
        { "authentication-results:\r\n\t(a) HAMBURGER.edu 1 ; spf=pass\r\n", true },
        { "Authentication-Results : \"hamburger.edu\"; spf=pass\r\n", true },
        { "Authentication-Results: hamburger.edu.; spf=pass\r\n", true },
        { "Authentication-Results: (c\r\n (d)) hamburger.edu/1; none\r\n", true },
        { "Authentication-Results: hamburger.edu\r\n", true },
        /* others' */
        { "Authentication-Results: crepes.fr; spf=pass (hamburger.edu)\r\n", false },
        { "Authentication-Results: mail.hamburger.edu; spf=pass\r\n", false },
        { "Authentication-Results: xhamburger.edu; none\r\n", false },
        { "Authentication-Results: hamburger.edu.fr; none\r\n", false },
        { "Authentication-Results:\r\n", false },
        { "ARC-Authentication-Results: i=1; hamburger.edu; spf=pass\r\n", false },
        { "Subject: hamburger.edu\r\n", false },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct span section = span_of(rows[i].section);
        struct field field;
        bool noise = false;
        CHECK(header_take_field(&section, &field, &noise));
        if (!CHECK(authserv_is_claimed(&field, SPAN("hamburger.edu")) ==
                   rows[i].claimed))
            unit_not_so(__FILE__, __LINE__, rows[i].section);
    }
}
