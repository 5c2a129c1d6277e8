import CPlugin
import Declarations
import JSON
import Tensors

/// A struct of the interface whose first member is its size.
protocol Sized {
  static var structName: String { get }
}

extension elbo_option: Sized { static let structName = "elbo_option" }
extension elbo_layer: Sized { static let structName = "elbo_layer" }
extension elbo_likelihood: Sized { static let structName = "elbo_likelihood" }
extension elbo_source: Sized { static let structName = "elbo_source" }

/// A description that stays in place, unchanged, while the process lives, by the interface's first
/// rule. So it may cross threads.
struct Description<T>: @unchecked Sendable {
  let value: T
}

/// Reads the declarations of a plug-in. Everything is checked except that pointers are valid.
enum Reading {
  /// Returns the elements of an array of sized structs. Throws `plugin`.
  static func elements<T: Sized>(
    _ base: UnsafePointer<T>?, _ count: Int64, _ member: String
  ) throws(Fault) -> [T] {
    guard let base = try array(base, count, member) else { return [] }
    return try (0..<Int(count)).map { (position) throws(Fault) in
      try within("\(member)[\(position)]") { () throws(Fault) in
        try size(UnsafeRawPointer(base + position), as: T.self)
      }
      return base[position]
    }
  }

  /// Returns the texts of an array. Throws `plugin`.
  static func texts(
    _ base: UnsafePointer<UnsafePointer<CChar>?>?, _ count: Int64, _ member: String
  ) throws(Fault) -> [String] {
    guard let base = try array(base, count, member) else { return [] }
    return try (0..<Int(count)).map { (position) throws(Fault) in
      try text(base[position], "\(member)[\(position)]")
    }
  }

  private static func array<T>(
    _ base: UnsafePointer<T>?, _ count: Int64, _ member: String
  ) throws(Fault) -> UnsafePointer<T>? {
    guard (0...1024).contains(count) else {
      throw misfit(member, "a number of elements from 0 to 1024", "\(count)")
    }
    guard count > 0 else { return nil }
    guard let base else { throw misfit(member, "\(count) elements", "null") }
    return base
  }

  /// There has been only one version, so a struct has the size that it has here. Once members are
  /// added at the end, earlier sizes will be accepted too, with zeros for the missing members.
  private static func size<T: Sized>(_ base: UnsafeRawPointer, as: T.Type) throws(Fault) {
    let size = Int(base.load(as: UInt32.self))
    guard size == MemoryLayout<T>.size else {
      throw wrongSize(size, T.structName, MemoryLayout<T>.size)
    }
  }

  static func wrongSize(_ size: Int, _ name: String, _ expected: Int) -> Fault {
    misfit(
      "size", "\(expected), the bytes of \(name)", "\(size)",
      hint: "build it with the elbo_plugin.h of this program, and let size be sizeof(\(name))")
  }

  static func text(_ pointer: UnsafePointer<CChar>?, _ member: String) throws(Fault) -> String {
    guard let pointer else { throw misfit(member, "a text", "null") }
    guard let text = String(validatingCString: pointer) else {
      throw misfit(member, "UTF-8", "bytes that are not")
    }
    return text
  }

  /// Returns a word in the form of the built-in modules: a letter, then letters and digits.
  static func name(_ pointer: UnsafePointer<CChar>?, _ member: String) throws(Fault) -> String {
    let text = try text(pointer, member)
    let isLetter = { (byte: UInt8) in (65...90).contains(byte & ~32) }
    let isPlain = text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) }
    guard let first = text.utf8.first, isLetter(first), isPlain, text.utf8.count <= 64 else {
      throw misfit(
        member, "a letter, then letters and digits, 64 at most", JSON.string(text).excerpt)
    }
    return text
  }

  static func function<F>(_ function: F?, _ member: String) throws(Fault) -> F {
    guard let function else { throw misfit(member, "a function", "null") }
    return function
  }

  /// Returns a shape without zeros. Throws `plugin`.
  static func shape(_ raw: elbo_shape, _ member: String) throws(Fault) -> Shape {
    let expected = "a shape: a rank from 1 to \(ELBO_MAX_RANK), and extents from 1"
    guard (1...Int64(ELBO_MAX_RANK)).contains(raw.rank) else {
      throw misfit(member, expected, "rank \(raw.rank)")
    }
    let extents = withUnsafeBytes(of: raw.extents) { bytes in
      (0..<Int(raw.rank)).map { Int(bytes.load(fromByteOffset: 8 * $0, as: Int64.self)) }
    }
    let shape = Shape(extents)
    guard extents.allSatisfy({ $0 > 0 }), shape.checkedCount() != nil else {
      throw misfit(member, expected, "\(shape)")
    }
    return shape
  }

  /// Returns a fault of the plug-in.
  static func misfit(
    _ member: String, _ expected: String, _ got: String, hint: String? = nil
  ) -> Fault {
    .misfit(.plugin, expected: expected, got: got, at: member, hint: hint)
  }

  /// Returns the plug-in's own error; an error about an option is a fault of the client that set
  /// it.
  static func refusal(
    _ error: elbo_error, options: [String], otherwise kind: Fault.Kind
  ) -> Fault {
    let message = withUnsafeBytes(of: error.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    let option = error.option.flatMap { String(validatingCString: $0) }
    let path = option.flatMap { options.contains($0) ? $0 : nil }
    return Fault(
      path == nil ? kind : .params, message.isEmpty ? "the plug-in refuses it" : message,
      path: path ?? "")
  }
}

extension elbo_shape {
  init(_ shape: Shape) {
    self.init()
    rank = Int64(shape.extents.count)
    withUnsafeMutableBytes(of: &extents) { bytes in
      for (axis, extent) in shape.extents.prefix(Int(ELBO_MAX_RANK)).enumerated() {
        bytes.storeBytes(of: Int64(extent), toByteOffset: 8 * axis, as: Int64.self)
      }
    }
  }
}

extension elbo_block {
  init(_ block: Block) {
    self.init(
      base: block.base, rows: Int64(block.rows), columns: Int64(block.columns),
      stride: Int64(block.stride))
  }
}
