/// A first-in, first-out queue with constant time at both ends.
struct Queue<Element: Sendable>: Sendable {
  private var elements: [Element?] = []
  private var head = 0

  var count: Int { elements.count - head }
  var isEmpty: Bool { count == 0 }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    guard head < elements.count else { return nil }
    defer {
      elements[head] = nil
      head += 1
      // Moving the rest down when half is empty costs one move per element.
      if head == elements.count {
        elements.removeAll(keepingCapacity: elements.capacity <= 1024)
        head = 0
      } else if head > 32, head * 2 > elements.count {
        elements.removeFirst(head)
        head = 0
      }
    }
    return elements[head]
  }

  mutating func removeFirst(where matches: (Element) -> Bool) -> Element? {
    guard let place = elements[head...].firstIndex(where: { $0.map(matches) ?? false }) else {
      return nil
    }
    return elements.remove(at: place)
  }

  mutating func removeAll() -> [Element] {
    defer { self = Queue() }
    return elements[head...].compactMap(\.self)
  }
}
