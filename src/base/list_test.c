#include "base/list.h"

#include "test/unit.h"

struct item {
    struct list link;
    int number;
};

static int number_of(struct list *l)
{
    return LIST_ENTRY(l, struct item, link)->number;
}

TEST(list_is_first_in_first_out)
{
    struct list head;
    struct item items[3] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
    list_init(&head);
    CHECK(list_is_empty(&head));
    CHECK(!list_pop(&head));
    for (int i = 0; i < 3; i++)
        list_push(&head, &items[i].link);
    for (int i = 1; i <= 3; i++)
        CHECK_EQ_INT(number_of(list_pop(&head)), i);
    CHECK(list_is_empty(&head));
}

TEST(list_lets_the_current_element_go)
{
    struct list head;
    struct item items[4] = { { .number = 1 }, { .number = 2 }, { .number = 3 } };
    int sum = 0;
    list_init(&head);
    for (int i = 0; i < 4; i++)
        list_push(&head, &items[i].link);
    LIST_FOR_EACH(l, &head)
    {
        sum += number_of(l);
        list_remove(l);
        list_remove(l); /* in no list: nothing */
    }
    CHECK_EQ_INT(sum, 6);
    CHECK(list_is_empty(&head));
}
