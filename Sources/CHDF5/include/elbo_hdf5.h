#ifndef ELBO_HDF5_H
#define ELBO_HDF5_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// HDF5 files through libhdf5, which reads them in a process of its own.
//
// Damaged files are known to crash libhdf5. So it is loaded by this process, but only called in a
// child, made by fork. The child has one open file, bounded memory and no rights; it shares a board
// of memory with this process, on which questions and answers are written. It is C, since only the
// thread that called fork is in the child, while another may hold a lock of Swift's runtime.

// The board: words for numbers, then room for bytes.
enum { ELBO_HDF5_WORDS = 256, ELBO_HDF5_ROOM = 1 << 22 };

// The first word is the question, and then the answer's status.
enum { ELBO_HDF5_OPEN, ELBO_HDF5_LOOK, ELBO_HDF5_LIST, ELBO_HDF5_ATTRIBUTE, ELBO_HDF5_READ };
enum { ELBO_HDF5_DONE, ELBO_HDF5_FAILED };

// Words of questions. The room holds two texts: a path, and a member of the records there, or an
// attribute.
enum { ELBO_HDF5_CACHE = 1, ELBO_HDF5_START = 2, ELBO_HDF5_COUNT = 34 };

// Words of answers. The room holds a message if the question failed; texts are their length in four
// bytes, and their bytes.
enum {
  // What is there: nothing, 'g' for a group, 'd' for a dataset, '?' for anything else; of an
  // attribute, nothing, 'i' for integers, 's' for texts, '?'.
  ELBO_HDF5_KIND = 1,
  // 'b', 'i', 'u', 'f' for truth values, integers with and without sign, and floats; 's' for texts,
  // 'c' for records, 'r' for references, 'l' for lists, '?' for others.
  ELBO_HDF5_CLASS,
  // The bytes of a number as it is read.
  ELBO_HDF5_WIDTH,
  // Whether it is not read as it stands in the file.
  ELBO_HDF5_IS_CONVERTED,
  // The bytes of a record, or of a number, in a chunk.
  ELBO_HDF5_RECORD,
  ELBO_HDF5_IS_BIG_ENDIAN,
  // The number of extents; -1 for a dataset without a value.
  ELBO_HDF5_RANK,
  // The bytes that the dataset takes in its file.
  ELBO_HDF5_STORED,
  // 'k' for compact, 'n' for contiguous, 'c' for chunks, 'v' for virtual, 'e' for external files.
  ELBO_HDF5_LAYOUT,
  // Where a contiguous dataset begins in its file; -1 if that is not known.
  ELBO_HDF5_OFFSET,
  // The number of a filter that libhdf5 does not have; 0 if it has all.
  ELBO_HDF5_MISSING_FILTER,
  ELBO_HDF5_FILTERS,
  // The number of bytes, or of texts, in the room, or of integers.
  ELBO_HDF5_SIZE,
  ELBO_HDF5_EXTENTS = 40,
  ELBO_HDF5_CHUNK = 72,
  ELBO_HDF5_INTEGERS = 104
};

// Loads libhdf5; returns 0 if it is here.
int elbo_hdf5_load(void);

// A process that reads one file.
typedef struct {
  pid_t process;
  // Where questions are announced, and where answers are: a byte each.
  int questions;
  int answers;
  // The other end of the questions, kept open so that a dead process raises no signal.
  int asked;
  int64_t *words;
  unsigned char *room;
} elbo_hdf5_reader;

// Starts a process that opens `file`, a descriptor, with `memory` bytes to work with. Its first
// answer comes without a question. Returns 0, or the number of the system's error.
int elbo_hdf5_start(int file, size_t memory, elbo_hdf5_reader *reader);

// Ends the process; returns its status.
int elbo_hdf5_stop(elbo_hdf5_reader *reader);

// Lends the process more memory; returns 0 if that succeeds.
int elbo_hdf5_lend(const elbo_hdf5_reader *reader, size_t memory);

// Nanoseconds for which the process has run.
int64_t elbo_hdf5_time(const elbo_hdf5_reader *reader);

#endif
