/* What reaches a front as a listing: every row that is taken has a name that is one part
 * of a path, and is put down again octet for octet. */
#include "files/facts.h"
#include "files/path.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rows = span_at(data, size);
    struct file_row row;
    char again[FILE_ROW_HEADER + UINT8_MAX];
    for (struct span before = rows; file_row_take(&rows, &row); before = rows) {
        size_t len = before.len - rows.len;
        assert(path_is_name(row.name) && row.facts.type < FILE_TYPES);
        assert(file_row_put(&row, again, sizeof again) == len);
        assert(memcmp(again, before.at, len) == 0);
    }
    return 0;
}
