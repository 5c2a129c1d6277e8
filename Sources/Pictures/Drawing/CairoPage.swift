import CCairo
import Glibc
import JSON

/// A page that cairo draws marks on. Its errors are kept until `finish`, as cairo keeps them.
private final class CairoPage {
  private let surface: OpaquePointer?
  private let context: OpaquePointer?
  private let font: Font
  /// Whether letters are kept as text, or filled as any shape: cairo's own images of letters crash
  /// where there is no memory for them (1.16).
  private let keepsText: Bool

  /// Owns `surface`; its units become pixels of the drawing, with `corner` at the upper left.
  init(
    _ surface: OpaquePointer?, scale: Double = 1, corner: Point = Point(x: 0, y: 0),
    keepsText: Bool
  ) throws(Fault) {
    font = try Font.shared()
    self.keepsText = keepsText
    self.surface = surface
    context = cairo_create(surface)
    cairo_scale(context, scale, scale)
    cairo_translate(context, -corner.x, -corner.y)
    cairo_set_font_face(context, font.face)
    Font.withOptions { cairo_set_font_options(context, $0) }
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_source_rgb(context, 1, 1, 1)
    cairo_paint(context)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// Ends the page. Throws if anything on it could not be drawn.
  func finish() throws(Fault) {
    cairo_show_page(context)
    try check(cairo_status(context))
    cairo_surface_finish(surface)
    try check(cairo_surface_status(surface))
  }

  /// `pixels` draws the rasters.
  func draw(_ marks: [Mark], pixels: (Raster, Int, Int) -> Void) throws(Fault) {
    for mark in marks {
      switch mark {
      case .area(let points, let ink):
        trace(points)
        cairo_close_path(context)
        set(ink)
        cairo_fill(context)
      case .boxes(let boxes, let ink):
        for box in boxes { cairo_rectangle(context, box.x, box.y, box.width, box.height) }
        set(ink)
        cairo_fill(context)
      case .dots(let points, let radius, let ink):
        set(ink)
        for (place, point) in points.enumerated() {
          cairo_new_sub_path(context)
          cairo_arc(context, point.x, point.y, radius, 0, 2 * .pi)
          // A shape of many dots would take memory for all of them.
          if place % 256 == 255 { cairo_fill(context) }
        }
        cairo_fill(context)
      case .group(_, let marks): try draw(marks, pixels: pixels)
      case .line(let points, let pen):
        trace(points)
        set(pen.ink)
        cairo_set_line_width(context, pen.width)
        cairo_set_dash(context, pen.dashes, Int32(pen.dashes.count), 0)
        cairo_stroke(context)
      case .pixels(let raster, let x, let y): pixels(raster, x, y)
      case .words(let words): try write(words)
      }
    }
  }

  /// Draws a raster as an image of its own, for a page that keeps images.
  func place(_ raster: Raster, _ x: Int, _ y: Int) {
    for part in Tile.all(of: raster.width, raster.height) {
      let image = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, Int32(part.width), Int32(part.height))
      defer { cairo_surface_destroy(image) }
      cairo_surface_flush(image)
      if let data = cairo_image_surface_get_data(image) {
        let stride = Int(cairo_image_surface_get_stride(image))
        for row in 0..<part.height {
          let line = UnsafeMutableRawPointer(data + row * stride)
          for column in 0..<part.width {
            let grey = UInt32(raster[part.x + column, part.y + row])
            line.storeBytes(of: grey * 0x010101, toByteOffset: column * 4, as: UInt32.self)
          }
        }
        cairo_surface_mark_dirty(image)
      }
      cairo_set_source_surface(context, image, Double(x + part.x), Double(y + part.y))
      cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
      cairo_rectangle(
        context, Double(x + part.x), Double(y + part.y), Double(part.width), Double(part.height))
      cairo_fill(context)
    }
  }

  private func set(_ ink: Ink) {
    let parts = ink.parts.map { Double($0) / 255 }
    cairo_set_source_rgb(context, parts[0], parts[1], parts[2])
  }

