#include "cli/ftp/url.h"

#include "base/own.h"
#include "test/unit.h"

/* As "scheme user password host port path type", "-" for what is not there. */
static const char *in_words(const char *text, char words_r[8192])
{
    struct url u;
    const char *error = url_read(span_of(text), &u);
    if (error)
        snprintf(words_r, 8192, "! %s", error);
    else
        snprintf(words_r, 8192, "%d %s %s %s %u %s %c", u.scheme,
                 u.has_user ? u.user : "-", u.has_password ? u.password : "-", u.host,
                 u.port, u.has_path ? u.path : "-", u.type ? u.type : '-');
    return words_r;
}

TEST(url_is_read)
{
    static const struct {
        const char *url, *words;
    } rows[] = {
        /* RFC 1738 §3.2.2, its examples */
        { "ftp://myname@host.dom/%2Fetc/motd", "0 myname - host.dom 21 /etc/motd -" },
        { "ftp://myname@host.dom/etc/motd", "0 myname - host.dom 21 etc/motd -" },
        { "ftp://myname@host.dom//etc/motd", "0 myname - host.dom 21 /etc/motd -" },
        { "ftp://host.dom/a;type=i", "0 - - host.dom 21 a i" },
        { "ftp://host.dom/a;type=A", "0 - - host.dom 21 a a" },
        { "ftp://host.dom/a/;type=d", "0 - - host.dom 21 a/ d" },
        { "ftp://host.dom/a;type=x", "! the types are a, i and d" },
        { "ftp://host.dom/a;type=", "! the types are a, i and d" },
        { "host", "0 - - host 21 - -" },
        { "host/", "0 - - host 21  -" },
        { "host:2121", "0 - - host 2121 - -" },
        { "bob@host", "0 bob - host 21 - -" },
        { "ftps://host", "2 - - host 990 - -" },
        { "FTPS://host:21/", "2 - - host 21  -" },
        { "ftpes://host", "1 - - host 21 - -" },
        { "ftp://bob:ketch%3Aup@host", "0 bob ketch:up host 21 - -" },
        { "ftp://bob:@host", "0 bob  host 21 - -" },
        { "ftp://bob@hamburger.edu:ketchup@host",
          "0 bob@hamburger.edu ketchup host 21 - -" },
        { "ftp://bob%40hamburger.edu@host", "0 bob@hamburger.edu - host 21 - -" },
        { "ftp://[::1]:2121/a", "0 - - ::1 2121 a -" },
        { "ftp://[fe80::1%25eth0]/a", "0 - - fe80::1%eth0 21 a -" },
        { "ftp://[::1]x/", "! behind ] stands :port, or nothing" },
        { "http://host/", "! the schemes are ftp, ftpes and ftps" },
        { "ftp://", "! it names no host" },
        { "ftp:///a", "! it names no host" },
        { "ftp://host:0", "! a port is between 1 and 65535" },
        { "ftp://host:65536", "! a port is between 1 and 65535" },
        { "ftp://host:21x", "! a port is between 1 and 65535" },
        { "ftp://host:/a", "0 - - host 21 a -" },
        { "ftp://ho st", "! it names no host" },
        { "ftp://h%6fst", "0 - - host 21 - -" },
        { "ftp://host/a%2", "! behind % stand two hexadecimal digits" },
        { "ftp://host/a%2g", "! behind % stand two hexadecimal digits" },
        /* CVE-2017-7476 and its like: a second command in a URL */
        { "ftp://host/a%0d%0aDELE%20b",
          "! it has an octet that no FTP command can carry" },
        { "ftp://u%0aser@host/", "! it has an octet that no FTP command can carry" },
        { "ftp://host/a%00b", "! it has an octet that no FTP command can carry" },
        { "", "! it names no host" },
    };
    char words[8192];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        unit_equal_span(span_of(in_words(rows[i].url, words)), span_of(rows[i].words),
                        __FILE__, __LINE__, rows[i].url);
}

TEST(url_is_written_as_it_was_read)
{
    static const char *const urls[] = {
        "ftp://host",
        "ftp://host/",
        "ftps://host:21/a/b%20c",
        "ftpes://bob%40hamburger.edu:ketch%3Aup@[::1]:2121//etc/motd;type=a",
        "ftp://bob:@host/d/",
    };
    struct url u;
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct buf b = { .max = 1024 };
        CHECK(!url_read(span_of(urls[i]), &u));
        CHECK_EQ_INT(url_put(&b, &u, true), 0);
        unit_equal_span(buf_span(&b), span_of(urls[i]), __FILE__, __LINE__, urls[i]);
        buf_free(&b);
    }
    struct buf b = { .max = 1024 };
    CHECK(!url_read(SPAN("ftp://bob:ketchup@host/a"), &u));
    CHECK_EQ_INT(url_put(&b, &u, false), 0);
    CHECK_SPAN(buf_span(&b), "ftp://bob@host/a");
    buf_free(&b);
}

TEST(url_has_limits)
{
    static char text[URL_OCTETS_MAX + 2];
    struct url u;
    memset(text, 'a', sizeof text);
    CHECK(url_read(span_at(text, sizeof text), &u) != NULL);
    CHECK(url_read(span_at(text, URL_NAME_MAX + 1), &u) != NULL);
    CHECK(url_read(span_at(text, URL_NAME_MAX), &u) == NULL);
}
