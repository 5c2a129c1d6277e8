#ifndef ELBO_FONT_H
#define ELBO_FONT_H

#include <stddef.h>

/// The bytes of DejaVu Sans, a TrueType font, which are part of the program.
const unsigned char *elbo_font_bytes(void);
size_t elbo_font_size(void);

#endif
