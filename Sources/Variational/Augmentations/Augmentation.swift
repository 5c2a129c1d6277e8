import Declarations
import JSON
import Tensors

/// A random change of the rows of a training batch; its stored properties are the options that a
/// client writes.
///
/// It is drawn anew for each update and row, from the seed of the trainer. Validations and queries
/// see the rows as they are.
public protocol AugmentationModule: Module {
  /// What it makes of single values.
  var effect: AugmentationEffect { get }
  /// Throws `params` for options that do not fit together or rows of this shape, and `shape` for
  /// rows that are no images where it needs them.
  func check(_ shape: Shape) throws(Fault)
  /// Overwrites rows of data; `names` are their indices in the data.
  func apply(
    to rows: Block, shape: Shape, names: UnsafePointer<UInt32>, update: UInt32, random: Random)
}

/// What an augmentation makes of single values, by which the likelihood's support is checked.
public enum AugmentationEffect: Sendable, Equatable {
  /// Values change their places only.
  case none
  /// Values become 0.
  case zeros
  /// Values x become 1 - x; all must be 0 or 1.
  case flips
  /// Values change by at most this.
  case shifts(by: Double)
}

/// The kind of the augmentations.
public enum AugmentationKind: Kind {
  public static let name = "augmentation"
  /// All augmentations by name. A new one needs one line here.
  public static let registry = Registry<any AugmentationModule>(
    name,
    [
      .module(FlipAugmentation.self) { $0 },
      .module(MaskAugmentation.self) { $0 },
      .module(NoiseAugmentation.self) { $0 },
      .module(ShiftAugmentation.self) { $0 },
    ])
}

extension Random {
  /// Returns four words for row `name` of an update; `part` tells draws of a row apart.
  func words(for name: UInt32, _ update: UInt32, part: UInt32 = 0) -> (
    UInt32, UInt32, UInt32, UInt32
  ) { words(part, name, 0, update) }
}

extension UInt32 {
  /// Returns this random word as an integer from 0 to `count` - 1.
  func below(_ count: Int) -> Int { Int((UInt64(self) * UInt64(count)) >> 32) }

  /// Returns whether an event of this probability happens.
  func happens(_ probability: Double) -> Bool { Double(self) < probability * 0x1p32 }
}
