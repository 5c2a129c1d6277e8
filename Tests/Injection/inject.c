/* A library for LD_PRELOAD that lets one call of a process fail: InjectionTests.
 *
 * ELBO_INJECT=KIND:NUMBER:ERRNO lets the call with this number of this kind (kinds as in the enum,
 * numbers from 1) fail with this errno, once. With errno 0 a read or write is cut to half of its
 * bytes. ELBO_INJECT_COUNTS names a file of int64 to which the library writes, however the process
 * ends: the number of calls of each kind, whether one has failed, and the number of large
 * allocations that no trial came before.
 *
 * Only reads and writes of regular files count. Allocations count by their caller: the program with
 * libxsmm, which is part of it, other libraries in C, or, if they are large, any other, which is the
 * Swift runtime or cairo. These end the process if they get nothing, so none of theirs fails here.
 * Instead, it is checked that the program has tried, in the same thread, whether so much is there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind {
  PROGRAM_MEMORY,
  LIBRARY_MEMORY,
  LARGE_MEMORY,
  READ,
  WRITE,
  SYNC,
  RENAME,
  OPEN_TO_WRITE,
  OPEN_TO_READ,
  TRUNCATE,
  THREAD,
  MAKE_FOLDER,
  KINDS
};

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

/* The function `syscall` behind the one of this library. */
static long (*next_syscall)(long, ...);

static void find_next(void) {
  if (!next_syscall) next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
}

#define raw(...) (find_next(), next_syscall(__VA_ARGS__))

static int chosen = -1, code;
static int64_t number;
static const size_t large = 1 << 20;
/* Behind the kinds: whether a call has failed, and the large allocations without a trial. */
static int64_t own_counts[KINDS + 2];
static int64_t *counts = own_counts;

/* The address ranges of the program and of the libraries in C. */
static struct range {
  uintptr_t begin, end;
  enum kind kind;
} ranges[64];
static int range_count;

static int note_object(struct dl_phdr_info *info, size_t size, void *ignored) {
  static const char *const libraries[] = {"libjansson", "libpng", "libz.", "libxsmm", "libnettle"};
  enum kind kind = KINDS;
  if (info->dlpi_name[0] == 0) kind = PROGRAM_MEMORY;
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
    if (strstr(info->dlpi_name, libraries[i])) kind = LIBRARY_MEMORY;
  for (int i = 0; kind != KINDS && i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) || range_count == 64) continue;
    const uintptr_t begin = info->dlpi_addr + part->p_vaddr;
    ranges[range_count++] = (struct range){begin, begin + part->p_memsz, kind};
  }
  return 0;
}

