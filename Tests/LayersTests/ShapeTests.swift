import Declarations
import JSON
import Layers
import References
import Tensors
import Testing

/// Options and shapes of one registered layer, generated from its schema: a new layer needs no
/// addition here.
struct RandomLayer {
  let row: Registry<any LayerPart>.Row
  var dice: Dice

  init(_ type: String, _ number: Int) throws {
    row = try #require(LayerKind.registry.rows.first { $0.type == type })
    dice = Dice(type, number)
  }

  /// Returns the layer, alone or within others, on rows of a shape that it takes.
  mutating func example() throws -> LayerExample {
    for attempt in 0..<200 {
      // After many refused attempts, a shape of its examples.
      let json = attempt < 100 ? options() : dice.choice(row.examples)
      let input =
        attempt < 100
        ? dice.shape(atMost: 1200) : try LayerExample(json).choice.product.exampleInput
      guard let stack = try? Passage([LayerChoice(json: json)], input: input).stack,
        stack.output.count <= 3000, stack.parameters.allSatisfy({ $0.shape.count <= 40_000 })
      else { continue }
      let outer = within(json)
      guard let stack = try? Passage([LayerChoice(json: outer)], input: input).stack else {
        continue
      }
      let widest = max(input.count, stack.output.count)
      return LayerExample(outer, input: input, rows: dice.rows(atMost: 60_000 / widest))
    }
    throw Fault(.params, "no shape was found that \(row.type) takes")
  }

  /// Returns one of its examples with other integers, where its schema has integers.
  private mutating func options() -> JSON {
    guard case .object(var members) = dice.choice(row.examples),
      case .object(let properties)? = row.schema.json["properties"]
    else { return dice.choice(row.examples) }
    for property in properties where dice.isHead(0.8) {
      guard let value = value(property.value) else { continue }
      members.removeAll { $0.name == property.name }
      members.append(JSON.Member(property.name, value))
    }
    return .object(members)
  }

  private mutating func value(_ schema: JSON) -> JSON? {
    if let choices = schema["anyOf"]?.elements { return value(dice.choice(choices)) }
    switch schema["type"]?.text {
    case "integer":
      guard case .int(let least)? = schema["minimum"] else { return nil }
      // Half of them are small, for strides, paddings and windows.
      return .int(least + dice.integer(0...(dice.isHead() ? 3 : 40)))
    case "array":
      guard let items = schema["items"], items["type"]?.text == "integer",
        case .int(let count)? = schema["minItems"]
      else { return nil }
      return .array((0..<count).compactMap { _ in value(items) })
    default: return nil
    }
  }

  private mutating func within(_ layer: JSON) -> JSON {
    let dense: JSON = ["type": "dense"]
    let beside: JSON = [
      "type": "parallel", "join": .string(dice.choice(["sum", "concatenate"])),
      "branches": [[layer], [layer]],
    ]
    switch dice.integer(0...5) {
    case 0: return ["type": "residual", "layers": [layer, dense]]
    case 1: return ["type": "residual", "layers": [layer]]
    case 2: return beside
    case 3:
      return ["type": "parallel", "branches": [[layer, ["type": "tanh"]], [dense6], [layer]]]
    case 4: return ["type": "residual", "layers": [["type": "tanh"], beside, dense]]
    default: return layer
    }
  }

  private var dense6: JSON { ["type": "dense", "units": 6] }
}

/// At random shapes, also within residual and parallel blocks.
@Suite struct EveryLayerAtRandomShapes {
  private static let count = Dice.isLong ? 200 : 4

  @Test(arguments: LayerKind.registry.rows.map(\.type))
  func keepsToTheProperties(type: String) throws {
    for number in 0..<Self.count {
      var layer = try RandomLayer(type, number)
      let example = try layer.example()
      for property in Property<LayerExample>.ofShapes {
        let violations = property.violations(of: example)
        #expect(violations == [], "ELBO_SEED=\(Dice.seed): \(example), \(property)")
      }
    }
  }

  /// Images whose numbers fill an even number of lines, from 8 on: the convolution's image used to
  /// end after the place that its size was computed for, and overwrote the next block.
  @Test(arguments: [
    (
      #"""
      {"type": "residual", "layers": [{"type": "conv2d", "channels": 5, "kernel": 3, "padding": 1},
        {"type": "tanh"}]}
      """#, [5, 16, 16]
    ),
    (
      #"""
      {"type": "convTranspose2d", "channels": 1, "kernel": 3, "stride": 2, "padding": 1,
       "outputPadding": 1}
      """#, [8, 8, 8]
    ),
    (
      #"""
      {"type": "convTranspose2d", "channels": 1, "kernel": 3, "stride": 2, "padding": 1,
       "outputPadding": 1}
      """#, [16, 8, 8]
    ),
    (#"{"type": "conv2d", "channels": 2, "kernel": 3}"#, [2, 8, 8]),
    (#"{"type": "conv2d", "channels": 2, "kernel": 3}"#, [1, 16, 16]),
  ])
  func evenNumbersOfLines(layer: String, input: [Int]) throws {
    let example = LayerExample(try JSON(parsing: layer), input: Shape(input), rows: 9)
    for property in Property<LayerExample>.ofShapes {
      #expect(property.violations(of: example) == [], "\(property)")
    }
  }
}
