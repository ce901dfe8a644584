/* may - who may do what, and where. */
#include "files/drawer_test.h"
#include "ipc/right.h"
#include "test/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static const struct visitor stranger = { 9, 0, RIGHT_FILES | RIGHT_FILES_WRITE };

static void with_drawer(void (*fn)(struct drawer *))
{
    struct drawer d;
    drawer_make(&d);
    drawer_open(&d);
    drawer_run(&d, fn);
    drawer_close(&d);
    drawer_remove(&d);
}

static void set(char trees[FILES_TREES_SET_MAX][FILES_TREE_OCTETS_MAX], uint32_t *count,
                const char *tree)
{
    snprintf(trees[(*count)++], FILES_TREE_OCTETS_MAX, "%s", tree);
}

/* ---- trees that the configuration names */

static void hide(struct drawer *d)
{
    struct file_facts facts;
    char names[64];
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/a")), 0);
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/a/b")), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/a/.secret", UPLOAD_STORE, "x"), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/a/c", UPLOAD_STORE, "x"), 0);
    set(d->files.hidden, &d->files.hiddens, ".*");
    set(d->files.hidden, &d->files.hiddens, "/a/b");
    CHECK_EQ_INT(drawer_list(d, &alice, "/a", "", names, sizeof names), 0);
    CHECK_SPAN(span_of(names), "c ");
    CHECK_EQ_INT(drawer_stat(d, &alice, "/a/.secret", &facts), -ENOENT);
    CHECK_EQ_INT(drawer_stat(d, &alice, "/a/b", &facts), -ENOENT);
    CHECK_EQ_INT(drawer_list(d, &alice, "/a/b", "", names, sizeof names), -ENOENT);
    CHECK(drawer_has(d, &alice, "/a/b/c", NULL));
    CHECK_EQ_INT(drawer_store(d, &alice, "/a/.x", UPLOAD_STORE, "x"), -EACCES);
    CHECK_EQ_INT(cabinet_remove(d->cabinet, &alice, SPAN("/a/.secret")), -EACCES);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &alice, SPAN("/a/c"), SPAN("/a/.c")),
                 -EACCES);
    /* Nor does it come to light under another name. */
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &alice, SPAN("/a"), SPAN("/z")), -EROFS);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &alice, SPAN("/a/c"), SPAN("/c")), 0);
}

TEST(may_not_see_what_is_hidden)
{
    with_drawer(hide);
}

static void protect(struct drawer *d)
{
    struct file_facts facts;
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/a")), 0);
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/a/b")), 0);
    CHECK_EQ_INT(drawer_store(d, &alice, "/a/b/f", UPLOAD_STORE, "x"), 0);
    set(d->files.read_only, &d->files.read_onlys, "/a/b");
    CHECK(drawer_has(d, &alice, "/a/b/f", "x"));
    CHECK_EQ_INT(drawer_stat(d, &alice, "/a/b/f", &facts), 0);
    CHECK_EQ_UINT(facts.perm, PERM_READ);
    CHECK_EQ_INT(drawer_store(d, &alice, "/a/b/f", UPLOAD_STORE, "y"), -EROFS);
    CHECK_EQ_INT(drawer_store(d, &alice, "/a/b/g", UPLOAD_APPEND, "y"), -EROFS);
    CHECK_EQ_INT(cabinet_remove(d->cabinet, &alice, SPAN("/a/b/f")), -EROFS);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &alice, SPAN("/a/b/f"), SPAN("/f")),
                 -EROFS);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &alice, SPAN("/a"), SPAN("/z")), -EROFS);
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &alice, SPAN("/a/b/d")), -EROFS);
    CHECK_EQ_INT(cabinet_modify(d->cabinet, &alice, SPAN("/a/b/f"), FILE_MODE, 0600),
                 -EROFS);
    CHECK_EQ_INT(drawer_store(d, &alice, "/a/f", UPLOAD_STORE, "y"), 0);
}

TEST(may_not_change_what_is_read_only)
{
    with_drawer(protect);
}

/* ---- who has no account (F12) */

static void come_without_a_name(struct drawer *d)
{
    struct file_facts facts;
    char names[64];
    CHECK_EQ_INT(drawer_stat(d, &stranger, "/", &facts), -EACCES);
    d->files.anonymous = ANONYMOUS_READ;
    CHECK_EQ_INT(drawer_stat(d, &stranger, "/", &facts), 0);
    CHECK(!(facts.perm & (PERM_CREATE | PERM_MKDIR | PERM_PURGE)));
    CHECK_EQ_INT(mkdirat(d->directory, "anonymous/home/incoming", 0700), 0);
    CHECK_EQ_INT(mkdirat(d->directory, "anonymous/home/pub", 0700), 0);
    CHECK_EQ_INT(drawer_list(d, &stranger, "/", "", names, sizeof names), 0);
    CHECK_SPAN(span_of(names), "incoming pub ");
    CHECK_EQ_INT(drawer_store(d, &stranger, "/incoming/f", UPLOAD_STORE, "x"), -EACCES);
    d->files.anonymous = ANONYMOUS_INCOMING;
    CHECK_EQ_INT(drawer_store(d, &stranger, "/incoming/f", UPLOAD_STORE, "x"), 0);
    CHECK_EQ_INT(drawer_store(d, &stranger, "/incoming/f", UPLOAD_STORE, "y"), -EEXIST);
    CHECK_EQ_INT(drawer_store(d, &stranger, "/incoming/f", UPLOAD_APPEND, "y"),
                 -EEXIST);
    CHECK_EQ_INT(drawer_store(d, &stranger, "/pub/f", UPLOAD_STORE, "x"), -EACCES);
    CHECK_EQ_INT(drawer_store(d, &stranger, "/incoming", UPLOAD_STORE, "x"), -EACCES);
    CHECK_EQ_INT(cabinet_read(d->cabinet, &stranger, SPAN("/incoming/f"), &facts),
                 -EACCES);
    CHECK_EQ_INT(drawer_stat(d, &stranger, "/incoming/f", &facts), -EACCES);
    CHECK_EQ_INT(drawer_list(d, &stranger, "/incoming", "", names, sizeof names),
                 -EACCES);
    CHECK_EQ_INT(cabinet_remove(d->cabinet, &stranger, SPAN("/incoming/f")), -EACCES);
    CHECK_EQ_INT(cabinet_mkdir(d->cabinet, &stranger, SPAN("/incoming/d")), -EACCES);
    CHECK_EQ_INT(cabinet_rename(d->cabinet, &stranger, SPAN("/incoming/f"),
                                SPAN("/pub/f")),
                 -EACCES);
}

TEST(may_F12_anonymous_as_configured_alone)
{
    with_drawer(come_without_a_name);
}
