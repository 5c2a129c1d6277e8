// What scripts/static-build makes the first instruction of the program: says so if the C library is
// too old, where else the loader would name missing versions of symbols (see scripts/loosen).

#include <gnu/libc-version.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define QUOTED(words) #words
#define TEXT(value) QUOTED(value)

static void say(const char *text) {
  if (write(2, text, strlen(text)) < 0) _exit(69);
}

// Calls nothing that is newer than x86-64's first glibc.
__attribute__((used)) void elbo_check_library(void) {
  const char *version = gnu_get_libc_version();
  char *end;
  const long major = strtol(version, &end, 10);
  const long minor = *end == '.' ? strtol(end + 1, NULL, 10) : 0;
  if (major > 2 || (major == 2 && minor >= ELBO_GLIBC)) return;
  say("elbo: this system's C library is glibc ");
  say(version);
  say(", and elbo needs 2." TEXT(ELBO_GLIBC) " or later\n"
      "  use Debian 12, Ubuntu 22.04, Fedora 36 or later, or a container of one of them; or build elbo here from its sources\n");
  _exit(69);
}

// The loader's own argument, in rdx, is kept; the stack stays a multiple of 16 bytes.
__asm__(
  ".globl elbo_start\n"
  ".type elbo_start, @function\n"
  "elbo_start:\n"
  "  push %rdx\n"
  "  push %rdx\n"
  "  call elbo_check_library\n"
  "  pop %rdx\n"
  "  pop %rdx\n"
  "  jmp _start\n");
