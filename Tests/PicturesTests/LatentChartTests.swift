import Testing

@testable import Pictures

@Suite struct LatentCharts {
  private func cloud(_ count: Int) -> Chart {
    let places = (0..<count).map(Double.init)
    return Chart.latent(
      x: places, y: places.map { -$0 }, labels: (0..<count).map { $0 % 3 }, xLabel: "x", yLabel: "y"
    )
  }

  @Test func eachLabelIsASeriesOfItsPoints() {
    let series = cloud(7).panels[0].series
    #expect(series.map(\.name) == ["0", "1", "2"])
    #expect(series.map(\.x) == [[0, 3, 6], [1, 4], [2, 5]])
  }

  @Test func aSeriesHasTheNameOfItsClass() {
    let chart = Chart.latent(
      x: [1, 2, 3], y: [1, 2, 3], labels: [1, 0, 5], names: ["cat", "dog"], xLabel: "x",
      yLabel: "y")
    // A label beyond the names stands for itself.
    #expect(chart.panels[0].series.map(\.name) == ["cat", "dog", "5"])
  }

  @Test func noPointOfACloudIsLeftOut() {
    let layout = PanelLayout(cloud(6000).panels[0])
    #expect(layout.traces.map { $0.stretches.joined().count } == [2000, 2000, 2000])
  }

  @Test func gnuplotsKeyStandsBesideACloud() {
    func script(_ panel: Panel) -> String {
      PanelScript(layout: PanelLayout(panel), place: 0).plot(isLabelled: true)
    }
    let plot = script(cloud(9).panels[0])
    #expect(plot.contains("set key outside"))
    let line = Panel(x: Axis("x"), y: Axis("y"), [Series("s", x: [0, 1], y: [0, 1])])
    #expect(!script(line).contains("outside"))
  }
}

@Suite struct Comparisons {
  private func run(_ name: String, validates: Bool) -> Chart.Run {
    var run = Chart.Run(name: name)
    run.training = [(1, -9), (2, -8)]
    if validates { run.validation = [(2, -7)] }
    return run
  }

  @Test func trainerHasAColourAndEachCurveAStyle() {
    let chart = Chart.comparison(
      runs: [run("a", validates: true), run("b", validates: false)], x: "x", y: "y")
    let series = chart.panels[0].series
    #expect(series.map(\.name) == ["a, training", "a, validation", "b, training"])
    #expect(series.map(\.style) == [.dashedLine, .line, .dashedLine])
    #expect(series[0].colour == series[1].colour && series[0].colour != series[2].colour)
    #expect(series[1].x == [2] && series[1].y == [-7])
  }

  @Test func oneKindOfCurveIsNamedInTheTitle() {
    let chart = Chart.comparison(runs: [run("a", validates: false)], x: "x", y: "y")
    #expect(chart.title == "Training")
    #expect(chart.panels[0].series.map(\.name) == ["a"])
    #expect(chart.panels[0].series[0].style == .line)
  }
}
