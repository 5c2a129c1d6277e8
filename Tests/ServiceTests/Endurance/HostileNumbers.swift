import Engine
import JSON

@testable import Service

/// Puts numbers at which arithmetic overflows in place of a message's numbers, or of omitted ones.
struct HostileNumbers {
  var dice: Dice

  /// The limits of the types, sizes whose products exceed them, and invalid sizes.
  static let all: [JSON] = [
    0, 1, -1, 2, 3, 255, 256, 1023, 1024, 65_535, 65_536, 65_537, 1_000_000,
    .int(1 << 24), .int(1 << 31 - 1), .int(1 << 31), .int(1 << 32 - 1), .int(1 << 32),
    .int(1 << 40), .int(1 << 40 + 1), .int(1 << 53 - 1), .int(1 << 53), .int(1 << 59),
    .int(1 << 60), .int(1 << 61), .int(1 << 62), .int(.max - 1), .int(.max), .int(.min),
    .int(.min + 1), .int(-(1 << 31)), .int(-(1 << 53)), .real(0.5), .real(-0.0), .real(1e-45),
    .real(.leastNonzeroMagnitude), .real(-.leastNonzeroMagnitude), .real(1e-300), .real(1e38),
    .real(3.5e38), .real(-1e39),
    .real(1e300), .real(-1e300), .real(1.7976931348623157e308), .real(9.2e18), .real(1e19),
    "NaN", "Infinity", "-Infinity",
    [.int(.max), .int(.max)], [.int(1 << 31), .int(1 << 31)], [-1, 1], [0, 0], [0, .int(1 << 62)],
    [1024, 1024, 1024, 1024, 1024, 1024, 1024],
  ]

  /// Returns the same message with one number, or one list of numbers, replaced, or with an omitted
  /// one set.
  mutating func planted(in message: JSON) -> JSON {
    guard case .object(let members) = message, let method = message["method"]?.text else {
      return message
    }
    let options = Self.parameters[method] ?? []
    let params = message["params"] ?? [:]
    let places = Planting.places(in: params, options)
    guard places > 0 else { return message }
    let new = Planting.plant(value, at: dice.below(places), in: params, options)
    return .object(
      members.filter { $0.name != "params" } + [JSON.Member("params", new)])
  }

  /// Does the same for a value, inside objects of options as well.
  mutating func planted(inPart value: JSON) -> JSON {
    let places = Planting.places(in: value, [])
    return places == 0
      ? value : Planting.plant(self.value, at: dice.below(places), in: value, [])
  }

  private var value: JSON {
    mutating get {
      if dice.chance(30) { return .array(Array(repeating: 0, count: 20_000)) }
      let value = Self.all[dice.below(Self.all.count)]
      return dice.chance(8) ? [value] : value
    }
  }

  /// The number parameters of each method.
  private static let parameters = Dictionary(
    uniqueKeysWithValues: served.map { ($0.name, Planting.numbers(in: $0.params.json)) })
}

/// The places of a value that may hold a number, in the order of its text.
private struct Planting {
  private var place = 0
  private let target: Int
  private let new: JSON

  static func places(in value: JSON, _ options: [String]) -> Int {
    var planting = Planting(target: -1, new: .null)
    _ = planting.walk(value, options)
    return planting.place
  }

  static func plant(_ new: JSON, at target: Int, in value: JSON, _ options: [String]) -> JSON {
    var planting = Planting(target: target, new: new)
    return planting.walk(value, options)
  }

  private init(target: Int, new: JSON) { (self.target, self.new) = (target, new) }

  private mutating func isHere() -> Bool {
    defer { place += 1 }
    return place == target
  }

  private mutating func walk(_ value: JSON, _ options: [String]) -> JSON {
    switch value {
    case .int, .real, .float: return isHere() ? new : value
    case .array(let elements):
      if elements.count > 8 || elements.allSatisfy(\.isNumber) {
        if isHere() { return new }
        // The first few elements represent a long list.
        return .array(elements.prefix(2).map { walk($0, []) } + elements.dropFirst(2))
      }
      return .array(elements.map { walk($0, []) })
    case .object(let members):
      let known = options + (value["type"]?.text.flatMap { Self.options[$0] } ?? [])
      var walked = members.map { JSON.Member($0.name, walk($0.value, [])) }
      for name in known where value[name] == nil {
        if isHere() { walked.append(JSON.Member(name, new)) }
      }
      return .object(walked)
    default: return value
    }
  }

  /// The number options of each type of module.
  private static let options = Dictionary(
    kinds.flatMap(\.parts).map { ($0.type, numbers(in: $0.options.json)) }
  ) { $0 + $1 }

  /// Returns the members of an object's schema that are numbers, or lists of numbers.
  static func numbers(in schema: JSON) -> [String] {
    guard case .object(let properties) = schema["properties"] else { return [] }
    return properties.filter { isNumeric($0.value) }.map(\.name)
  }

  private static func isNumeric(_ schema: JSON) -> Bool {
    if schema["type"] == "integer" || schema["type"] == "number" { return true }
    if schema["$ref"]?.text?.hasSuffix("/Number") == true { return true }
    let parts = (schema["anyOf"]?.elements ?? []) + [schema["items"]].compactMap { $0 }
    return parts.contains(where: isNumeric)
  }
}

extension JSON {
  fileprivate var isNumber: Bool {
    switch self {
    case .int, .real, .float: true
    default: false
    }
  }
}
