#include "files/facts.h"

#include "config/limits.h"
#include "test/unit.h"

static const struct file_row example = {
    .facts = { .size = 1 << 20,
               .modified = -1,
               .unique = UINT64_MAX,
               .mode = 0644,
               .perm = PERM_READ | PERM_WRITE,
               .type = FILE_REGULAR },
    .name = { "menu.txt", 8 },
};

TEST(facts_a_row_comes_back_as_it_was)
{
    char rows[2 * (FILE_ROW_HEADER + 8)];
    size_t len = file_row_put(&example, rows, sizeof rows);
    CHECK_EQ_UINT(len, FILE_ROW_HEADER + 8);
    len += file_row_put(&example, rows + len, sizeof rows - len);
    CHECK_EQ_UINT(file_row_put(&example, rows, FILE_ROW_HEADER + 7), 0);
    struct span all = span_at(rows, len);
    struct file_row row;
    for (int i = 0; i < 2; i++) {
        CHECK(file_row_take(&all, &row));
        CHECK_SPAN(row.name, "menu.txt");
        CHECK_EQ_UINT(row.facts.size, 1 << 20);
        CHECK_EQ_INT(row.facts.modified, -1);
        CHECK_EQ_UINT(row.facts.unique, UINT64_MAX);
        CHECK_EQ_UINT(row.facts.mode, 0644);
        CHECK_EQ_UINT(row.facts.perm, PERM_READ | PERM_WRITE);
        CHECK_EQ_INT(row.facts.type, FILE_REGULAR);
    }
    CHECK(!file_row_take(&all, &row));
    CHECK_EQ_UINT(all.len, 0);
}

/* What is cut or changed anywhere is no row, or one with a sound name. */
TEST(facts_a_row_is_checked)
{
    char octets[FILE_ROW_HEADER + 8];
    size_t len = file_row_put(&example, octets, sizeof octets);
    struct file_row row;
    for (size_t cut = 0; cut < len; cut++) {
        struct span s = span_at(octets, cut);
        CHECK(!file_row_take(&s, &row));
        CHECK_EQ_UINT(s.len, cut);
    }
    struct file_row up = example;
    up.name = SPAN("..");
    len = file_row_put(&up, octets, sizeof octets);
    struct span s = span_at(octets, len);
    CHECK(!file_row_take(&s, &row));
    up.name = SPAN("a/b");
    s = span_at(octets, file_row_put(&up, octets, sizeof octets));
    CHECK(!file_row_take(&s, &row));
}
