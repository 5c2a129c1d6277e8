#include <string.h>

#include "library.h"

enum { BIG_ENDIAN_ORDER = 1, NO_ORDER = 4 };

static int is_ieee(hid_t type, size_t width) {
  size_t sign, exponent, exponent_bits, fraction, fraction_bits;
  if (h5.H5Tget_fields(type, &sign, &exponent, &exponent_bits, &fraction, &fraction_bits) < 0)
    return 0;
  const size_t bits = width == 2 ? 5 : width == 4 ? 8 : 11;
  return (width == 2 || width == 4 || width == 8) && exponent_bits == bits && fraction == 0 &&
         fraction_bits == 8 * width - 1 - bits && exponent == fraction_bits &&
         sign == 8 * width - 1 && h5.H5Tget_ebias(type) == ((size_t)1 << (bits - 1)) - 1;
}

static int is_truth(hid_t type) {
  if (h5.H5Tget_nmembers(type) != 2 || h5.H5Tget_size(type) != 1) return 0;
  char *const first = h5.H5Tget_member_name(type, 0);
  const int is = first && (!strcmp(first, "FALSE") || !strcmp(first, "TRUE"));
  if (first) h5.H5free_memory(first);
  return is;
}

h5_element elbo_hdf5_element(hid_t type) {
  h5_element found = {'?', h5.H5Tget_size(type), 0, type};
  int class = h5.H5Tget_class(type);
  int truth = 0;
  if (class == H5_ENUM) {
    truth = is_truth(type);
    type = h5.H5Tget_super(type);
    class = type < 0 ? H5_OPAQUE : h5.H5Tget_class(type);
  }
  if (class == H5_INTEGER || class == H5_FLOAT || class == H5_BITFIELD) {
    const int order = h5.H5Tget_order(type);
    const int is_known = order == 0 || order == BIG_ENDIAN_ORDER || order == NO_ORDER;
    const size_t width = found.width;
    const int is_whole = h5.H5Tget_precision(type) == 8 * width && h5.H5Tget_offset(type) == 0;
    found.is_big_endian = order == BIG_ENDIAN_ORDER;
    if (class == H5_FLOAT) {
      found.class = 'f';
      if (is_known && is_whole && is_ieee(type, width)) return found;
      return (h5_element){'f', 8, 0, *h5.H5T_IEEE_F64LE_g};
    }
    const int has_sign = class == H5_INTEGER && h5.H5Tget_sign(type) == 1;
    found.class = truth ? 'b' : has_sign ? 'i' : 'u';
    if (is_known && is_whole && (width == 1 || width == 2 || width == 4 || width == 8))
      return found;
    if (class == H5_BITFIELD || width > 8) return (h5_element){'?', width, 0, type};
    return (h5_element){found.class, 8, 0, has_sign ? *h5.H5T_STD_I64LE_g : *h5.H5T_STD_U64LE_g};
  }
  found.class = class == H5_STRING      ? 's'
                : class == H5_COMPOUND  ? 'c'
                : class == H5_REFERENCE ? 'r'
                : class >= H5_LIST_OF   ? 'l'
                                        : '?';
  return found;
}
