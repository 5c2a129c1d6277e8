extension Chart {
  /// Returns a chart of both terms of the evidence lower bound against weight updates, each with
  /// its own scale.
  package static func curves(
    _ title: String = "The two terms of the evidence lower bound", update: [Double],
    reconstruction: [Double], divergence: [Double]
  ) -> Chart {
    let x = Axis("weight updates")
    return Chart(
      title,
      [
        Panel(
          x: x, y: Axis("reconstruction term (nats)"),
          smoothed("each update", x: update, y: reconstruction, .blue)),
        Panel(
          x: x, y: Axis("divergence (nats)"),
          smoothed("each update", x: update, y: divergence, .vermilion)),
      ], sharesX: true)
  }

  /// Returns a chart of the reconstruction term of the training batches at every update, and of
  /// held-out examples at some updates.
  package static func validation(
    _ title: String = "Reconstruction of seen and unseen examples", trainUpdate: [Double],
    trainReconstruction: [Double], validationUpdate: [Double], validationReconstruction: [Double]
  ) -> Chart {
    let training = smoothed("training batch", x: trainUpdate, y: trainReconstruction, .blue)
    let validation = Series(
      "validation", x: validationUpdate, y: validationReconstruction, .line, .vermilion)
    return Chart(
      title,
      [
        Panel(
          x: Axis("weight updates"), y: Axis("mean log p(x|z) (nats)"), training + [validation])
      ])
  }

  /// Returns the values; many values are drawn faint, with their moving mean in front, and more
  /// than there are pixels as their envelope.
  static func smoothed(_ name: String, x: [Double], y: [Double], _ colour: Series.Colour)
    -> [Series]
  {
    let window = smoothingWindow(x.count)
    if window == 1 { return [Series(name, x: x, y: y, .line, colour)] }
    let mean = movingMean(y, window: window)
    let isLong = x.count > 2 * Series.columns
    return [
      isLong
        ? Series("\(name): least to greatest", x: x, y: y, .envelope, colour)
        : Series(name, x: x, y: y, .thinLine, colour),
      Series("mean of \(window) updates", x: x, y: mean, .line, colour),
    ]
  }
}
