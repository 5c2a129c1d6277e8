#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elbo_hdf5.h"
#include "library.h"

// The child: it answers questions about one file. Whatever it opens and does not close is gone with
// the process, but what many questions open is closed.

enum { RANK = 32, MOST_NAMES = 64 };

// Values of libhdf5's enumerations, equal in its versions.
enum { GROUP = 2, DATASET = 5 };
enum { SIMPLE = 1, NO_SPACE = 2 };

typedef struct {
  int64_t *words;
  unsigned char *room;
  hid_t file;
  // The dataset that was last opened, with its path and the size of its cache.
  hid_t dataset;
  char path[4096];
  int64_t cache;
} reader;

static int note(unsigned depth, const h5_error *error, void *into) {
  if (depth == 0 && error->text) strncpy(into, error->text, 511);
  return 0;
}

// Writes what went wrong into the room, before another call clears libhdf5's account of it.
static int failed(unsigned char *room) {
  memset(room, 0, 512);
  h5.H5Ewalk2(0, 0, note, room);
  return ELBO_HDF5_FAILED;
}

// Appends a text to the room; returns 0 if it does not fit.
static int put(reader *r, size_t *end, const char *text, size_t length) {
  if (length > ELBO_HDF5_ROOM || *end + 4 + length > ELBO_HDF5_ROOM) return 0;
  const uint32_t size = (uint32_t)length;
  memcpy(r->room + *end, &size, 4);
  memcpy(r->room + *end + 4, text, length);
  *end += 4 + length;
  return 1;
}

// The length of a text in a field of `size` bytes.
static size_t length_of(const char *text, size_t size, int padding) {
  size_t length = strnlen(text, size);
  // H5T_STR_SPACEPAD.
  while (padding == 2 && length > 0 && text[length - 1] == ' ') length--;
  return length;
}

// The type of a dataset, or of a member of its records; -1 if there is no such member.
static hid_t type_of(hid_t dataset, const char *member) {
  const hid_t type = h5.H5Dget_type(dataset);
  if (type < 0 || !*member) return type;
  const int index =
    h5.H5Tget_class(type) == H5_COMPOUND ? h5.H5Tget_member_index(type, member) : -1;
  return index < 0 ? -1 : h5.H5Tget_member_type(type, (unsigned)index);
}

static hid_t dataset_at(reader *r, const char *path, int64_t cache) {
  if (r->dataset >= 0 && !strcmp(path, r->path) && cache == r->cache) return r->dataset;
  if (r->dataset >= 0) h5.H5Dclose(r->dataset);
  const hid_t access = h5.H5Pcreate(*h5.H5P_CLS_DATASET_ACCESS_ID_g);
  // The number of slots is a prime.
  if (access >= 0 && cache > 0) h5.H5Pset_chunk_cache(access, 12421, (size_t)cache, 1);
  r->dataset = h5.H5Dopen2(r->file, path, access < 0 ? 0 : access);
  if (access >= 0) h5.H5Pclose(access);
  strncpy(r->path, path, sizeof r->path - 1);
  r->cache = cache;
  return r->dataset;
}

