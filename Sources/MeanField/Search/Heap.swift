/// A priority queue of boxes; the one with the highest bound comes out first.
struct Heap {
  private var boxes: [Box] = []

  /// The highest bound; nil if the queue is empty.
  var bound: Double? { boxes.first?.bound }

  mutating func insert(_ box: Box) {
    boxes.append(box)
    var place = boxes.count - 1
    while place > 0, case let parent = (place - 1) / 2, boxes[parent].bound < boxes[place].bound {
      boxes.swapAt(place, parent)
      place = parent
    }
  }

  mutating func removeHighest() -> Box? {
    guard !boxes.isEmpty else { return nil }
    boxes.swapAt(0, boxes.count - 1)
    let highest = boxes.removeLast()
    var place = 0
    while case var child = 2 * place + 1, child < boxes.count {
      if child + 1 < boxes.count, boxes[child + 1].bound > boxes[child].bound { child += 1 }
      guard boxes[child].bound > boxes[place].bound else { break }
      boxes.swapAt(place, child)
      place = child
    }
    return highest
  }
}
