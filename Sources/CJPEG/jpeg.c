#include "elbo_jpeg.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include <jerror.h>

// More scans than any encoder writes: each one decodes the whole picture again.
enum { most_scans = 100 };

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf back;
  char *message;
} errors;

static void leave(j_common_ptr info) {
  errors *error = (errors *)info->err;
  char text[JMSG_LENGTH_MAX];
  error->base.format_message(info, text);
  snprintf(error->message, ELBO_JPEG_MESSAGE, "%s", text);
  longjmp(error->back, 1);
}

// A warning is an error, unless no sample depends on it.
static void warn(j_common_ptr info, int level) {
  if (level >= 0) {
    return;
  }
  switch (info->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
      return;
    default:
      leave(info);
  }
}

static void watch(j_common_ptr info) {
  if (((j_decompress_ptr)info)->input_scan_number > most_scans) {
    errors *error = (errors *)info->err;
    snprintf(error->message, ELBO_JPEG_MESSAGE, "it has more than %d scans", most_scans);
    longjmp(error->back, 1);
  }
}

// Makes `info` ready for a file in memory.
static void begin(j_decompress_ptr info, errors *error, char *message) {
  info->err = jpeg_std_error(&error->base);
  error->base.error_exit = leave;
  error->base.emit_message = warn;
  error->message = message;
  message[0] = 0;
}

int elbo_jpeg_header(
  const unsigned char *bytes, size_t count, elbo_jpeg_picture *picture, char *message) {
  struct jpeg_decompress_struct info = {0};
  errors error;
  begin(&info, &error, message);
  if (setjmp(error.back)) {
    jpeg_destroy_decompress(&info);
    return 1;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  picture->width = (int)info.image_width;
  picture->height = (int)info.image_height;
  picture->components = info.num_components;
  jpeg_destroy_decompress(&info);
  return 0;
}

int elbo_jpeg_decode(
  const unsigned char *bytes, size_t count, unsigned char *samples, size_t size, char *message) {
  struct jpeg_decompress_struct info = {0};
  struct jpeg_progress_mgr progress = {.progress_monitor = watch};
  errors error;
  begin(&info, &error, message);
  if (setjmp(error.back)) {
    jpeg_destroy_decompress(&info);
    return 1;
  }
  jpeg_create_decompress(&info);
  info.progress = &progress;
  jpeg_mem_src(&info, bytes, count);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = info.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&info);
  size_t row = (size_t)info.output_width * (size_t)info.output_components;
  if (row * info.output_height != size) {
    snprintf(message, ELBO_JPEG_MESSAGE, "its size has changed");
    longjmp(error.back, 1);
  }
  while (info.output_scanline < info.output_height) {
    JSAMPROW line = samples + row * info.output_scanline;
    jpeg_read_scanlines(&info, &line, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  return 0;
}