  private func trace(_ points: [Point]) {
    // Words leave the place after their last letter.
    cairo_new_path(context)
    for point in points { cairo_line_to(context, point.x, point.y) }
  }

  private func write(_ words: Words) throws(Fault) {
    let shift =
      switch words.anchor {
      case .start: 0.0
      case .middle: try font.width(words.text, words.size) / 2
      case .end: try font.width(words.text, words.size)
      }
    cairo_save(context)
    cairo_translate(context, words.place.x, words.place.y)
    if words.isUpright { cairo_rotate(context, -.pi / 2) }
    cairo_new_path(context)
    cairo_move_to(context, -shift, 0)
    cairo_set_font_size(context, words.size)
    set(words.ink)
    if keepsText {
      cairo_show_text(context, words.text)
    } else {
      cairo_text_path(context, words.text)
      cairo_fill(context)
    }
    cairo_restore(context)
  }
}

/// A part of an image that cairo can hold: it has at most 32,767 pixels a side.
struct Tile: Equatable {
  let x: Int
  let y: Int
  let width: Int
  let height: Int

  static func all(of width: Int, _ height: Int, side: Int = 2048) -> [Tile] {
    stride(from: 0, to: height, by: side).flatMap { y in
      stride(from: 0, to: width, by: side).map { x in
        Tile(x: x, y: y, width: min(side, width - x), height: min(side, height - y))
      }
    }
  }
}

extension Drawing {
  /// Returns the drawing as pixels, grey if it has no colour.
  func raster() throws(Fault) -> Raster {
    var whole = Raster(width: width, height: height, channels: isGrey ? 1 : 3, value: 255)
    var rasters: [(raster: Raster, x: Int, y: Int)] = []
    for tile in Tile.all(of: width, height) {
      let image = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, Int32(tile.width), Int32(tile.height))
      let page = try CairoPage(
        image, corner: Point(x: Double(tile.x), y: Double(tile.y)), keepsText: false)
      rasters = []
      try page.draw(marks) { rasters.append(($0, $1, $2)) }
      cairo_surface_flush(image)
      guard let data = cairo_image_surface_get_data(image) else {
        throw Fault(.memory, "cairo: no memory for \(tile.width)x\(tile.height) pixels")
      }
      let stride = Int(cairo_image_surface_get_stride(image))
      for row in 0..<tile.height {
        let line = UnsafeRawPointer(data + row * stride)
        for column in 0..<tile.width {
          let rgb = line.load(fromByteOffset: column * 4, as: UInt32.self)
          whole.set(tile.x + column, tile.y + row, rgb)
        }
      }
      try page.finish()
    }
    // Rasters lie over nothing else and keep their pixels to the bit.
    for (raster, x, y) in rasters { whole.put(raster, x, y) }
    return whole
  }

  /// Returns the drawing as a page of PDF, with its letters.
  func pdf() throws(Fault) -> [UInt8] {
    let output = Output()
    // A page that is given up writes too, so it must not outlive the output.
    try withExtendedLifetime(output) { (output) throws(Fault) in
      // 72 points to the inch.
      let surface = cairo_pdf_surface_create_for_stream(
        Output.append, Unmanaged.passUnretained(output).toOpaque(), Double(width) * 0.75,
        Double(height) * 0.75)
      cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, title)
      // The same drawing makes the same bytes on every day.
      cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "")
      // While it ends a file, cairo forgets that there was no memory for its font (1.16).
      errno = 0
      let page = try CairoPage(surface, scale: 0.75, keepsText: true)
      try page.draw(marks) { page.place($0, $1, $2) }
      try page.finish()
      try check(errno == ENOMEM ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS)
    }
    return output.bytes
  }
}

/// The bytes that cairo writes.
private final class Output {
  private(set) var bytes: [UInt8] = []

  static let append: cairo_write_func_t = { output, bytes, count in
    guard let output, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
    Unmanaged<Output>.fromOpaque(output).takeUnretainedValue().bytes
      .append(contentsOf: UnsafeBufferPointer(start: bytes, count: Int(count)))
    return CAIRO_STATUS_SUCCESS
  }
}
