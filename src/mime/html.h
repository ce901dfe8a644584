/*
 * html - the words of an HTML text, for search and preview; never to be shown as HTML.
 *
 * One pass: tags go, those that begin a block become a line end; comments, scripts,
 * styles and the title go with what is in them; character references become characters.
 * What is not ended is as if it ended with the text, as browsers have it.
 */
#ifndef MIME_HTML_H
#define MIME_HTML_H

#include "mime/out.h"

/* Both are UTF-8; what comes out may have control characters. */
void html_to_text(struct span html, struct out *);

#endif
