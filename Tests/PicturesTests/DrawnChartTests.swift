import CZlib
import JSON
import TestSupport
import Testing

@testable import DataSources
@testable import Pictures

@Suite struct DrawnCharts {
  @Test(arguments: SampleCharts.all.map(\.name), Picture.Format.allCases)
  func areTheSameToTheByte(name: String, format: Picture.Format) throws {
    let chart = try #require(SampleCharts.all.first { $0.name == name }).chart
    let picture = try chart.picture(format)
    #expect(picture.bytes.starts(with: format.magic))
    #expect(picture.bytes.count < 200_000, "\(picture.bytes.count)")
    #expect(try chart.picture(format) == picture)
  }

  /// Every word of every chart is in its SVG as text, with a title for each series.
  @Test(arguments: SampleCharts.all.map(\.name)) func nameWhatTheyShow(name: String) throws {
    let chart = try #require(SampleCharts.all.first { $0.name == name }).chart
    let text = try svg(chart)
    #expect(
      text.contains("<title>\(chart.title)</title>") && text.contains(">\(chart.title)</text>"))
    for panel in chart.panels {
      #expect(text.contains(">\(panel.y.label)</text>"))
      #expect(text.contains("<title>\(panel.y.label) against \(panel.x.label)</title>"))
      for series in panel.series {
        let shown = series.y.count { panel.y.shows($0) }
        let words = series.name.isEmpty ? panel.y.label : series.name
        #expect(text.contains("<title>\(words) (\(shown) value"), "\(words)")
        #expect(series.name.isEmpty || text.contains(">\(series.name)</text>"), "\(words)")
      }
    }
    #expect(text.contains(">\(try #require(chart.panels.last).x.label)</text>"))
    #expect(!text.contains("gnuplot") && !text.contains("nan") && !text.contains("inf"))
  }

  @Test func sayThatLongCurvesAreEnvelopes() throws {
    let text = try svg(SampleCharts.curves)
    #expect(text.contains("<title>each update: least to greatest (3000 values)</title>"))
    #expect(text.contains(">mean of 20 updates</text>"))
    #expect(try !svg(SampleCharts.short).contains("least to greatest"))
  }

  /// A dot for each row of a cloud.
  @Test func drawEveryPointOfACloud() throws {
    let dots = try dots(in: SampleCharts.latent.drawing().marks)
    // 1000 points, and ten in the key.
    #expect(dots.reduce(0) { $0 + $1.points.count } == 1010)
    #expect(Set(dots.map(\.ink.rgb)).count == 10)
    #expect(try svg(SampleCharts.latent).split(separator: "h0").count == 1011)
  }

  @Test func flatCurvesAreASentence() throws {
    let chart = SampleCharts.flat
    #expect(chart.panels.count == 1)
    #expect(try svg(chart).contains(">At every beta: log Z 0.6931, free energy 0.0 nats</text>"))
    #expect(SampleCharts.meanField(3).panels.count == 2)
  }

  @Test(arguments: SampleCharts.all.map(\.name)) func havePixelsOfTheirColours(name: String) throws
  {
    let chart = try #require(SampleCharts.all.first { $0.name == name }).chart
    let drawing = try chart.drawing()
    let file = try PNGFile(try chart.picture(.png).bytes, "x.png")
    #expect((file.width, file.height) == (drawing.width, drawing.height))
    let planes = try file.bytes(inColour: true, over: 0).values
    let size = file.width * file.height
    var counts: [UInt32: Int] = [:]
    for pixel in 0..<size {
      let rgb = (0..<3).reduce(UInt32(0)) { $0 << 8 | UInt32(planes[$1 * size + pixel]) }
      counts[rgb, default: 0] += 1
    }
    for ink in Set(inks(of: drawing.marks).map(\.rgb)) {
      #expect(counts[ink, default: 0] > 10, "\(String(ink, radix: 16)): \(counts[ink] ?? 0)")
    }
    #expect(counts[0xFFFFFF, default: 0] > size / 3)
  }

  /// The PDF has the letters of its font, its colours, its title, and no date.
  @Test(arguments: SampleCharts.all.map(\.name)) func arePagesOfPDF(name: String) throws {
    let chart = try #require(SampleCharts.all.first { $0.name == name }).chart
    let drawing = try chart.drawing()
    let bytes = try chart.picture(.pdf).bytes
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("/Title (\(chart.title))") && text.contains("+DejaVuSans"))
    #expect(!text.contains("Date"))
    let extent = "\(Double(drawing.width) * 0.75)".dropSuffix(".0")
    #expect(text.contains("/MediaBox [ 0 0 \(extent) "), "\(extent)")
    let content = try #require(inflated(bytes).first)
    let colours = colours(of: content)
    for ink in Set(inks(of: drawing.marks).map(\.rgb)) {
      #expect(colours.contains(ink), "\(String(ink, radix: 16))")
    }
  }

  @Test(arguments: Series.Style.allCases)
  func bearGapsSinglePointsAndExtremes(style: Series.Style) throws {
    for chart in SampleCharts.extremes(style) {
      for format in Picture.Format.allCases {
        let picture = try chart.picture(format)
        #expect(picture.bytes.starts(with: format.magic))
        let text = String(decoding: picture.bytes, as: UTF8.self)
        #expect(format != .svg || !text.contains("nan") && !text.contains("inf"))
      }
    }
  }

  @Test func bearAnEmptyPanelBesideAFullOne() throws {
    let chart = Chart.curves(update: [1, 2], reconstruction: [.nan, .nan], divergence: [1, 2])
    #expect(try svg(chart).contains(">no finite value</text>"))
  }

  @Test(arguments: [[], [Double.nan, .infinity]]) func areNotDrawnOfNothing(y: [Double]) {
    let chart = Chart.curves(update: y, reconstruction: y, divergence: y)
    let refusal = fault { _ = try chart.picture(.svg) }
    #expect(refusal?.kind == .wrongState)
  }

  /// Whatever text a request brings, it is text on the picture.
  @Test func showTextAsItIs() throws {
    let evil = "a\"b'\n\\</title><script>x</script>&amp;\u{0}\u{202E}\u{FFFE}é漢🙂"
    let panel = Panel(
      x: Axis(evil, words: [evil, "50%s%"]), y: Axis(evil), [Series(evil, x: [0, 1], y: [1, 2])])
    let text = try svg(Chart(evil, [panel]))
    #expect(text.contains("&lt;/title&gt;&lt;script&gt;x&lt;/script&gt;&amp;amp;"))
    #expect(text.contains("é漢🙂") && text.contains(">50%s%</text>"))
    #expect(!text.contains("<script") && !text.contains("\u{0}") && !text.contains("\u{FFFE}"))
    for format in Picture.Format.allCases { _ = try Chart(evil, [panel]).picture(format) }
  }

  /// No letter ends outside of the picture, and no line of the key lies over a curve.
  @Test(arguments: SampleCharts.all.map(\.name)) func keepTheirWordsInside(name: String) throws {
    var chart = try #require(SampleCharts.all.first { $0.name == name }).chart
    let long = String(repeating: "Wide words ", count: 30)
    for isLong in [false, true] {
      if isLong {
        chart.title = long
        chart.note = long
        for panel in chart.panels.indices {
          (chart.panels[panel].x.label, chart.panels[panel].y.label) = (long, long)
          for place in chart.panels[panel].series.indices {
            chart.panels[panel].series[place].name = long
          }
        }
      }
      let drawing = try chart.drawing()
      let font = try Font.shared()
      for words in words(of: drawing.marks) {
        let width = try font.width(words.text, words.size)
        let shift = words.anchor == .start ? 0 : words.anchor == .middle ? width / 2 : width
        let (x, y) = (words.place.x, words.place.y)
        let box =
          words.isUpright
          ? (x - words.size, x + 4, y + shift - width, y + shift)
          : (x - shift, x - shift + width, y - words.size, y + 4)
        #expect(
          box.0 >= 0 && box.1 <= Double(drawing.width) && box.2 >= 0
            && box.3 <= Double(drawing.height), "\(words)")
      }
    }
  }

  private func svg(_ chart: Chart) throws -> String {
    String(decoding: try chart.picture(.svg).bytes, as: UTF8.self)
  }
}

