/*
 * acting - a dialogue while it is played; for the files of this directory only.
 *
 *     play.c   clients and server speak; a play from its beginning to its end
 *     rooms.c  which session it is played against
 *     acts.c   the world's steps: what is changed in it, what must be so
 */
#ifndef TEST_TALK_ACTING_H
#define TEST_TALK_ACTING_H

#include "ftp/ftp.h"
#include "imap/imap.h"
#include "pop3/pop3.h"
#include "smtp/smtp.h"
#include "test/talk/client.h"
#include "test/talk/play.h"
#include "test/talk/sender.h"

/* One dialogue, being played one way. */
struct play {
    const struct script *script;
    enum way way;
    struct smtp_host smtp;
    struct pop3_host pop3;
    struct ftpd_host ftp;
    struct imap_host imap;
    struct sender sender;
    struct room room;
    char host_name[256], peer[64];
    struct client clients[CLIENTS_MAX];
    size_t queued_from, queued; /* STEP_SERVERs put off while a group was collected */
    size_t *queue;
    bool failed;
};

/* ---- play.c */
/* Prints what differs; the first time only. */
void play_fail(struct play *, const struct step *, const char *wanted, struct span what,
               struct span heard);
void play_pass_time(uint64_t seconds);
void play_flush(struct play *, struct client *); /* what was said is sent */

/* ---- rooms.c */
void play_choose(struct play *);

/* ---- acts_data.c */
void act_connect(struct play *, const struct step *);
void act_listen(struct play *, const struct step *);
void act_upload(struct play *, const struct step *);
void act_finish(struct play *, const struct step *);
void act_received(struct play *, const struct step *);
void act_cut(struct play *, const struct step *);
void act_file(struct play *, const struct step *);
void act_stored(struct play *, const struct step *);
void act_absent(struct play *, const struct step *);
void act_clear_data(struct play *, const struct step *);
void act_goodbye(struct play *, const struct step *);

/* ---- acts_client.c: SERVICE client */
void play_choose_sender(struct play *, bool with_tls);
void play_end_sender(struct play *);
void act_say(struct play *, const struct step *);
void act_hear(struct play *, const struct step *);
void act_send(struct play *, const struct step *);
void act_security(struct play *, const struct step *);
void act_login(struct play *, const struct step *);
void act_fate(struct play *, const struct step *);

/* ---- acts.c */
struct act {
    void (*run)(struct play *, const struct step *);
    bool settles; /* all before it has happened, and what follows from it happens */
};
/* By step_kind; run is NULL for those that play.c knows. */
extern const struct act acts[STEP_KINDS];

#endif
