import Glibc
import Testing

@testable import Pictures

/// The colours of series, as people with and without colour blindness see them.
///
/// Sight without one kind of cones after Machado, Oliveira and Fernandes, "A physiologically-based
/// model for simulation of color vision deficiency", 2009; distances are Euclidean in CIELAB (D65).
@Suite struct Colours {
  typealias Triple = SIMD3<Double>

  enum Sight: CaseIterable {
    case all, withoutRed, withoutGreen, withoutBlue

    /// The rows of the matrix that maps linear RGB to what is seen.
    var rows: [Triple] {
      switch self {
      case .all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
      case .withoutRed:
        [
          [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
          [-0.003882, -0.048116, 1.051998],
        ]
      case .withoutGreen:
        [
          [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
          [-0.011820, 0.042940, 0.968881],
        ]
      case .withoutBlue:
        [
          [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
          [0.004733, 0.691367, 0.303900],
        ]
      }
    }

    func lab(_ colour: Series.Colour) throws -> Triple {
      let code = try #require(Int(colour.rawValue, radix: 16))
      let shares = [16, 8, 0].map { Double(code >> $0 & 255) / 255 }
      let linear = Triple(
        shares.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) })
      func times(_ rows: [Triple], _ v: Triple) -> Triple { Triple(rows.map { ($0 * v).sum() }) }
      let seen = times(rows, linear).clamped(lowerBound: .zero, upperBound: .one)
      let toXYZ: [Triple] = [
        [0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
      ]
      let xyz = times(toXYZ, seen) / Triple(0.95047, 1, 1.08883)
      let f = (0..<3).map {
        xyz[$0] > 216.0 / 24389 ? cbrt(xyz[$0]) : (24389 / 27 * xyz[$0] + 16) / 116
      }
      return Triple(116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2]))
    }
  }

  /// A just noticeable difference is about 2.
  @Test(arguments: Sight.allCases) func areFarApart(for sight: Sight) throws {
    let colours = Series.Colour.allCases
    for (place, colour) in colours.enumerated() {
      for other in colours[..<place] {
        let step = try sight.lab(colour) - sight.lab(other)
        let distance = (step * step).sum().squareRoot()
        #expect(distance > 16, "\(colour) and \(other)")
      }
    }
  }
}
