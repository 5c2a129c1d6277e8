import JSON
import Tensors

extension Drawing {
  /// Returns the drawing as SVG: text stays text, and what belongs together has a title.
  func svg() throws(Fault) -> [UInt8] {
    var page = SVGPage()
    page.text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" \
      width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
      font-family="DejaVu Sans, Verdana, sans-serif">
      <title>\(escaped(title))</title>
      <rect width="\(width)" height="\(height)" fill="#FFFFFF"/>

      """
    for mark in marks { try page.draw(mark) }
    return Array((page.text + "</svg>\n").utf8)
  }
}

private struct SVGPage {
  var text = ""

  mutating func draw(_ mark: Mark) throws(Fault) {
    switch mark {
    case .area(let points, let ink):
      text += "<path d=\"\(path(points))Z\" fill=\"\(ink.name)\"/>\n"
    case .boxes(let boxes, let ink):
      let path = boxes.map { box in
        "M\(short(box.x)),\(short(box.y))h\(short(box.width))v\(short(box.height))h\(short(-box.width))z"
      }
      text += "<path d=\"\(path.joined(separator: "\n"))\" fill=\"\(ink.name)\"/>\n"
    case .dots(let points, let radius, let ink):
      // A line of no length with round ends.
      let path = points.map { "M\(short($0.x)),\(short($0.y))h0" }
      text += "<path d=\"\(path.joined(separator: "\n"))\" fill=\"none\" stroke=\"\(ink.name)\" "
      text += "stroke-width=\"\(short(radius * 2))\" stroke-linecap=\"round\"/>\n"
    case .group(let title, let marks):
      text += "<g>\n<title>\(escaped(title))</title>\n"
      for mark in marks { try draw(mark) }
      text += "</g>\n"
    case .line(let points, let pen):
      text += "<path d=\"\(path(points))\" fill=\"none\" stroke=\"\(pen.ink.name)\" "
      text += "stroke-width=\"\(short(pen.width))\" stroke-linejoin=\"round\""
      if !pen.dashes.isEmpty {
        text += " stroke-dasharray=\"\(pen.dashes.map(short).joined(separator: " "))\""
      }
      text += "/>\n"
    case .pixels(let raster, let x, let y):
      text += "<image x=\"\(x)\" y=\"\(y)\" width=\"\(raster.width)\" height=\"\(raster.height)\" "
      text += "style=\"image-rendering:pixelated\" xlink:href=\"data:image/png;base64,"
      text += Base64.encode(try raster.png())
      text += "\"/>\n"
    case .words(let words):
      let (x, y) = (short(words.place.x), short(words.place.y))
      text += "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(short(words.size))\""
      text += " fill=\"\(words.ink.name)\""
      if words.anchor != .start { text += " text-anchor=\"\(words.anchor.rawValue)\"" }
      if words.isUpright { text += " transform=\"rotate(-90 \(x) \(y))\"" }
      text += ">\(escaped(words.text))</text>\n"
    }
  }

  /// A path through the points, with a line break now and then.
  private func path(_ points: [Point]) -> String {
    var path = ""
    for (place, point) in points.enumerated() {
      path += place == 0 ? "M" : place % 8 == 0 ? "\nL" : "L"
      path += "\(short(point.x)),\(short(point.y))"
    }
    return path
  }
}

/// Returns a number of pixels to a hundredth.
private func short(_ value: Double) -> String {
  let hundredths = (value * 100).rounded()
  let text = "\(hundredths / 100)"
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

private func escaped(_ text: String) -> String {
  var escaped = ""
  for character in legible(text, limit: 1000).unicodeScalars {
    switch character {
    case "&": escaped += "&amp;"
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    default: escaped.unicodeScalars.append(character)
    }
  }
  return escaped
}

extension Ink {
  fileprivate var name: String {
    let digits = String(rgb, radix: 16, uppercase: true)
    return "#" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }
}
