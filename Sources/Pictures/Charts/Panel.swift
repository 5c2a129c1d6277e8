/// One pair of axes with what is drawn between them.
public struct Panel: Sendable, Equatable {
  public var x: Axis
  public var y: Axis
  public var series: [Series]

  public init(x: Axis, y: Axis, _ series: [Series]) {
    self.x = x
    self.y = y
    self.series = series
  }
}