static int look(reader *r, const char *path, const char *member) {
  int64_t *const words = r->words;
  const hid_t object = h5.H5Oopen(r->file, path, 0);
  if (object < 0) return ELBO_HDF5_DONE;
  const int kind = h5.H5Iget_type(object);
  h5.H5Oclose(object);
  if (*member && kind != DATASET) return ELBO_HDF5_DONE;
  words[ELBO_HDF5_KIND] = kind == GROUP ? 'g' : kind == DATASET ? 'd' : '?';
  if (kind != DATASET) return ELBO_HDF5_DONE;
  const hid_t dataset = dataset_at(r, path, 0);
  if (dataset < 0) return failed(r->room);
  const hid_t type = type_of(dataset, member);
  if (type < 0) {
    // Records without this member.
    words[ELBO_HDF5_KIND] = *member ? 0 : 'd';
    return *member ? ELBO_HDF5_DONE : failed(r->room);
  }
  const h5_element element = elbo_hdf5_element(type);
  words[ELBO_HDF5_CLASS] = element.class;
  words[ELBO_HDF5_WIDTH] = (int64_t)element.width;
  words[ELBO_HDF5_IS_BIG_ENDIAN] = element.is_big_endian;
  words[ELBO_HDF5_IS_CONVERTED] = *member || element.read != type;
  const hid_t whole = h5.H5Dget_type(dataset);
  words[ELBO_HDF5_RECORD] = (int64_t)h5.H5Tget_size(whole);
  const hid_t space = h5.H5Dget_space(dataset);
  const int rank = h5.H5Sget_simple_extent_ndims(space);
  if (space < 0 || rank < 0 || rank > RANK) return failed(r->room);
  hsize_t extents[RANK] = {0};
  if (rank > 0 && h5.H5Sget_simple_extent_dims(space, extents, NULL) < 0) return failed(r->room);
  words[ELBO_HDF5_RANK] = h5.H5Sget_simple_extent_type(space) == NO_SPACE ? -1 : rank;
  h5.H5Sclose(space);
  for (int i = 0; i < rank; i++) words[ELBO_HDF5_EXTENTS + i] = (int64_t)extents[i];
  words[ELBO_HDF5_STORED] = (int64_t)h5.H5Dget_storage_size(dataset);
  const hid_t made = h5.H5Dget_create_plist(dataset);
  if (made < 0) return failed(r->room);
  const int layout = h5.H5Pget_layout(made);
  words[ELBO_HDF5_LAYOUT] = layout == 0 ? 'k' : layout == 1 ? 'n' : layout == 2 ? 'c' : 'v';
  if (layout == 1 && h5.H5Pget_external_count(made) > 0) words[ELBO_HDF5_LAYOUT] = 'e';
  words[ELBO_HDF5_OFFSET] = layout == 1 ? (int64_t)h5.H5Dget_offset(dataset) : -1;
  hsize_t chunk[RANK] = {0};
  if (layout == 2 && h5.H5Pget_chunk(made, RANK, chunk) != rank) return failed(r->room);
  for (int i = 0; i < rank; i++) words[ELBO_HDF5_CHUNK + i] = (int64_t)chunk[i];
  const int filters = h5.H5Pget_nfilters(made);
  words[ELBO_HDF5_FILTERS] = filters;
  for (int i = 0; i < filters; i++) {
    unsigned flags, values[8], settings;
    size_t count = 8;
    const int filter =
      h5.H5Pget_filter2(made, (unsigned)i, &flags, &count, values, 0, NULL, &settings);
    if (filter > 0 && h5.H5Zfilter_avail(filter) <= 0) words[ELBO_HDF5_MISSING_FILTER] = filter;
  }
  h5.H5Pclose(made);
  return ELBO_HDF5_DONE;
}

// Writes the names in a group, or those of the members of records, at most 64.
static int list(reader *r, const char *path) {
  size_t end = 0;
  int64_t count = 0;
  const hid_t object = h5.H5Oopen(r->file, path, 0);
  if (object < 0) return failed(r->room);
  const int is_dataset = h5.H5Iget_type(object) == DATASET;
  const hid_t type = is_dataset ? h5.H5Dget_type(object) : -1;
  const int members = type >= 0 ? h5.H5Tget_nmembers(type) : 0;
  for (; count < MOST_NAMES; count++) {
    char name[1024] = {0};
    if (is_dataset) {
      char *const member = count < members ? h5.H5Tget_member_name(type, (unsigned)count) : NULL;
      if (!member || !put(r, &end, member, strlen(member))) break;
      h5.H5free_memory(member);
    } else {
      const ssize_t length =
        h5.H5Lget_name_by_idx(object, ".", 0, 0, (hsize_t)count, name, sizeof name, 0);
      if (length < 0 || !put(r, &end, name, strnlen(name, sizeof name))) break;
    }
  }
  h5.H5Oclose(object);
  r->words[ELBO_HDF5_SIZE] = count;
  return ELBO_HDF5_DONE;
}

// Reads what `space` selects into memory, where it is plain.
typedef int (*read_texts)(hid_t source, hid_t type, hid_t plain, hid_t space, void *into);

