/*
 * date_fuzz - what is taken for a date lies in the years 1 to 9999, and its zone within
 * what four digits say.
 */
#include "mime/date.h"

#include "mime/out.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    int64_t time;
    int minutes;
    mime_steps = 0;
    if (date_read(span_at(octets, len), &time, &minutes)) {
        assert(minutes > -100 * 60 && minutes < 100 * 60);
        assert(time >= INT64_C(-62135596800) - 100 * 3600);
        assert(time <= INT64_C(253402300800) + 100 * 3600);
    }
    assert(mime_steps <= 50 * len + 100);
    return 0;
}
