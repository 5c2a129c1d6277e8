import JSON

extension Chart {
  /// Returns the chart in marks: the title, and each panel with its key above it, clear of what it
  /// explains. Letters are measured, so that nothing is cut off.
  func drawing() throws(Fault) -> Drawing {
    let font = try Font.shared()
    let layouts = try layouts()
    let width = 900.0
    let height = panels.count == 1 ? 400.0 : 240
    let ticks = layouts.map { Ticks($0.y, most: Int(height / 40)) }
    // All y axes are one below the other, behind the widest number.
    let left = try font.widest(ticks.flatMap(\.labels), 12) + 46
    let right = width - 24
    let title = try font.fitted(legible(title), 17, to: right - 24)
    var marks: [Mark] = [
      .words(Words(text: title, place: Point(x: 24, y: 34), size: 17))
    ]
    var top = 50.0
    if !note.isEmpty {
      let note = try font.fitted(legible(note, limit: 200), 13, to: right - 24)
      marks.append(.words(Words(text: note, place: Point(x: 24, y: 56), ink: .axis)))
      top += 22
    }
    for (place, layout) in layouts.enumerated() {
      let (key, depth) = try layout.key(font, from: Point(x: left, y: top), to: right)
      let box = Box(x: left, y: top + depth, width: right - left, height: height)
      let panel = PanelMarks(layout: layout, box: box, ticks: ticks[place], font: font)
      let (axes, foot) = try panel.axes(isLabelled: isLabelled(place))
      let words = layout.panel
      marks.append(
        .group("\(words.y.label) against \(words.x.label)", axes + panel.series + key))
      top = box.y + height + foot
    }
    return Drawing(
      title: legible(self.title), width: Int(width), height: Int((top + 8).rounded(.up)),
      marks: marks)
  }
}

extension PanelLayout {
  /// Returns the key in rows from a corner to the right, and their height. Names stand beside
  /// samples of what they name; a series without a name has none.
  fileprivate func key(
    _ font: Font, from corner: Point, to right: Double
  ) throws(Fault) -> (marks: [Mark], depth: Double) {
    var marks: [Mark] = []
    var place = Point(x: corner.x, y: corner.y + 10)
    for trace in traces where !trace.series.name.isEmpty && !trace.stretches.isEmpty {
      let name = try font.fitted(
        legible(trace.series.name, limit: 60), 13, to: right - corner.x - 34)
      let width = try 32 + font.width(name, 13)
      if place.x > corner.x, place.x + width > right {
        place = Point(x: corner.x, y: place.y + 20)
      }
      marks += trace.sample(at: place)
      marks.append(.words(Words(text: name, place: Point(x: place.x + 32, y: place.y + 4.5))))
      place.x += width + 24
    }
    return (marks, marks.isEmpty ? 6 : place.y - corner.y + 18)
  }
}