// Reads `count` texts of a dataset or an attribute into the room, as many as fit.
static int texts_of(
  reader *r, read_texts read, hid_t source, hid_t type, const char *member, hid_t space,
  size_t count) {
  const int is_variable = h5.H5Tis_variable_str(type) > 0;
  const size_t width = is_variable ? sizeof(char *) : h5.H5Tget_size(type);
  const int padding = h5.H5Tget_strpad(type);
  if (width == 0 || count > ((size_t)1 << 26) / width) return failed(r->room);
  hid_t memory = type;
  if (is_variable) {
    memory = h5.H5Tcopy(*h5.H5T_C_S1_g);
    if (
      memory < 0 || h5.H5Tset_size(memory, (size_t)-1) < 0 ||
      h5.H5Tset_cset(memory, h5.H5Tget_cset(type)) < 0)
      return failed(r->room);
  }
  if (*member) {
    const hid_t record = h5.H5Tcreate(H5_COMPOUND, width);
    if (record < 0 || h5.H5Tinsert(record, member, 0, memory) < 0) return failed(r->room);
    memory = record;
  }
  const hsize_t extent = count;
  const hid_t plain = h5.H5Screate_simple(1, &extent, NULL);
  char *const fields = calloc(count + 1, width);
  if (!fields || plain < 0 || read(source, memory, plain, space, fields) < 0) {
    free(fields);
    return failed(r->room);
  }
  size_t end = 0, done = 0;
  for (; done < count; done++) {
    const char *text = fields + done * width;
    if (is_variable) memcpy(&text, fields + done * width, sizeof text);
    const size_t length = !text ? 0 : is_variable ? strlen(text) : length_of(text, width, padding);
    if (!put(r, &end, text ? text : "", length)) break;
  }
  if (is_variable) h5.H5Dvlen_reclaim(memory, plain, 0, fields);
  free(fields);
  h5.H5Sclose(plain);
  if (memory != type) h5.H5Tclose(memory);
  r->words[ELBO_HDF5_SIZE] = (int64_t)done;
  return ELBO_HDF5_DONE;
}

static int read_dataset(hid_t source, hid_t type, hid_t plain, hid_t space, void *into) {
  return h5.H5Dread(source, type, plain, space, 0, into);
}

static int read_attribute(hid_t source, hid_t type, hid_t plain, hid_t space, void *into) {
  (void)plain, (void)space;
  return h5.H5Aread(source, type, into);
}

// Reads the selected numbers or texts of a dataset.
static int read_part(
  reader *r, const char *path, const char *member, int64_t cache, const hsize_t *start,
  const hsize_t *count) {
  const hid_t dataset = dataset_at(r, path, cache);
  const hid_t type = dataset < 0 ? -1 : type_of(dataset, member);
  const hid_t space = dataset < 0 ? -1 : h5.H5Dget_space(dataset);
  if (type < 0 || space < 0) return failed(r->room);
  const int rank = h5.H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > RANK) return failed(r->room);
  size_t total = 1;
  for (int i = 0; i < rank; i++)
    if (__builtin_mul_overflow(total, (size_t)count[i], &total)) return failed(r->room);
  if (rank > 0 && h5.H5Sselect_hyperslab(space, 0, start, NULL, count, NULL) < 0)
    return failed(r->room);
  const h5_element element = elbo_hdf5_element(type);
  int status = ELBO_HDF5_DONE;
  if (element.class == 's') {
    status = texts_of(r, read_dataset, dataset, type, member, space, total);
  } else if (
    strchr("biuf", element.class) && element.width > 0 && total <= ELBO_HDF5_ROOM / element.width) {
    hid_t memory = element.read;
    if (*member) {
      memory = h5.H5Tcreate(H5_COMPOUND, element.width);
      if (memory < 0 || h5.H5Tinsert(memory, member, 0, element.read) < 0) return failed(r->room);
    }
    const hsize_t one = 1;
    // With extents like the dataset's, which libhdf5 copies without looking at each number.
    const hid_t plain = h5.H5Screate_simple(rank > 0 ? rank : 1, rank > 0 ? count : &one, NULL);
    if (plain < 0 || h5.H5Dread(dataset, memory, plain, space, 0, r->room) < 0)
      status = failed(r->room);
    if (plain >= 0) h5.H5Sclose(plain);
    r->words[ELBO_HDF5_SIZE] = (int64_t)(total * element.width);
  } else {
    status = failed(r->room);
  }
  h5.H5Sclose(space);
  h5.H5Tclose(type);
  return status;
}

