import JSON
import Tensors

extension Raster {
  /// Returns the raster in any format: as PNG, or as an SVG or PDF page with the same pixels
  /// embedded.
  package func picture(_ format: Picture.Format) throws(Fault) -> Picture {
    let png = try png()
    return switch format {
    case .png: Picture(.png, png)
    case .svg: Picture(.svg, svg(embedding: png))
    case .pdf: Picture(.pdf, pdf(embedding: png))
    }
  }

  private func svg(embedding png: [UInt8]) -> [UInt8] {
    let extent = "width=\"\(width)\" height=\"\(height)\""
    var page = Array(
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
      \(extent) viewBox="0 0 \(width) \(height)">
      <image \(extent) style="image-rendering:pixelated" xlink:href="data:image/png;base64,
      """.utf8)
    page += Base64.encode(png).utf8
    page += "\"/>\n</svg>\n".utf8
    return page
  }

  /// Returns one page that shows the pixels at 96 to the inch.
  ///
  /// The data chunks of a PNG, joined, are one zlib stream of filtered rows, and PDF has the same
  /// filters as "predictor 15", so the compressed pixels are copied unchanged.
  private func pdf(embedding png: [UInt8]) -> [UInt8] {
    let pixels = Self.dataChunks(of: png)
    let wide = Double(width) * 0.75
    let high = Double(height) * 0.75
    let placement = Array("q \(wide) 0 0 \(high) 0 0 cm /Pixels Do Q".utf8)
    let rows = "/Predictor 15 /Colors 1 /BitsPerComponent 8 /Columns \(width)"
    let objects: [(dictionary: String, stream: [UInt8]?)] = [
      ("/Type /Catalog /Pages 2 0 R", nil),
      ("/Type /Pages /Kids [3 0 R] /Count 1", nil),
      (
        "/Type /Page /Parent 2 0 R /MediaBox [0 0 \(wide) \(high)] /Contents 5 0 R "
          + "/Resources << /XObject << /Pixels 4 0 R >> >>", nil
      ),
      (
        "/Type /XObject /Subtype /Image /Width \(width) /Height \(height) "
          + "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode "
          + "/DecodeParms << \(rows) >> /Length \(pixels.count)", pixels
      ),
      ("/Length \(placement.count)", placement),
    ]
    // The second line's bytes above 127 tell transfer programs that the file is binary.
    var file = Array("%PDF-1.4\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 0x0A]
    var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for (position, object) in objects.enumerated() {
      let offset = String(file.count)
      table += String(repeating: "0", count: 10 - offset.count) + offset + " 00000 n \n"
      file += "\(position + 1) 0 obj\n<< \(object.dictionary) >>\n".utf8
      if let stream = object.stream {
        file += Array("stream\n".utf8) + stream + Array("\nendstream\n".utf8)
      }
      file += "endobj\n".utf8
    }
    let start = file.count
    file += table.utf8
    file += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\n".utf8
    file += "startxref\n\(start)\n%%EOF\n".utf8
    return file
  }

  /// Returns the joined contents of the IDAT chunks of a PNG file that `png` made.
  private static func dataChunks(of png: [UInt8]) -> [UInt8] {
    var data: [UInt8] = []
    var place = 8
    while place + 12 <= png.count {
      let length = png[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      let body = place + 8..<min(place + 8 + length, png.count)
      if png[place + 4..<place + 8].elementsEqual("IDAT".utf8) { data += png[body] }
      place += 12 + length
    }
    return data
  }
}
