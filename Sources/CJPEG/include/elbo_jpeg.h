#ifndef ELBO_JPEG_H
#define ELBO_JPEG_H

#include <stddef.h>

// JPEG through libjpeg, whose errors jump: the jumps end here, and cross no frame of Swift.

// What the header of a JPEG file says.
typedef struct {
  int width;
  int height;
  // 1 for grey, 3 for colours, 4 for inks.
  int components;
} elbo_jpeg_picture;

// The bytes of a message, with its NUL.
#define ELBO_JPEG_MESSAGE 256

// Reads the header of a file in memory. Returns 0, or 1 with a message.
int elbo_jpeg_header(
  const unsigned char *bytes, size_t count, elbo_jpeg_picture *picture, char *message);

// Decodes a file of 1 or 3 components into samples of 8 bits, which stand side by side: grey, or
// red, green and blue; `size` is their number. Returns 0, or 1 with a message if the file is cut
// short or damaged.
int elbo_jpeg_decode(
  const unsigned char *bytes, size_t count, unsigned char *samples, size_t size, char *message);

#endif
