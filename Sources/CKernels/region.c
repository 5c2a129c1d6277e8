// Memory for a library that does not survive an allocation that fails.
#include <setjmp.h>
#include <stdlib.h>

#include "elbo_kernels.h"

// A piece of a region; its memory follows.
typedef struct piece {
  struct piece *next;
  size_t size;
} piece;

struct elbo_region {
  piece *pieces;
  char *place;
  size_t left;
  jmp_buf exit;
};

static _Thread_local elbo_region *current;

static const size_t first_piece = 4096, largest_piece = 1 << 20, alignment = 16;

void *elbo_region_malloc(size_t size) {
  elbo_region *region = current;
  if (!region) return malloc(size);
  if (size > SIZE_MAX / 2) longjmp(region->exit, 1);
  size = (size + alignment - 1) & ~(alignment - 1);
  if (size > region->left) {
    // Twice the last, so that a large text takes few pieces, and a small one little memory.
    size_t next = region->pieces ? 2 * region->pieces->size : first_piece;
    if (next > largest_piece) next = largest_piece;
    if (next < size) next = size;
    piece *more = malloc(sizeof(piece) + next);
    if (!more) longjmp(region->exit, 1);
    *more = (piece){region->pieces, next};
    region->pieces = more;
    region->place = (char *)(more + 1);
    region->left = next;
  }
  void *memory = region->place;
  region->place += size;
  region->left -= size;
  return memory;
}

void elbo_region_free(void *memory) {
  if (!current) free(memory);
}

elbo_region *elbo_call_in_region(
  elbo_parse parse, const void *text, size_t size, size_t flags, void *error, void **value) {
  elbo_region *region = malloc(sizeof(elbo_region));
  if (!region) return NULL;
  region->pieces = NULL;
  region->place = NULL;
  region->left = 0;
  current = region;
  if (setjmp(region->exit) == 0) {
    *value = parse(text, size, flags, error);
    current = NULL;
    return region;
  }
  region = current;
  current = NULL;
  elbo_region_end(region);
  return NULL;
}

void elbo_region_end(elbo_region *region) {
  for (piece *next, *here = region->pieces; here; here = next) {
    next = here->next;
    free(here);
  }
  free(region);
}
