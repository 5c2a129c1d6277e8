import Glibc
import JSON
import TestSupport
import Testing

@testable import Pictures

@Suite struct Endings {
  @Test(arguments: [
    (nil, Picture.Format.png), ("a.svg", .svg), ("a.b/c.PDF", .pdf), ("/x/y.png", .png),
  ])
  func chooseTheFormat(path: String?, format: Picture.Format) throws {
    #expect(try Picture.Format(path: path) == format)
  }

  @Test(arguments: ["a.jpg", "curves", "svg", "x.svg/curves", "", "a."])
  func thatAreUnknownAreRefusedWithTheThree(path: String) throws {
    let refusal = try #require(fault { _ = try Picture.Format(path: path) })
    #expect(refusal.kind == .params && refusal.path == "path")
    #expect(refusal.expected == "a path that ends in .png, .svg or .pdf")
  }
}

@Suite struct Quoting {
  @Test(arguments: [
    ("plain", "'plain'"), ("it's", "'it''s'"), ("a\nb\r\0c", "'a b  c'"),
    ("\\n`x` $y", "'\\n`x` $y'"),
    ("\";system(\"x\")", "'\";system(\"x\")'"), ("é ≤ λ − ‖", "'é ≤ λ − ‖'"),
    ("漢\u{2028}🙂", "'? ?'"),
    ("", "''"), ("a]]>b", "'a]] >b'"),
  ])
  func keepsTextOneHarmlessString(text: String, quotation: String) {
    #expect(quoted(text) == quotation)
  }

  @Test func cutsTheLongest() {
    #expect(quoted(String(repeating: "'", count: 99), limit: 2) == "'''''…'")
  }
}

@Suite struct Thinning {
  private let panel = Panel(x: Axis("x"), y: Axis("y"), [])

  @Test func leavesGapsWhereThereIsNothingToShow() {
    let y: [Double] = [.nan, 1, 2, .infinity, .nan, 3, -.infinity]
    let series = Series("s", x: (0..<7).map(Double.init), y: y)
    #expect(
      series.stretches(panel)
        == [[Point(x: 1, y: 1), Point(x: 2, y: 2)], [Point(x: 5, y: 3)]])
  }

  @Test func leavesGapsWhereALogarithmDoes() {
    let panel = Panel(x: Axis("x"), y: Axis("y", isLogarithmic: true), [])
    let series = Series("s", x: [0, 1, 2], y: [1, 0, 2])
    #expect(series.stretches(panel) == [[Point(x: 0, y: 1)], [Point(x: 2, y: 2)]])
  }

  @Test func keepsTheLowestAndTheHighestOfEachPiece() {
    var y = [Double](repeating: 0, count: 1000)
    (y[505], y[507]) = (-8, 9)
    let series = Series("s", x: (0..<1000).map(Double.init), y: y, .thinLine)
    let points = series.stretches(panel, columns: 100).flatMap { $0 }
    #expect(points.count <= 200)
    #expect(points.contains(Point(x: 505, y: -8)) && points.contains(Point(x: 507, y: 9)))
    #expect(points.map(\.x) == points.map(\.x).sorted())
    #expect(series.ends(panel) == [0, 999])
  }

  @Test func movingMeanSkipsWhatIsNotFinite() {
    #expect(movingMean([1, 2, 3, 4], window: 2) == [1, 1.5, 2.5, 3.5])
    #expect(movingMean([1, .nan, 3], window: 3) == [1, 2, 3])
    #expect(movingMean([.nan, 1], window: 1)[0].isNaN)
  }

  @Test(arguments: [(0, 1), (199, 1), (200, 2), (2000, 20), (10_000, 100), (60_000, 500)])
  func windowIsARoundHundredth(count: Int, window: Int) {
    #expect(smoothingWindow(count) == window)
  }
}

@Suite struct Layout {
  private func corner(_ y: [Double], _ style: Series.Style = .line) -> PanelDrawing.Corner {
    let series = Series("s", x: y.indices.map(Double.init), y: y, style)
    return PanelDrawing(Panel(x: Axis("x"), y: Axis("y"), [series])).corner
  }

  @Test func keyStandsWhereThereIsRoom() {
    #expect(corner((0...20).map { -Double($0) }) == .topRight)
    #expect(corner((0...20).map(Double.init)) == .topLeft)
    #expect(corner((0...20).map { 1 - exp(-Double($0)) }) == .bottomRight)
    #expect(corner([0, 0, 0, 0, 0, 9, 9, 9, 9, 9], .bars) == .topLeft)
    // Two lines, along the top and along the bottom.
    #expect(corner((0...20).map { $0 % 2 == 0 ? 0 : 1 }) == .centreRight)
  }

  @Test func spansOpenWhereTheyWouldBeNothing() {
    #expect(Span([3, 3]).high > 3 && Span([3, 3]).low < 3)
    #expect(Span([0]).range == "[-0.5:0.5]")
    #expect(Span([1, 100], isLogarithmic: true).range == "[10**(0.0):10**(2.0)]")
  }
}
