// Counts what a thread allocates: malloc and its kin are defined here, in front of the C library's.
// Where a sanitizer has its own there, nothing is counted.
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/// Allocations by the calling thread since it began.
unsigned long allocations_of_this_thread(void);
/// Whether they are counted in this build.
int allocations_are_counted(void);

#endif
