/// One pair of axes with its contents.
package struct Panel: Sendable, Equatable {
  package var x: Axis
  package var y: Axis
  package var series: [Series]

  package init(x: Axis, y: Axis, _ series: [Series]) {
    self.x = x
    self.y = y
    self.series = series
  }
}
