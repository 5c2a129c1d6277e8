import CCairo
import CFont
import JSON
import Synchronization

/// DejaVu Sans, which is part of the program, so that no font has to be installed.
///
/// It is made once and kept: cairo holds on to the face of a font for as long as it likes.
struct Font: @unchecked Sendable {
  // `@unchecked Sendable` holds because cairo locks its faces, and nobody else uses this one.
  let face: OpaquePointer

  private static let made = Mutex<Font?>(nil)

  /// The font. Throws `memory` if there is not enough to open it; the next call tries again.
  static func shared() throws(Fault) -> Font {
    let font = made.withLock { made in
      if made == nil { made = Font() }
      return made
    }
    guard let font else { throw Fault(.memory, "FreeType could not open the font of charts") }
    return font
  }

  private init?() {
    var library: FT_Library?
    guard FT_Init_FreeType(&library) == 0, let library else { return nil }
    var outlines: FT_Face?
    guard
      FT_New_Memory_Face(library, elbo_font_bytes(), FT_Long(elbo_font_size()), 0, &outlines) == 0,
      let face = cairo_ft_font_face_create_for_ft_face(outlines, FT_Int32(FT_LOAD_NO_HINTING)),
      cairo_font_face_status(face) == CAIRO_STATUS_SUCCESS
    else {
      FT_Done_FreeType(library)
      return nil
    }
    self.face = face
  }

  /// Options with which letters are the same in every format and size: no grid is fitted.
  static func withOptions<Result>(_ body: (OpaquePointer?) -> Result) -> Result {
    let options = cairo_font_options_create()
    defer { cairo_font_options_destroy(options) }
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    return body(options)
  }

  /// Returns how far a line of text reaches, in pixels, at a size in pixels.
  func width(_ text: String, _ size: Double) throws(Fault) -> Double {
    var matrix = cairo_matrix_t()
    var identity = cairo_matrix_t()
    cairo_matrix_init_scale(&matrix, size, size)
    cairo_matrix_init_identity(&identity)
    let font = Self.withOptions { cairo_scaled_font_create(face, &matrix, &identity, $0) }
    defer { cairo_scaled_font_destroy(font) }
    var extents = cairo_text_extents_t()
    cairo_scaled_font_text_extents(font, text, &extents)
    try check(cairo_scaled_font_status(font))
    return extents.x_advance
  }

  /// Returns how far the longest of several texts reaches; 0 if there is none.
  func widest(_ texts: [String], _ size: Double) throws(Fault) -> Double {
    var widest = 0.0
    for text in texts { widest = max(widest, try width(text, size)) }
    return widest
  }

  /// Returns the text, or as many of its letters as fit into a width, with an ellipsis.
  func fitted(_ text: String, _ size: Double, to room: Double) throws(Fault) -> String {
    if try width(text, size) <= room { return text }
    var fits = 0
    var tooLong = text.count
    while fits + 1 < tooLong {
      let middle = (fits + tooLong) / 2
      if try width(text.prefix(middle) + "…", size) <= room {
        fits = middle
      } else {
        tooLong = middle
      }
    }
    return text.prefix(fits) + "…"
  }
}

/// Throws what cairo says: `memory` if there was not enough, or `io`, which nobody has seen.
func check(_ status: cairo_status_t) throws(Fault) {
  guard status != CAIRO_STATUS_SUCCESS else { return }
  let words = cairo_status_to_string(status).map { String(cString: $0) } ?? "\(status.rawValue)"
  throw Fault(status == CAIRO_STATUS_NO_MEMORY ? .memory : .io, "cairo: \(words)")
}

/// Returns a text that can be drawn on a line: of at most `limit` letters, with a space for each
/// line break and other control.
func legible(_ text: String, limit: Int = 90) -> String {
  var line = ""
  for scalar in text.unicodeScalars.prefix(limit) {
    let isControl =
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x2028..<0x2030, 0x2066..<0x206A, 0xFFFE...0xFFFF: true
      default: false
      }
    line.unicodeScalars.append(isControl ? " " : scalar)
  }
  return text.unicodeScalars.count > limit ? line + "…" : line
}
