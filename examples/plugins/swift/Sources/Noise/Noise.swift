// A plug-in in Swift: the layer noise. In training y = x + deviation n, n standard normal; in an
// evaluation y = x.
//
//   swift build -c release
//   elbo check-plugin .build/release/libnoise.so

import CElboPlugin
import Glibc

/// What the program calls first, once: everything that it answers stays where it is.
@_cdecl("elbo_plugin")
public func describe() -> UnsafePointer<elbo_plugin_description> {
  var deviation = elbo_option()
  deviation.size = UInt32(MemoryLayout<elbo_option>.size)
  deviation.kind = Int32(ELBO_NUMBER.rawValue)
  deviation.name = kept("deviation")
  deviation.summary = kept("Of the noise.")
  deviation.preset.number = 0.1
  deviation.bounds = Int32(ELBO_FROM.rawValue)

  var noise = elbo_layer()
  noise.size = UInt32(MemoryLayout<elbo_layer>.size)
  noise.keeps_shape = 1
  noise.type = kept("noise")
  noise.summary = kept("In training y = x + deviation n, n standard normal; otherwise y = x.")
  noise.options = kept(deviation)
  noise.option_count = 1
  noise.example_input = elbo_matrix(2, 5)
  noise.create = { options, input, _, plan, error in
    guard let options, let input, let plan else { return 1 }
    guard options[0].number < 100 else {
      return elbo_fail(error, "deviation", "more noise than numbers")
    }
    plan.pointee.output = input.pointee
    plan.pointee.ignores_input = 1
    plan.pointee.ignores_output = 1
    plan.pointee.cache_per_row = elbo_count(input)
    plan.pointee.`self` = Unmanaged.passRetained(Noise(options[0].number)).toOpaque()
    return 0
  }
  noise.destroy = { handle in handle.map { Unmanaged<Noise>.fromOpaque($0).release() } }
  noise.forward = { handle, pass, x, y in
    guard let handle, let pass, let x = x?.pointee, let y = y?.pointee else { return }
    Unmanaged<Noise>.fromOpaque(handle).takeUnretainedValue().forward(pass, x, y)
  }
  noise.backward = { _, _, dy, _, _, dx in
    // The noise is a constant to the gradient.
    guard let dy = dy?.pointee, let dx = dx?.pointee, dx.base != dy.base else { return }
    for row in 0..<Int(dy.rows) {
      (dx.base + row * Int(dx.stride)).update(
        from: dy.base + row * Int(dy.stride), count: Int(dy.columns))
    }
  }

  var plugin = elbo_plugin_description()
  plugin.abi_version = UInt32(ELBO_PLUGIN_ABI)
  plugin.size = UInt32(MemoryLayout<elbo_plugin_description>.size)
  plugin.name = kept("noise")
  plugin.version = kept("1.0")
  plugin.layers = kept(noise)
  plugin.layer_count = 1
  return kept(plugin)
}

/// One layer: what create makes and destroy frees. Threads read it, and nobody writes.
final class Noise: Sendable {
  private let deviation: Float

  init(_ deviation: Double) { self.deviation = Float(deviation) }

  func forward(_ pass: UnsafePointer<elbo_pass>, _ x: elbo_block, _ y: elbo_block) {
    // y may be x, so the noise is drawn beside both.
    let (isTraining, noise) = (pass.pointee.is_training != 0, pass.pointee.cache)
    if isTraining { pass.pointee.normal(pass, noise.base, noise.columns, noise.stride) }
    for row in 0..<Int(x.rows) {
      let from = x.base + row * Int(x.stride)
      let to = y.base + row * Int(y.stride)
      let drawn = noise.base + row * Int(noise.stride)
      for i in 0..<Int(x.columns) {
        to[i] = isTraining ? from[i] + deviation * drawn[i] : from[i]
      }
    }
  }
}

/// A value, or a text, that stays for as long as the process lives.
private func kept<T>(_ value: T) -> UnsafePointer<T> {
  let place = UnsafeMutablePointer<T>.allocate(capacity: 1)
  place.initialize(to: value)
  return UnsafePointer(place)
}

private func kept(_ text: String) -> UnsafePointer<CChar>? { UnsafePointer(strdup(text)) }
