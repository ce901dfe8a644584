/*
 * list - a doubly linked list whose links live in the elements.
 *
 * The head is a struct list too; it owns nothing.  An element that is in no list points
 * to itself, so that list_remove is always safe.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

#define LIST_ENTRY(link, type, member)                                                 \
    ((type *)(void *)((char *)(link)-offsetof(type, member)))

/* The current element may be removed inside the loop. */
#define LIST_FOR_EACH(link, head)                                                      \
    for (struct list *link = (head)->next, *link##_next = link->next; link != (head);  \
         link = link##_next, link##_next = link->next)

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}

static inline bool list_is_empty(const struct list *l)
{
    return l->next == l;
}

/* Adds at the back: before the head. */
static inline void list_push(struct list *head, struct list *l)
{
    l->prev = head->prev;
    l->next = head;
    head->prev->next = l;
    head->prev = l;
}

static inline void list_remove(struct list *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    list_init(l);
}

/* Takes the front element out, or returns NULL. */
static inline struct list *list_pop(struct list *head)
{
    struct list *l = head->next;
    if (l == head)
        return NULL;
    list_remove(l);
    return l;
}

#endif
