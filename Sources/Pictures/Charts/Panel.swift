/// One pair of axes with its contents.
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
