/* find - see find.h. */
#include "store/find.h"

#include "store/core.h"
#include "store/texts.h"

#include <errno.h>

int engine_find(struct engine *e, uint64_t account, struct span folded,
                enum scan_part part, uint64_t after, struct text_slice *slice_r)
{
    int error = engine_ready(e);
    struct texts *texts = error ? NULL : readings_texts(e->readings);
    if (error || !texts || folded.len == 0)
        return error ? error : texts ? -EINVAL : -EOPNOTSUPP;
    return texts_find(texts, account, folded, part == SCAN_BODY, after, slice_r);
}
