import CKernels
import CXSMM

/// What the arithmetic runs on here.
public enum Platform {
  /// The instruction set whose kernels are in use: "x86-64-v3".
  public static var simd: String { String(cString: elbo_simd()) }
  /// The library of the matrix products: "libxsmm 1.17".
  public static var products: String { "libxsmm " + String(cString: xsmm_version()) }
}
