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

@Suite struct Thinning {
  private let panel = Panel(x: Axis("x"), y: Axis("y"), [])

  @Test func leavesGapsWhereThereIsNothingToShow() {
    let y: [Double] = [.nan, 1, 2, .infinity, .nan, 3, -.infinity]
    let series = Series("s", x: (0..<7).map(Double.init), y: y)
    #expect(
      series.stretches(panel, Span([0, 6]))
        == [[Point(x: 1, y: 1), Point(x: 2, y: 2)], [Point(x: 5, y: 3)]])
  }

  @Test func leavesGapsWhereALogarithmDoes() {
    let panel = Panel(x: Axis("x"), y: Axis("y", isLogarithmic: true), [])
    let series = Series("s", x: [0, 1, 2], y: [1, 0, 2])
    #expect(series.stretches(panel, Span([0, 6])) == [[Point(x: 0, y: 1)], [Point(x: 2, y: 2)]])
  }

  @Test func keepsTheLowestAndTheHighestOfEachPiece() {
    var y = [Double](repeating: 0, count: 1000)
    (y[505], y[507]) = (-8, 9)
    let series = Series("s", x: (0..<1000).map(Double.init), y: y, .thinLine)
    let points = series.stretches(panel, Span([0, 999]), columns: 100).flatMap { $0 }
    #expect(points.count <= 200)
    #expect(points.contains(Point(x: 505, y: -8)) && points.contains(Point(x: 507, y: 9)))
    #expect(points.map(\.x) == points.map(\.x).sorted())
    #expect(series.ends(panel) == [0, 999])
  }

  /// The outline goes along the lowest values, and back along the highest.
  @Test func envelopeIsAnOutlineOfEachStretch() {
    var y = (0..<30).map { Double($0 % 2) }
    (y[12], y[13], y[14]) = (.nan, .nan, .nan)
    let series = Series("s", x: (0..<30).map(Double.init), y: y, .envelope)
    let outlines = series.stretches(panel, Span([0, 29]), columns: 10)
    #expect(outlines.count == 2)
    for outline in outlines {
      let half = outline.count / 2
      // The last column has a single value.
      #expect(Set(outline.prefix(half - 1).map(\.y)) == [0])
      #expect(Set(outline.suffix(half - 1).map(\.y)) == [1])
    }
    #expect(outlines.map(\.count) == [8, 12])
  }

  @Test func whatIsNotInOrderIsKeptWhole() {
    let x = (0..<1000).map { Double($0 % 7) }
    let series = Series("s", x: x, y: x, .points)
    #expect(series.stretches(panel, Span([0, 6]), columns: 10).flatMap { $0 }.count == 1000)
  }

  /// Columns are those of pixels, not equal numbers of values.
  @Test func columnsFollowTheAxis() {
    let axis = Axis("x", isLogarithmic: true)
    let panel = Panel(x: axis, y: Axis("y"), [])
    let x = (1...10_000).map(Double.init)
    let points = Series("s", x: x, y: x).stretches(
      panel, Span(x, isLogarithmic: true), columns: 100
    ).flatMap { $0 }
    #expect((1...9).allSatisfy { x in points.contains { $0.x == Double(x) } })
    #expect(points.count < 200)
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

@Suite struct Spans {
  @Test func spansOpenWhereTheyWouldBeNothing() {
    #expect(Span([3, 3]).high > 3 && Span([3, 3]).low < 3)
    #expect(Span([0]).low == -0.5 && Span([0]).high == 0.5)
  }
}
