import CKernels
import CXSMM

/// The kernels and libraries in use on this machine.
package enum Platform {
  /// The instruction set of the kernels in use: "x86-64-v3".
  package static var simd: String { String(cString: elbo_simd()) }
  /// The library of the matrix products: "libxsmm 1.17".
  package static var products: String { "libxsmm " + String(cString: xsmm_version()) }
}
