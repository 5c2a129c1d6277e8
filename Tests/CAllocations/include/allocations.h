// Counts what a thread allocates: malloc and its kin are defined here, in front of the C library's.
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/// Allocations by the calling thread since it began.
unsigned long allocations_of_this_thread(void);

#endif
