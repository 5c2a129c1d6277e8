#include "allocations.h"

#include <errno.h>
#include <stddef.h>

// The C library's own functions, under names that remain when they are replaced.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Thread_local unsigned long count;

unsigned long allocations_of_this_thread(void) { return count; }

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)

int allocations_are_counted(void) { return 0; }

#else

int allocations_are_counted(void) { return 1; }

void *malloc(size_t size) { return count++, __libc_malloc(size); }
void *calloc(size_t items, size_t size) { return count++, __libc_calloc(items, size); }
void *realloc(void *old, size_t size) { return count++, __libc_realloc(old, size); }
void *memalign(size_t to, size_t size) { return count++, __libc_memalign(to, size); }
void *aligned_alloc(size_t to, size_t size) { return count++, __libc_memalign(to, size); }

int posix_memalign(void **out, size_t to, size_t size) {
  count++;
  void *memory = __libc_memalign(to, size);
  if (!memory) return ENOMEM;
  *out = memory;
  return 0;
}

#endif
