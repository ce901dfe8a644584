/* facts - see facts.h. */
#include "files/facts.h"

#include "files/path.h"

struct header {
    uint64_t size;
    int64_t modified;
    uint64_t unique;
    uint32_t mode;
    uint16_t perm;
    uint8_t type, name;
};
_Static_assert(sizeof(struct header) == FILE_ROW_HEADER, "no gaps");

bool file_row_take(struct span *rows, struct file_row *row_r)
{
    struct header h;
    if (rows->len < sizeof h)
        return false;
    memcpy(&h, rows->at, sizeof h);
    struct span rest = span_skip(*rows, sizeof h);
    if (h.type >= FILE_TYPES || h.mode > 0777 || h.perm > PERM_ALL || rest.len < h.name)
        return false;
    struct span name = span_first(rest, h.name);
    if (!path_is_name(name))
        return false;
    *row_r = (struct file_row){ .facts = { .size = h.size,
                                           .modified = h.modified,
                                           .unique = h.unique,
                                           .mode = h.mode,
                                           .perm = h.perm,
                                           .type = (enum file_type)h.type },
                                .name = name };
    *rows = span_skip(rest, h.name);
    return true;
}

size_t file_row_put(const struct file_row *row, char *at, size_t room)
{
    const struct file_facts *f = &row->facts;
    struct header h = { .size = f->size,
                        .modified = f->modified,
                        .unique = f->unique,
                        .mode = f->mode,
                        .perm = (uint16_t)f->perm,
                        .type = (uint8_t)f->type,
                        .name = (uint8_t)row->name.len };
    if (row->name.len > UINT8_MAX || room < sizeof h + row->name.len)
        return 0;
    memcpy(at, &h, sizeof h);
    memcpy(at + sizeof h, row->name.at, row->name.len);
    return sizeof h + row->name.len;
}
