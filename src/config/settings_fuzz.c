/* Oracle: a text is either refused with a message or gives a block that is sound. */
#include "config/settings.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings s;
    char error[256] = "";
    if (settings_parse("f", span_at(data, size), &s, error, sizeof error) == 0)
        assert(settings_are_sound(&s));
    else
        assert(error[0] != '\0');
    return 0;
}
