/*
 * fields - the settings that are a number or one word of a few, section by section.
 *
 * One table serves for what is usual, for reading (settings_parse.c) and for the check of
 * a block that another process made.  A new setting of these kinds is a member of struct
 * settings and a row here; its bounds stand in config/limits.h.
 */
#ifndef CONFIG_FIELDS_H
#define CONFIG_FIELDS_H

#include "config/settings.h"

struct field {
    const char *name;
    size_t offset, size; /* in struct settings; uint32_t or uint64_t */
    uint64_t usual, least, most;
    bool octets;              /* K, M and G may follow */
    const char *most_word;    /* says the most, too; or NULL */
    const char *const *words; /* no number is said but one of these, which are numbered
                               * from 0; or NULL */
};

struct section {
    const char *name; /* "root": outside of all others */
    const struct field *fields;
    size_t count;
};

enum section_kind {
    SECTION_ROOT,
    SECTION_SOURCE,
    SECTION_PENALTY,
    SECTION_FTP,
    SECTION_FILES,
    SECTION_DNS,
    SECTION_RELAY,
    SECTIONS
};
extern const struct section sections[SECTIONS];

/* NULL: there is no such one. */
const struct field *field_named(struct span section, struct span name);
void fields_default(struct settings *);
/* What was said of it, into settings; false where that is not sound. */
bool field_take(const struct field *, struct span said, struct settings *);
/* What it may be, in words: "between 1 and 180", "'no' or 'yes'". */
void field_describe(const struct field *, char *words_r, size_t size);
bool fields_are_sound(const struct settings *);

#endif