__attribute__((constructor)) static void prepare(void) {
  const char *order = getenv("ELBO_INJECT"), *path = getenv("ELBO_INJECT_COUNTS");
  if (path) {
    const int file = raw(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    void *shared =
      (void *)raw(SYS_mmap, NULL, sizeof own_counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || shared == MAP_FAILED) abort();
    close(file);
    counts = shared;
  }
  dl_iterate_phdr(note_object, NULL);
  if (order) {
    char *rest;
    chosen = strtol(order, &rest, 10);
    number = strtoll(rest + 1, &rest, 10);
    code = strtol(rest + 1, &rest, 10);
  }
  /* The programs that this one starts are left alone. */
  unsetenv("LD_PRELOAD");
}

/* Returns whether this call of a kind is the one to fail, with its errno set. */
static int fails(enum kind kind) {
  const int64_t count = __atomic_add_fetch(&counts[kind], 1, __ATOMIC_RELAXED);
  if ((int)kind != chosen || count != number) return 0;
  counts[KINDS] = 1;
  errno = code;
  return 1;
}

static enum kind caller(const void *address, size_t size) {
  const uintptr_t place = (uintptr_t)address;
  for (int i = 0; i < range_count; i++)
    if (place >= ranges[i].begin && place < ranges[i].end) return ranges[i].kind;
  return size >= large ? LARGE_MEMORY : KINDS;
}

/* What this thread has tried to map beyond the program's reserve, and not allocated yet. */
static _Thread_local size_t tried;
static const size_t reserve = 32 << 20;
/* What an array takes beside its elements. */
static const size_t slack = 4096;

static int is_refused(const void *address, size_t size) {
  const enum kind kind = caller(address, size);
  if (kind == LARGE_MEMORY) {
    if (size > tried + slack) {
      if (getenv("ELBO_INJECT_STRICT")) abort();
      __atomic_add_fetch(&counts[KINDS + 1], 1, __ATOMIC_RELAXED);
    }
    tried -= size < tried ? size : tried;
  }
  return kind != KINDS && fails(kind);
}

static int is_mapping_refused(const void *address, size_t size) {
  if (caller(address, 0) == PROGRAM_MEMORY && size > reserve) tried += size - reserve;
  return is_refused(address, size);
}

/* Memory */

#define HERE __builtin_return_address(0)

void *malloc(size_t size) { return is_refused(HERE, size) ? NULL : __libc_malloc(size); }

void *calloc(size_t items, size_t size) {
  return is_refused(HERE, items * size) ? NULL : __libc_calloc(items, size);
}

void *realloc(void *old, size_t size) {
  return is_refused(HERE, size) ? NULL : __libc_realloc(old, size);
}

void *memalign(size_t to, size_t size) {
  return is_refused(HERE, size) ? NULL : __libc_memalign(to, size);
}

void *aligned_alloc(size_t to, size_t size) {
  return is_refused(HERE, size) ? NULL : __libc_memalign(to, size);
}

int posix_memalign(void **out, size_t to, size_t size) {
  if (is_refused(HERE, size)) return code;
  void *memory = __libc_memalign(to, size);
  if (!memory) return ENOMEM;
  *out = memory;
  return 0;
}

void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  if (is_mapping_refused(HERE, size)) return MAP_FAILED;
  return (void *)raw(SYS_mmap, at, size, protection, flags, file, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int file, off_t offset) {
  if (is_mapping_refused(HERE, size)) return MAP_FAILED;
  return (void *)raw(SYS_mmap, at, size, protection, flags, file, offset);
}

/* Files */

static int is_regular(int file) {
  struct stat status;
  return raw(SYS_fstat, file, &status) == 0 && S_ISREG(status.st_mode);
}

/* Returns 0 for a call to make, with what is left of its size; 1 for one to fail. */
static int is_cut(enum kind kind, int file, size_t *size) {
  if (!is_regular(file) || !fails(kind)) return 0;
  if (code) return 1;
  if (*size > 1) *size /= 2;
  return 0;
}

ssize_t read(int file, void *out, size_t size) {
  return is_cut(READ, file, &size) ? -1 : raw(SYS_read, file, out, size);
}

ssize_t pread(int file, void *out, size_t size, off_t at) {
  return is_cut(READ, file, &size) ? -1 : raw(SYS_pread64, file, out, size, at);
}

ssize_t pread64(int file, void *out, size_t size, off_t at) {
  return is_cut(READ, file, &size) ? -1 : raw(SYS_pread64, file, out, size, at);
}

ssize_t readv(int file, const struct iovec *parts, int count) {
  size_t size = 0;
  return is_cut(READ, file, &size) ? -1 : raw(SYS_readv, file, parts, count);
}

ssize_t write(int file, const void *bytes, size_t size) {
  return is_cut(WRITE, file, &size) ? -1 : raw(SYS_write, file, bytes, size);
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t at) {
  return is_cut(WRITE, file, &size) ? -1 : raw(SYS_pwrite64, file, bytes, size, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t at) {
  return is_cut(WRITE, file, &size) ? -1 : raw(SYS_pwrite64, file, bytes, size, at);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  size_t size = 0;
  return is_cut(WRITE, file, &size) ? -1 : raw(SYS_writev, file, parts, count);
}

int fsync(int file) { return fails(SYNC) ? -1 : raw(SYS_fsync, file); }
int fdatasync(int file) { return fails(SYNC) ? -1 : raw(SYS_fdatasync, file); }
int ftruncate(int file, off_t size) {
  return fails(TRUNCATE) ? -1 : raw(SYS_ftruncate, file, size);
}
int ftruncate64(int file, off_t size) {
  return fails(TRUNCATE) ? -1 : raw(SYS_ftruncate, file, size);
}

int rename(const char *from, const char *to) {
  return fails(RENAME) ? -1 : raw(SYS_rename, from, to);
}
int renameat(int from_in, const char *from, int to_in, const char *to) {
  return fails(RENAME) ? -1 : raw(SYS_renameat, from_in, from, to_in, to);
}
int renameat2(int from_in, const char *from, int to_in, const char *to, unsigned flags) {
  return fails(RENAME) ? -1 : raw(SYS_renameat2, from_in, from, to_in, to, flags);
}
int link(const char *from, const char *to) { return fails(RENAME) ? -1 : raw(SYS_link, from, to); }
int mkdirat(int in, const char *path, mode_t mode) {
  return fails(MAKE_FOLDER) ? -1 : raw(SYS_mkdirat, in, path, mode);
}

static int is_open_refused(int flags) {
  return fails((flags & O_ACCMODE) == O_RDONLY ? OPEN_TO_READ : OPEN_TO_WRITE);
}

#define MODE(flags)                      \
  mode_t mode = 0;                       \
  if (flags & (O_CREAT | __O_TMPFILE)) { \
    va_list rest;                        \
    va_start(rest, flags);               \
    mode = va_arg(rest, mode_t);         \
    va_end(rest);                        \
  }

int open(const char *path, int flags, ...) {
  MODE(flags)
  return is_open_refused(flags) ? -1 : raw(SYS_openat, AT_FDCWD, path, flags, mode);
}
int open64(const char *path, int flags, ...) {
  MODE(flags)
  return is_open_refused(flags) ? -1 : raw(SYS_openat, AT_FDCWD, path, flags, mode);
}
int openat(int in, const char *path, int flags, ...) {
  MODE(flags)
  return is_open_refused(flags) ? -1 : raw(SYS_openat, in, path, flags, mode);
}
int openat64(int in, const char *path, int flags, ...) {
  MODE(flags)
  return is_open_refused(flags) ? -1 : raw(SYS_openat, in, path, flags, mode);
}

/* openat2, which the library does not wrap, comes this way. */
long syscall(long number, ...) {
  long words[6];
  va_list rest;
  va_start(rest, number);
  for (int i = 0; i < 6; i++) words[i] = va_arg(rest, long);
  va_end(rest);
  if (number == SYS_openat2 && is_open_refused(*(const uint64_t *)words[2])) return -1;
  return raw(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int pthread_create(
  pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
  static __typeof__(&pthread_create) real;
  if (!real) real = (__typeof__(&pthread_create))dlsym(RTLD_NEXT, "pthread_create");
  return fails(THREAD) ? code : real(thread, attributes, run, argument);
}
