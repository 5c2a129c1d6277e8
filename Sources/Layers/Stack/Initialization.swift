import Declarations

/// The distribution of a dense layer's first weights W (inputs, units) and biases b (units).
public enum Initialization: String, Word {
  /// W uniform on ±√(6 / (inputs + units)), b = 0 (Glorot and Bengio, 2010): signals keep their
  /// scale forwards and backwards.
  case glorot
  /// W and b uniform on ±1/√inputs, as in PyTorch: where the inputs are few, units differ from the
  /// first update on.
  case fanIn

  func weight(inputs: Int, units: Int) -> ParameterSpec.Initial {
    switch self {
    case .glorot: .glorotUniform(fanIn: inputs, fanOut: units)
    case .fanIn: .uniform(1 / Float(inputs).squareRoot())
    }
  }

  func bias(inputs: Int) -> ParameterSpec.Initial {
    switch self {
    case .glorot: .constant(0)
    case .fanIn: .uniform(1 / Float(inputs).squareRoot())
    }
  }
}
