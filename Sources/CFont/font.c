#include "elbo_font.h"

// scripts/static-build names a smaller font, with the letters that charts use.
#ifndef ELBO_FONT
#if __has_include("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
#define ELBO_FONT "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
#elif __has_include("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf")
#define ELBO_FONT "/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"
#elif __has_include("/usr/share/fonts/TTF/DejaVuSans.ttf")
#define ELBO_FONT "/usr/share/fonts/TTF/DejaVuSans.ttf"
#else
#error "there is no DejaVuSans.ttf: install fonts-dejavu-core, or set ELBO_FONT to its path"
#endif
#endif

__asm__(
  ".pushsection .rodata\n"
  "elbo_font_begin: .incbin \"" ELBO_FONT
  "\"\n"
  "elbo_font_end:\n"
  ".popsection\n");

extern const unsigned char elbo_font_begin[], elbo_font_end[];

const unsigned char *elbo_font_bytes(void) { return elbo_font_begin; }
size_t elbo_font_size(void) { return (size_t)(elbo_font_end - elbo_font_begin); }