// Writes the integers or the texts of an attribute.
static int attribute_of(reader *r, const char *path, const char *name) {
  const hid_t object = h5.H5Oopen(r->file, path, 0);
  if (object < 0 || h5.H5Aexists(object, name) <= 0) {
    if (object >= 0) h5.H5Oclose(object);
    return ELBO_HDF5_DONE;
  }
  const hid_t attribute = h5.H5Aopen(object, name, 0);
  const hid_t type = attribute < 0 ? -1 : h5.H5Aget_type(attribute);
  const hid_t space = attribute < 0 ? -1 : h5.H5Aget_space(attribute);
  if (type < 0 || space < 0) return failed(r->room);
  r->words[ELBO_HDF5_KIND] = '?';
  int status = ELBO_HDF5_DONE;
  const int rank = h5.H5Sget_simple_extent_ndims(space);
  hsize_t extent = 1;
  if (rank == 1) h5.H5Sget_simple_extent_dims(space, &extent, NULL);
  const int is_empty = h5.H5Sget_simple_extent_type(space) == NO_SPACE;
  const int class = h5.H5Tget_class(type);
  if (rank > 1 || extent > MOST_NAMES || is_empty) {
    // It is there, but no such attribute is asked for.
  } else if (class == H5_STRING) {
    r->words[ELBO_HDF5_KIND] = 's';
    status = texts_of(r, read_attribute, attribute, type, "", space, (size_t)extent);
  } else if (class == H5_INTEGER) {
    r->words[ELBO_HDF5_KIND] = 'i';
    r->words[ELBO_HDF5_SIZE] = (int64_t)extent;
    int64_t *const into = r->words + ELBO_HDF5_INTEGERS;
    if (h5.H5Aread(attribute, *h5.H5T_STD_I64LE_g, into) < 0) status = failed(r->room);
  }
  h5.H5Aclose(attribute);
  h5.H5Oclose(object);
  return status;
}

static int answer(reader *r, int64_t question) {
  char path[4096] = {0}, name[4096] = {0};
  const unsigned char *const room = r->room;
  const size_t length = strnlen((const char *)room, sizeof path - 1);
  memcpy(path, room, length);
  memcpy(name, room + length + 1, strnlen((const char *)room + length + 1, sizeof name - 1));
  const int64_t cache = r->words[ELBO_HDF5_CACHE];
  hsize_t start[RANK], count[RANK];
  for (int i = 0; i < RANK; i++) {
    start[i] = (hsize_t)r->words[ELBO_HDF5_START + i];
    count[i] = (hsize_t)r->words[ELBO_HDF5_COUNT + i];
  }
  memset(r->words, 0, ELBO_HDF5_WORDS * sizeof *r->words);
  switch (question) {
    case ELBO_HDF5_LOOK:
      return look(r, path, name);
    case ELBO_HDF5_LIST:
      return list(r, path);
    case ELBO_HDF5_ATTRIBUTE:
      return attribute_of(r, path, name);
    case ELBO_HDF5_READ:
      return read_part(r, path, name, cache, start, count);
    default:
      return failed(r->room);
  }
}

_Noreturn void elbo_hdf5_serve(
  const char *path, int questions, int answers, int64_t *words, unsigned char *room) {
  static reader r;
  r = (reader){.words = words, .room = room, .file = -1, .dataset = -1};
  unsigned major = 0, minor = 0, release = 0;
  int64_t status = ELBO_HDF5_FAILED;
  if (h5.H5open() >= 0 && h5.H5get_libversion(&major, &minor, &release) >= 0) {
    // Nothing is printed, and no plug-in is loaded.
    h5.H5Eset_auto2(0, NULL, NULL);
    h5.H5PLset_loading_state(0);
    r.file = h5.H5Fopen(path, 0, 0);
    status = r.file < 0 ? failed(room) : ELBO_HDF5_DONE;
  }
  elbo_hdf5_confine();
  for (;;) {
    words[0] = status;
    char mark = 0;
    while (write(answers, &mark, 1) < 0)
      if (errno != EINTR) _exit(0);
    ssize_t got;
    while ((got = read(questions, &mark, 1)) < 0 && errno == EINTR) {
    }
    if (got <= 0) _exit(0);
    status = answer(&r, words[0]);
  }
}
