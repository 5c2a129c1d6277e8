import Conformance
import Layers
import Testing

/// What holds for every registered layer, run over the examples that each declares: nothing is
/// added here for a new one.
@Suite struct EveryLayer {
  @Test(arguments: LayerExample.all, Property<LayerExample>.all)
  func keepsToTheProperties(example: LayerExample, property: Property<LayerExample>) {
    #expect(property.violations(of: example) == [])
  }
}
