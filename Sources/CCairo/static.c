// What scripts/static-build links with Debian's libcairo.a and libfreetype.a: the parts of their
// dependencies that charts use. A shared libcairo brings its own.

#include <ft2build.h>
#include <stdlib.h>

#include FT_FREETYPE_H
#include FT_MODULE_H

// FreeType with the modules that TrueType outlines need, without other formats and its own drawing.
extern const FT_Module_Class sfnt_module_class, tt_driver_class;

static void *reserve(FT_Memory memory, long size) {
  (void)memory;
  return malloc((size_t)size);
}

static void release(FT_Memory memory, void *block) {
  (void)memory;
  free(block);
}

static void *resize(FT_Memory memory, long old, long size, void *block) {
  (void)memory;
  (void)old;
  return realloc(block, (size_t)size);
}

static struct FT_MemoryRec_ memory = {0, reserve, release, resize};

FT_Error FT_Init_FreeType(FT_Library *library) {
  const FT_Module_Class *modules[] = {&sfnt_module_class, &tt_driver_class};
  FT_Error error = FT_New_Library(&memory, library);
  for (size_t i = 0; !error && i < sizeof modules / sizeof *modules; i++) {
    error = FT_Add_Module(*library, modules[i]);
    if (error) FT_Done_Library(*library);
  }
  return error;
}

FT_Error FT_Done_FreeType(FT_Library library) { return FT_Done_Library(library); }

// The one function of fontconfig that text in a given font needs.
FT_UInt FcFreeTypeCharIndex(FT_Face face, unsigned letter) {
  return FT_Get_Char_Index(face, letter);
}

// Fonts that are looked for by name, and those in WOFF2 files: never asked for.
#define ABSENT(name) \
  void name(void) { abort(); }
ABSENT(BrotliDecoderDecompress)
ABSENT(FcConfigGetCurrent)
ABSENT(FcConfigSubstitute)
ABSENT(FcDefaultSubstitute)
ABSENT(FcFontMatch)
ABSENT(FcInitBringUptoDate)
ABSENT(FcPatternAddBool)
ABSENT(FcPatternAddDouble)
ABSENT(FcPatternAddInteger)
ABSENT(FcPatternAddString)
ABSENT(FcPatternCreate)
ABSENT(FcPatternDel)
ABSENT(FcPatternDestroy)
ABSENT(FcPatternDuplicate)
ABSENT(FcPatternGet)
ABSENT(FcPatternGetBool)
ABSENT(FcPatternGetFTFace)
ABSENT(FcPatternGetInteger)
ABSENT(FcPatternGetString)
