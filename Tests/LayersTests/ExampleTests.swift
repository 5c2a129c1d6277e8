import Conformance
import Layers
import Testing

/// The properties of every registered layer, checked on the examples that it declares: a new layer
/// needs no addition here.
@Suite struct EveryLayer {
  @Test(arguments: LayerExample.all, Property<LayerExample>.all)
  func keepsToTheProperties(example: LayerExample, property: Property<LayerExample>) {
    #expect(property.violations(of: example) == [])
  }
}
