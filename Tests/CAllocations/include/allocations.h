// Counts the allocations of a thread: defines malloc and its kin in front of the C library's. If a
// sanitizer defines them, nothing is counted.
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/// Returns the number of allocations by the calling thread since it began.
unsigned long allocations_of_this_thread(void);
/// Returns whether this build counts them.
int allocations_are_counted(void);

#endif
