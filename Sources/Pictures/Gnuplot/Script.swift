import JSON

extension Chart {
  /// Returns the chart in gnuplot's language, for output to stdout.
  ///
  /// Ranges and the key's place are computed here, so that they are the same with every version of
  /// gnuplot.
  func script(_ format: Picture.Format) throws(Fault) -> String {
    let drawings = try layouts().enumerated().map { PanelScript(layout: $1, place: $0) }
    let height = drawings.count == 1 ? 540 : 680
    var script = """
      set encoding utf8
      set terminal \(format.terminal(width: 900, height: height))
      set minussign
      set border 3 linecolor rgb '#555555' linewidth 1
      set tics nomirror out scale 0.6 textcolor rgb '#222222'
      set grid linetype 1 linewidth 0.7 linecolor rgb '#E3E3E3'
      set samples 2
      set style fill solid 0.45 noborder

      """
    for drawing in drawings { script += drawing.data }
    script +=
      "set multiplot title \(quoted(note.isEmpty ? title : "\(title). \(note)")) font ',\(format.titleSize)'\n"
    // From the top: the title, then each panel with its words below it.
    let feet = drawings.enumerated().map { panel, drawing in
      isLabelled(panel) ? 66 + 8 * Double(drawing.depth) : 20
    }
    let each = (Double(height) - 44 - feet.reduce(0, +)) / Double(drawings.count)
    var top = Double(height) - 44
    for (panel, drawing) in drawings.enumerated() {
      script += """
        set lmargin at screen 0.11
        set rmargin at screen \(drawing.right)
        set tmargin at screen \(top / Double(height))
        set bmargin at screen \((top - each) / Double(height))

        """
      script += drawing.plot(isLabelled: isLabelled(panel))
      top -= each + feet[panel]
    }
    return script + "unset multiplot\n"
  }
}

extension Picture.Format {
  /// Returns gnuplot's name for the format with its options: literal text, of about the same size
  /// in all three formats.
  fileprivate func terminal(width: Int, height: Int) -> String {
    let options = "noenhanced background rgb 'white' font 'sans-serif,\(titleSize - 3)'"
    return switch self {
    case .png: "pngcairo \(options) size \(width),\(height)"
    case .svg: "svg \(options) size \(width),\(height) dynamic"
    case .pdf:
      "pdfcairo \(options) size \(Double(width) / 96)in,\(Double(height) / 96)in fontscale 0.75"
    }
  }

  /// In points for PDF and for a PNG of 96 pixels to the inch, in pixels for SVG.
  fileprivate var titleSize: Int { self == .svg ? 17 : 14 }
}

/// Returns a text as a literal gnuplot string, whatever it contains: between single quotes nothing
/// is expanded, substituted or run.
///
/// A quote is doubled, line breaks become spaces, and long texts are cut. Letters that a plain font
/// may lack become question marks, because cairo draws a missing letter over half of the picture.
func quoted(_ text: String, limit: Int = 90) -> String {
  var safe = ""
  for scalar in text.unicodeScalars.prefix(limit) {
    switch scalar.value {
    case 0x27: safe += "''"
    // gnuplot writes the bracket into an SVG unescaped, in which these three characters are an
    // error.
    case 0x3E where safe.hasSuffix("]]"): safe += " >"
    case 0x20..<0x7F, 0xA0..<0x530, 0x1E00..<0x2028, 0x2030..<0x2400:
      safe.unicodeScalars.append(scalar)
    case 0..<0xA0, 0x2028..<0x2030: safe += " "
    default: safe += "?"
    }
  }
  if text.unicodeScalars.count > limit { safe += "…" }
  return "'" + safe + "'"
}
