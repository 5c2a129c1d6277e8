// The functions of libhdf5 that are called, declared as its versions from 1.10 on have them, so
// that neither its headers nor the library are needed to build.
#ifndef ELBO_HDF5_LIBRARY_H
#define ELBO_HDF5_LIBRARY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef int64_t hid_t;
typedef unsigned long long hsize_t;

// H5E_error2_t.
typedef struct {
  hid_t class, major, minor;
  unsigned line;
  const char *function, *file, *text;
} h5_error;

typedef int (*h5_walk)(unsigned depth, const h5_error *error, void *into);

// Result, name, parameters.
#define ELBO_HDF5_FUNCTIONS(F)                                                                    \
  F(int, H5open, (void))                                                                          \
  F(int, H5get_libversion, (unsigned *, unsigned *, unsigned *))                                  \
  F(int, H5Eset_auto2, (hid_t, void *, void *))                                                   \
  F(int, H5Ewalk2, (hid_t, int, h5_walk, void *))                                                 \
  F(int, H5PLset_loading_state, (unsigned))                                                       \
  F(hid_t, H5Fopen, (const char *, unsigned, hid_t))                                              \
  F(hid_t, H5Oopen, (hid_t, const char *, hid_t))                                                 \
  F(int, H5Oclose, (hid_t))                                                                       \
  F(int, H5Iget_type, (hid_t))                                                                    \
  F(int, H5Lexists, (hid_t, const char *, hid_t))                                                 \
  F(ssize_t, H5Lget_name_by_idx, (hid_t, const char *, int, int, hsize_t, char *, size_t, hid_t)) \
  F(hid_t, H5Dopen2, (hid_t, const char *, hid_t))                                                \
  F(int, H5Dclose, (hid_t))                                                                       \
  F(hid_t, H5Dget_space, (hid_t))                                                                 \
  F(hid_t, H5Dget_type, (hid_t))                                                                  \
  F(hid_t, H5Dget_create_plist, (hid_t))                                                          \
  F(hsize_t, H5Dget_storage_size, (hid_t))                                                        \
  F(uint64_t, H5Dget_offset, (hid_t))                                                             \
  F(int, H5Dread, (hid_t, hid_t, hid_t, hid_t, hid_t, void *))                                    \
  F(int, H5Dvlen_reclaim, (hid_t, hid_t, hid_t, void *))                                          \
  F(hid_t, H5Screate_simple, (int, const hsize_t *, const hsize_t *))                             \
  F(int, H5Sclose, (hid_t))                                                                       \
  F(int, H5Sget_simple_extent_type, (hid_t))                                                      \
  F(int, H5Sget_simple_extent_ndims, (hid_t))                                                     \
  F(int, H5Sget_simple_extent_dims, (hid_t, hsize_t *, hsize_t *))                                \
  F(int, H5Sselect_hyperslab,                                                                     \
    (hid_t, int, const hsize_t *, const hsize_t *, const hsize_t *, const hsize_t *))             \
  F(hid_t, H5Tcopy, (hid_t))                                                                      \
  F(hid_t, H5Tcreate, (int, size_t))                                                              \
  F(int, H5Tclose, (hid_t))                                                                       \
  F(int, H5Tinsert, (hid_t, const char *, size_t, hid_t))                                         \
  F(int, H5Tget_class, (hid_t))                                                                   \
  F(size_t, H5Tget_size, (hid_t))                                                                 \
  F(int, H5Tget_order, (hid_t))                                                                   \
  F(int, H5Tget_sign, (hid_t))                                                                    \
  F(size_t, H5Tget_precision, (hid_t))                                                            \
  F(int, H5Tget_offset, (hid_t))                                                                  \
  F(int, H5Tget_fields, (hid_t, size_t *, size_t *, size_t *, size_t *, size_t *))                \
  F(size_t, H5Tget_ebias, (hid_t))                                                                \
  F(int, H5Tis_variable_str, (hid_t))                                                             \
  F(int, H5Tset_size, (hid_t, size_t))                                                            \
  F(int, H5Tget_strpad, (hid_t))                                                                  \
  F(int, H5Tget_cset, (hid_t))                                                                    \
  F(int, H5Tset_cset, (hid_t, int))                                                               \
  F(hid_t, H5Tget_super, (hid_t))                                                                 \
  F(int, H5Tget_nmembers, (hid_t))                                                                \
  F(char *, H5Tget_member_name, (hid_t, unsigned))                                                \
  F(int, H5Tget_member_index, (hid_t, const char *))                                              \
  F(hid_t, H5Tget_member_type, (hid_t, unsigned))                                                 \
  F(int, H5free_memory, (void *))                                                                 \
  F(hid_t, H5Pcreate, (hid_t))                                                                    \
  F(int, H5Pclose, (hid_t))                                                                       \
  F(int, H5Pset_chunk_cache, (hid_t, size_t, size_t, double))                                     \
  F(int, H5Pget_layout, (hid_t))                                                                  \
  F(int, H5Pget_chunk, (hid_t, int, hsize_t *))                                                   \
  F(int, H5Pget_external_count, (hid_t))                                                          \
  F(int, H5Pget_nfilters, (hid_t))                                                                \
  F(int, H5Pget_filter2,                                                                          \
    (hid_t, unsigned, unsigned *, size_t *, unsigned *, size_t, char *, unsigned *))              \
  F(int, H5Zfilter_avail, (int))                                                                  \
  F(int, H5Aexists, (hid_t, const char *))                                                        \
  F(hid_t, H5Aopen, (hid_t, const char *, hid_t))                                                 \
  F(int, H5Aclose, (hid_t))                                                                       \
  F(hid_t, H5Aget_space, (hid_t))                                                                 \
  F(hid_t, H5Aget_type, (hid_t))                                                                  \
  F(int, H5Aread, (hid_t, hid_t, void *))

// Identifiers that libhdf5 keeps in variables.
#define ELBO_HDF5_VARIABLES(F)   \
  F(H5P_CLS_DATASET_ACCESS_ID_g) \
  F(H5T_STD_I64LE_g) F(H5T_STD_U64LE_g) F(H5T_IEEE_F64LE_g) F(H5T_C_S1_g)

typedef struct {
#define ELBO_HDF5_MEMBER(result, name, parameters) result(*name) parameters;
  ELBO_HDF5_FUNCTIONS(ELBO_HDF5_MEMBER)
#undef ELBO_HDF5_MEMBER
#define ELBO_HDF5_MEMBER(name) const hid_t *name;
  ELBO_HDF5_VARIABLES(ELBO_HDF5_MEMBER)
#undef ELBO_HDF5_MEMBER
} h5_library;

// The library, once elbo_hdf5_load has found it.
extern h5_library h5;

// H5T_class_t.
enum {
  H5_INTEGER,
  H5_FLOAT,
  H5_TIME,
  H5_STRING,
  H5_BITFIELD,
  H5_OPAQUE,
  H5_COMPOUND,
  H5_REFERENCE,
  H5_ENUM,
  H5_LIST_OF
};

// What the numbers of a type are, and how they are read: as they are, if they are of a kind that
// NumPy has.
typedef struct {
  char class;
  size_t width;
  int is_big_endian;
  // What libhdf5 converts to; the type itself if it does not.
  hid_t read;
} h5_element;

// Returns what the values of a type are.
h5_element elbo_hdf5_element(hid_t type);

// Reads the file at `path` and answers questions until they end.
_Noreturn void elbo_hdf5_serve(
  const char *path, int questions, int answers, int64_t *words, unsigned char *room);

// Takes from this process what it needs no more once its file is open.
void elbo_hdf5_confine(void);

#endif
