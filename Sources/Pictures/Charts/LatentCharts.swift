extension Chart {
  /// Points in a plane, one colour for each label.
  package static func latent(
    _ title: String = "Posterior means", x: [Double], y: [Double], labels: [Int]?,
    names: [String]? = nil, xLabel: String, yLabel: String
  ) -> Chart {
    var series: [Series] = []
    if let labels {
      for label in Set(labels).sorted() {
        let chosen = labels.indices.filter { labels[$0] == label }
        let name = names.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? "\(label)"
        series.append(
          Series(name, x: chosen.map { x[$0] }, y: chosen.map { y[$0] }, .scatter))
      }
    } else {
      series = [Series("", x: x, y: y, .scatter)]
    }
    return Chart(title, [Panel(x: Axis(xLabel), y: Axis(yLabel), series)])
  }

  /// The history of one training.
  package struct Run: Sendable {
    package var name: String
    package var training: [(x: Double, y: Double)] = []
    package var validation: [(x: Double, y: Double)] = []

    package init(name: String) { self.name = name }
  }

  /// Returns a chart of several trainings, one colour each: training dashed (as a moving mean if
  /// there are many values), and validation solid.
  package static func comparison(
    _ title: String = "Training and validation", runs: [Run], x: String, y: String,
    isLogarithmic: Bool = false
  ) -> Chart {
    let isBoth =
      runs.contains { !$0.training.isEmpty } && runs.contains { !$0.validation.isEmpty }
    var series: [Series] = []
    for (place, run) in runs.enumerated() {
      let colour = Series.Colour.allCases[place % Series.Colour.allCases.count]
      if !run.training.isEmpty {
        let values = run.training.map(\.y)
        // Smoother than a single run, so that several can be told apart.
        let window = smoothingWindow(values.count * 3)
        let name = isBoth ? "\(run.name), training" : run.name
        series.append(
          Series(
            window == 1 ? name : "\(name), mean of \(window)", x: run.training.map(\.x),
            y: movingMean(values, window: window),
            isBoth ? .dashedLine : .line, colour))
      }
      if !run.validation.isEmpty {
        series.append(
          Series(
            isBoth ? "\(run.name), validation" : run.name, x: run.validation.map(\.x),
            y: run.validation.map(\.y), .line, colour))
      }
    }
    let names = runs.map { !$0.training.isEmpty }
    let shown = isBoth ? title : names.contains(true) ? "Training" : "Validation"
    return Chart(
      shown, [Panel(x: Axis(x, isLogarithmic: isLogarithmic), y: Axis(y), series)])
  }
}
