// One source for all MPI libraries: scripts/mpi compiles it with the mpicc of each.
#include "elbo_mpi.h"

#include <limits.h>
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int processes, own_rank;
// The counts and places of a call of MPI_Iallgatherv.
static int *counts, *places;

static void describe(char *into, size_t size) {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  text[strcspn(text, ",\n")] = '\0';
  char *const tab = strchr(text, '\t');
  if (tab) *tab = ' ';
  snprintf(into, size, "%s", text);
}

static int begin(int32_t *rank, int32_t *count) {
  int level;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &level);
  if (code) return code;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &own_rank);
  MPI_Comm_size(MPI_COMM_WORLD, &processes);
  counts = calloc((size_t)processes, sizeof *counts);
  places = calloc((size_t)processes, sizeof *places);
  *rank = own_rank;
  *count = processes;
  if (!counts || !places) return MPI_ERR_NO_MEM;
  return level < MPI_THREAD_SERIALIZED ? MPI_ERR_OTHER : MPI_SUCCESS;
}

// Waits as a blocking call would, which keeps a processor busy for as long as it takes: here only
// for a moment, then others may run, and after two milliseconds the thread sleeps.
static int wait(MPI_Request *request) {
  struct timespec nap = {0, 20000};
  for (long looks = 0;; looks++) {
    int done = 0;
    const int code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
    if (code || done) return code;
    if (looks < 200) continue;
    if (looks < 5000) {
      sched_yield();
      continue;
    }
    nanosleep(&nap, NULL);
    if (nap.tv_nsec < 1000000) nap.tv_nsec += nap.tv_nsec / 16;
  }
}

// The bytes of a call: counts and places are ints.
enum { most = 1 << 30 };

static int gather(const void *own, void *all, const int64_t *sizes) {
  int64_t total = 0;
  for (int r = 0; r < processes; r++) total += sizes[r];
  if (total <= most) {
    int place = 0;
    for (int r = 0; r < processes; r++) {
      counts[r] = (int)sizes[r];
      places[r] = place;
      place += counts[r];
    }
    MPI_Request request;
    const int code = MPI_Iallgatherv(
      own, counts[own_rank], MPI_BYTE, all, counts, places, MPI_BYTE, MPI_COMM_WORLD, &request);
    return code ? code : wait(&request);
  }
  // More than that goes from each process to all others in turn.
  char *place = all;
  for (int r = 0; r < processes; r++) {
    if (r == own_rank) memcpy(place, own, (size_t)sizes[r]);
    for (int64_t first = 0; first < sizes[r]; first += most) {
      const int64_t left = sizes[r] - first;
      MPI_Request request;
      int code = MPI_Ibcast(
        place + first, (int)(left < most ? left : most), MPI_BYTE, r, MPI_COMM_WORLD, &request);
      if (!code) code = wait(&request);
      if (code) return code;
    }
    place += sizes[r];
  }
  return MPI_SUCCESS;
}

static int broadcast(void *bytes, int64_t count) {
  for (int64_t first = 0; first < count; first += most) {
    const int64_t left = count - first;
    MPI_Request request;
    int code = MPI_Ibcast(
      (char *)bytes + first, (int)(left < most ? left : most), MPI_BYTE, 0, MPI_COMM_WORLD,
      &request);
    if (!code) code = wait(&request);
    if (code) return code;
  }
  return MPI_SUCCESS;
}

static void explain(int code, char *into, size_t size) {
  char text[MPI_MAX_ERROR_STRING] = "unknown";
  int length = 0;
  MPI_Error_string(code, text, &length);
  snprintf(into, size, "%s", text);
}

static void end(void) { MPI_Finalize(); }

const elbo_mpi_functions *elbo_mpi(void) {
  static const elbo_mpi_functions functions = {ELBO_MPI_ABI, sizeof functions, describe, begin,
                                               gather,       broadcast,        explain,  end};
  return &functions;
}
