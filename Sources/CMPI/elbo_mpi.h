// What the program calls of an MPI library. The library's binary interface is its own, so
// `elbo_mpi.c` is compiled once for each, into a small shared library that is loaded on demand.
#ifndef ELBO_MPI_H
#define ELBO_MPI_H

#include <stddef.h>
#include <stdint.h>

// The version of this header: a library of another one is refused.
#define ELBO_MPI_ABI 1

// Calls return 0, or the library's error code; all come from one thread at a time.
typedef struct {
  uint32_t abi_version;
  uint32_t struct_size;
  // The library's own name and version.
  void (*describe)(char *into, size_t size);
  // Begins, and gives the number of this process and of all.
  int (*begin)(int32_t *rank, int32_t *count);
  // Gives every process the bytes of all: counts[r] of each process r, one after the other.
  int (*gather)(const void *own, void *all, const int64_t *counts);
  // Gives every process the bytes of process 0.
  int (*broadcast)(void *bytes, int64_t count);
  // Says what an error code means.
  void (*explain)(int code, char *into, size_t size);
  // Ends; every process must call it.
  void (*end)(void);
} elbo_mpi_functions;

const elbo_mpi_functions *elbo_mpi(void);

#endif
