/*
 * parameter_fuzz - any value behind a media type: bounded, linear, each name once, and
 * file names that stay where they are put.
 */
#include "mime/parameter.h"

#include "config/limits.h"
#include "mime/charset.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len);

static struct record_parameter parameter(const struct maker *m, uint32_t row)
{
    struct record_parameter p;
    memcpy(&p, m->parameters.at + row * sizeof p, sizeof p);
    return p;
}

static void check_filename(struct maker *m, struct record_text decoded)
{
    struct span name = maker_string(m, filename_make(m, decoded));
    assert(name.len <= FILENAME_OCTETS_MAX);
    assert(span_find(name, '/') == name.len && span_find(name, '\\') == name.len);
    assert(span_find(name, '\0') == name.len && (name.len == 0 || name.at[0] != '.'));
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t len)
{
    static struct maker m;
    charsets_open();
    maker_open(&m);
    mime_steps = 0;
    struct record_rows rows = parameters_read(&m, span_at(octets, len));
    assert(mime_steps <= 50 * len + 100);
    assert(rows.count <= MIME_PARAMETERS_MAX && rows.count == maker_parameters(&m));
    for (uint32_t i = 0; i < rows.count; i++) {
        struct record_parameter p = parameter(&m, rows.first + i);
        struct span name = maker_string(&m, p.name);
        if (name.len < MIME_TEXT_MAX) {
            struct record_text found = parameter_find(&m, rows, name, true);
            assert(found.at == p.value_decoded.at);
        }
        check_filename(&m, p.value_decoded);
    }
    return 0;
}