/// Marks of every kind in a list, without the groups.
private func flat(_ marks: [Mark]) -> [Mark] {
  marks.flatMap { mark in
    if case .group(_, let marks) = mark { return flat(marks) }
    return [mark]
  }
}

private func inks(of marks: [Mark]) -> [Ink] {
  flat(marks).compactMap { mark in
    switch mark {
    case .area(_, let ink), .boxes(_, let ink), .dots(_, _, let ink): ink
    case .line(_, let pen): pen.ink
    default: nil
    }
  }
}

private func dots(in marks: [Mark]) -> [(points: [Point], ink: Ink)] {
  flat(marks).compactMap { mark in
    if case .dots(let points, _, let ink) = mark { return (points, ink) }
    return nil
  }
}

private func words(of marks: [Mark]) -> [Words] {
  flat(marks).compactMap { mark in
    if case .words(let words) = mark { return words }
    return nil
  }
}

/// The streams of a PDF that zlib can inflate, as text.
private func inflated(_ file: [UInt8]) -> [String] {
  let (begin, end) = (Array("stream\n".utf8), Array("\nendstream".utf8))
  var streams: [String] = []
  var place = 0
  while let start = file[place...].firstRange(of: begin)?.upperBound,
    let stop = file[start...].firstRange(of: end)?.lowerBound
  {
    var out = [UInt8](repeating: 0, count: 1 << 22)
    var count = uLongf(out.count)
    let input = Array(file[start..<stop])
    if uncompress(&out, &count, input, uLong(input.count)) == Z_OK {
      streams.append(String(decoding: out[..<Int(count)], as: UTF8.self))
    }
    place = stop + end.count
  }
  return streams
}

/// The colours that a page's content sets, for lines and for areas.
private func colours(of content: String) -> Set<UInt32> {
  let words = content.split { $0.isWhitespace }
  var colours: Set<UInt32> = []
  for (place, word) in words.enumerated() {
    let count = ["rg": 3, "RG": 3, "g": 1, "G": 1][word, default: 0]
    guard count > 0, place >= count else { continue }
    let parts = words[place - count..<place].map { UInt32(((Double($0) ?? 0) * 255).rounded()) }
    colours.insert((0..<3).reduce(0) { $0 << 8 | parts[count == 3 ? $1 : 0] })
  }
  return colours
}

extension String {
  fileprivate func dropSuffix(_ suffix: String) -> Substring {
    hasSuffix(suffix) ? dropLast(suffix.count) : self[...]
  }
}
