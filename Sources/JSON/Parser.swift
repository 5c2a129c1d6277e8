import CJansson

extension JSON {
  /// What one text may hold, so that no input can take the process down.
  public struct Limits: Sendable, Equatable {
    /// Bytes of one line.
    public var line = 16 << 20
    /// Values of one line, counting every container and member: jansson takes 32 to 80 bytes for each.
    public var values = 1 << 20
    /// Containers inside each other: jansson recurses, and a thread's stack is finite.
    public var depth = 128
    /// Requests of one batch.
    public var batch = 1000

    public init() {}
  }

  /// Parses one text. Throws `syntax` for what is not JSON, `request`, `number` and `lineTooLarge` for JSON that is refused.
  public init(parsing text: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(Fault) {
    guard text.count <= limits.line else {
      throw Fault(
        .lineTooLarge, "a line may have \(limits.line) bytes",
        hint: "send large arrays as a file, by path")
    }
    try Self.survey(text, limits)
    let fault: Fault
    do throws(Fault) {
      self = try Self.load(text)
      return
    } catch { fault = error }
    // jansson stops at a number it cannot hold, although what follows it may be no JSON at all.
    if fault.kind == .number {
      let moderated = Self.moderated(text)
      let again = moderated.withUnsafeBytes { raw in
        Result { () throws(Fault) in try Self.load(raw) }
      }
      if case .failure(let worse) = again, worse.kind == .syntax { throw worse }
    }
    throw fault
  }

  private static func load(_ text: UnsafeRawBufferPointer) throws(Fault) -> JSON {
    var failure = json_error_t()
    // DECODE_ANY and ALLOW_NUL: without them a valid `1` and "\u0000" fail.
    // DISABLE_EOF_CHECK stays off: `{} x` is not JSON.
    let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)
    guard
      let root = json_loadb(
        text.baseAddress ?? UnsafeRawPointer(bitPattern: 1), text.count, flags, &failure)
    else { throw fault(of: failure) }
    defer { json_decref(root) }
    return JSON(root)
  }

  /// The same text with numbers of the same form that are small enough for everyone.
  private static func moderated(_ text: UnsafeRawBufferPointer) -> [UInt8] {
    var out: [UInt8] = []
    var isString = false
    var isEscaped = false
    var digits = 0
    var isExponent = false
    for byte in text {
      if isString || byte == 0x22 {
        if !isEscaped, byte == 0x22 { isString.toggle() }
        isEscaped = isString && !isEscaped && byte == 0x5C
      } else if (0x30...0x39).contains(byte) {
        digits += 1
        if digits <= 15 { out.append(isExponent ? 0x30 : byte) }
        continue
      } else {
        isExponent =
          (byte | 0x20 == 0x65 && digits > 0)
          || (isExponent && digits == 0 && (byte == 0x2B || byte == 0x2D))
      }
      digits = 0
      out.append(byte)
    }
    return out
  }

  /// Parses one text.
  public init(parsing text: some StringProtocol, limits: Limits = Limits()) throws(Fault) {
    let bytes = Array(text.utf8)
    let parsed = bytes.withUnsafeBytes { raw in
      Result { () throws(Fault) in try JSON(parsing: raw, limits: limits) }
    }
    self = try parsed.get()
  }

  /// Counts depth and values before jansson sees the text, and finds the NUL bytes that it would swallow.
  private static func survey(_ text: UnsafeRawBufferPointer, _ limits: Limits) throws(Fault) {
    var depth = 0
    var values = 1
    var isString = false
    var isEscaped = false
    for (position, byte) in text.enumerated() {
      if byte == 0 { throw Fault(.syntax, "a NUL byte at byte \(position)") }
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == 0x5C {
          isEscaped = true
        } else if byte == 0x22 {
          isString = false
        }
        continue
      }
      switch byte {
      case 0x22: isString = true
      case 0x5B, 0x7B:
        depth += 1
        values += 1
        if depth > limits.depth {
          throw Fault(.syntax, "more than \(limits.depth) containers inside each other")
        }
      case 0x5D, 0x7D: depth -= 1
      case 0x2C: values += 1
      default: break
      }
    }
    if values > limits.values {
      throw Fault(
        .lineTooLarge, "a line may have \(limits.values) values, this one has about \(values)",
        hint: "send large arrays as base64, or as a file by path")
    }
  }

  private static func fault(of failure: json_error_t) -> Fault {
    var failure = failure
    let code = json_error_code(&failure)
    let text = withUnsafeBytes(of: &failure.text) { raw in
      String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
    let message = "\(text), at byte \(failure.position)"
    return switch code {
    case json_error_duplicate_key: Fault(.request, "a member name occurs twice: \(message)")
    case json_error_null_byte_in_key: Fault(.request, "a member name holds a NUL: \(message)")
    case json_error_numeric_overflow: Fault(.number, message, hint: "int64 and double are taken")
    case json_error_out_of_memory: Fault(.memory, message)
    default: Fault(.syntax, message)
    }
  }

  private init(_ value: UnsafeMutablePointer<json_t>) {
    switch value.pointee.type {
    case JSON_OBJECT:
      var members: [Member] = []
      members.reserveCapacity(json_object_size(value))
      var position = json_object_iter(value)
      while let here = position {
        if let name = json_object_iter_key(here), let child = json_object_iter_value(here) {
          let length = json_object_iter_key_len(here)
          members.append(Member(Self.text(name, length), JSON(child)))
        }
        position = json_object_iter_next(value, here)
      }
      self = .object(members)
    case JSON_ARRAY:
      self = .array(
        (0..<json_array_size(value)).map { json_array_get(value, $0).map { JSON($0) } ?? .null })
    case JSON_STRING:
      self = .string(
        json_string_value(value).map { Self.text($0, json_string_length(value)) } ?? "")
    case JSON_INTEGER: self = .int(Int(json_integer_value(value)))
    case JSON_REAL: self = .real(json_real_value(value))
    case JSON_TRUE: self = .bool(true)
    case JSON_FALSE: self = .bool(false)
    default: self = .null
    }
  }

  private static func text(_ characters: UnsafePointer<CChar>, _ length: Int) -> String {
    let bytes = UnsafeRawBufferPointer(start: characters, count: length)
    return String(decoding: bytes, as: UTF8.self)
  }
}
