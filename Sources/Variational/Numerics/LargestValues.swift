/// The largest values added so far, in a heap whose root is the least of them.
struct LargestValues {
  private let capacity: Int
  private var heap: [Double] = []

  init(_ capacity: Int) {
    self.capacity = capacity
    heap.reserveCapacity(capacity)
  }

  /// The values in ascending order.
  var sorted: [Double] { heap.sorted() }

  mutating func add(_ value: Double) {
    if heap.count < capacity {
      heap.append(value)
      var child = heap.count - 1
      while child > 0, heap[child] < heap[(child - 1) / 2] {
        heap.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    } else if value > heap[0] {
      heap[0] = value
      var parent = 0
      while let child = leastChild(parent), heap[child] < heap[parent] {
        heap.swapAt(child, parent)
        parent = child
      }
    }
  }

  private func leastChild(_ parent: Int) -> Int? {
    let (left, right) = (2 * parent + 1, 2 * parent + 2)
    guard left < heap.count else { return nil }
    return right < heap.count && heap[right] < heap[left] ? right : left
  }
}
