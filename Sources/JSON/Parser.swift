import CJansson
import CKernels

extension JSON {
  /// Limits on one text, so that no input can end the process.
  package struct Limits: Sendable, Equatable {
    /// The maximum number of bytes in a line.
    package var line = 16 << 20
    /// The maximum number of values in a line, counting every container and member: jansson takes
    /// 32 to 80 bytes for each.
    package var values = 1 << 20
    /// The maximum depth of nested containers: jansson recurses, and a thread's stack is finite.
    package var depth = 128
    /// The maximum number of requests in a batch.
    package var batch = 1000
    /// The maximum number of consecutive digits: jansson copies them all before it checks them.
    static let digits = 1 << 16

    package init() {}
  }

  /// Parses one text. Throws `syntax` for text that is not JSON, `request`, `number` and
  /// `lineTooLarge` for JSON that is refused, and what `admit` throws, which gets in advance the
  /// number of bytes that the value and its parsing may take.
  package init(
    parsing text: UnsafeRawBufferPointer, limits: Limits = Limits(),
    admit: (Int) throws(Fault) -> Void = { _ in }
  ) throws(Fault) {
    guard text.count <= limits.line else {
      throw Fault(
        .lineTooLarge, "a line may have \(limits.line) bytes",
        hint: "send large arrays as a file, by path")
    }
    let survey = try Self.survey(text, limits)
    guard survey.digits <= Limits.digits else {
      try Self.checkForm(text)
      throw Fault(
        .number, "a number may have \(Limits.digits) digits, this one has \(survey.digits)",
        hint: "numbers must fit in int64 or double")
    }
    try admit(survey.bytes + 2 * text.count)
    var strings = LongStrings(text, survey.long)
    if strings.isEmpty {
      self = try Self.load(text, &strings)
    } else {
      let short = strings.shortened
      let loaded = short.withUnsafeBytes { raw in
        Result { () throws(Fault) in try Self.load(raw, &strings) }
      }
      self = try loaded.get()
    }
  }

  /// Parses a text whose long strings were replaced.
  private static func load(
    _ text: UnsafeRawBufferPointer, _ strings: inout LongStrings
  ) throws(Fault) -> JSON {
    let fault: Fault
    do throws(Fault) { return try decode(text, &strings) } catch { fault = error }
    // Checks the whole text, so that positions are those of the whole.
    if fault.kind == .number { try checkForm(strings.text) }
    throw fault
  }

  /// Throws `syntax` if a text with a number that cannot be represented is not JSON at all, because
  /// jansson stops at the number.
  private static func checkForm(_ text: UnsafeRawBufferPointer) throws(Fault) {
    let again = moderated(text).withUnsafeBytes { raw in
      Result { () throws(Fault) in
        var none = LongStrings(raw, [])
        return try decode(raw, &none)
      }
    }
    if case .failure(let worse) = again, worse.kind == .syntax { throw worse }
  }

  private static func decode(
    _ text: UnsafeRawBufferPointer, _ strings: inout LongStrings
  ) throws(Fault) -> JSON {
    var failure = json_error_t()
    // DECODE_ANY and ALLOW_NUL: without them a valid `1` and "\u0000" fail. DISABLE_EOF_CHECK stays
    // off: `{} x` is not JSON.
    let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)
    var root: UnsafeMutableRawPointer?
    guard
      let region = elbo_call_in_region(
        Self.parse, text.baseAddress ?? UnsafeRawPointer(bitPattern: 1), text.count, flags,
        &failure, &root)
    else {
      throw Fault(
        .memory, "not enough memory to parse \(text.count) bytes",
        hint: "drop what is no longer needed, or send less at a time")
    }
    // The values are never released one by one.
    defer { elbo_region_end(region) }
    guard let root else { throw fault(of: failure, at: strings.position(Int(failure.position))) }
    return JSON(root.assumingMemoryBound(to: json_t.self), &strings)
  }

  /// `json_loadb`, which takes its memory from the region of the call: if an allocation fails,
  /// jansson itself may lose characters, or end the process.
  private static let parse: elbo_parse = {
    json_set_alloc_funcs(elbo_region_malloc, elbo_region_free)
    return { text, size, flags, error in
      UnsafeMutableRawPointer(
        json_loadb(text, size, flags, error?.assumingMemoryBound(to: json_error_t.self)))
    }
  }()

  /// Returns the same text with numbers of the same form that can always be represented.
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
  package init(
    parsing text: some StringProtocol, limits: Limits = Limits(),
    admit: (Int) throws(Fault) -> Void = { _ in }
  ) throws(Fault) {
    let bytes = Array(text.utf8)
    let parsed = bytes.withUnsafeBytes { raw in
      Result { () throws(Fault) in try JSON(parsing: raw, limits: limits, admit: admit) }
    }
    self = try parsed.get()
  }

  /// The bytes that jansson and Swift take together: an empty object takes 231 in jansson, a real
  /// 32.
  private static let bytesOfContainer = 256
  private static let bytesOfValue = 128

  /// Counts depth, values and digits before jansson parses the text; finds NUL bytes, which it
  /// would swallow, and long strings.
  private static func survey(
    _ text: UnsafeRawBufferPointer, _ limits: Limits
  ) throws(Fault) -> (long: [LongStrings.Match], digits: Int, bytes: Int) {
    guard let base = text.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
      return ([], 0, 0)
    }
    var long: [LongStrings.Match] = []
    var digits = 0
    var strings = 0
    var depth = 0
    var values = 1
    var containers = 0
    var position = 0
    while position < text.count {
      switch base[position] {
      case 0: throw nul(position)
      case 0x22:
        let begin = position + 1
        let plain = elbo_plain_prefix(text.count - begin, base + begin)
        position = begin + plain
        if position < text.count, base[position] == 0x22 {
          if plain >= LongStrings.least, !isName(text[(position + 1)...]) {
            long.append(LongStrings.Match(number: strings, range: begin..<position))
          }
        } else {
          position = try endOfString(base, from: position, text.count)
        }
        strings += 1
      case 0x5B, 0x7B:
        depth += 1
        values += 1
        containers += 1
        if depth > limits.depth {
          throw Fault(.syntax, "more than \(limits.depth) nested containers")
        }
      case 0x30...0x39:
        let begin = position
        while position + 1 < text.count, base[position + 1] &- 0x30 <= 9 { position += 1 }
        digits = max(digits, position + 1 - begin)
      case 0x5D, 0x7D: depth -= 1
      case 0x2C: values += 1
      default: break
      }
      position += 1
    }
    if values > limits.values {
      throw Fault(
        .lineTooLarge, "a line may have \(limits.values) values, this one has about \(values)",
        hint: "send large arrays as base64, or as a file by path")
    }
    return (long, digits, containers * Self.bytesOfContainer + values * Self.bytesOfValue)
  }

  /// Returns the end of the string that begins at `begin`: its closing quote, or the end of the
  /// text.
  private static func endOfString(
    _ base: UnsafePointer<UInt8>, from begin: Int, _ count: Int
  ) throws(Fault) -> Int {
    var position = begin
    while position < count, base[position] != 0x22 {
      if base[position] == 0 { throw nul(position) }
      position += base[position] == 0x5C ? 1 : 0
      if position < count, base[position] == 0 { throw nul(position) }
      position += 1
    }
    return position
  }

  /// Returns whether the rest after a string shows that it is the name of a member.
  private static func isName(_ rest: Slice<UnsafeRawBufferPointer>) -> Bool {
    rest.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D } == 0x3A
  }

  private static func nul(_ position: Int) -> Fault {
    Fault(
      .syntax, "a NUL byte at byte \(position)",
      hint: "send UTF-8: text in UTF-16 has a NUL byte beside each letter")
  }

  private static func fault(of failure: json_error_t, at position: Int) -> Fault {
    var failure = failure
    let code = json_error_code(&failure)
    let text = withUnsafeBytes(of: &failure.text) { raw in
      String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
    let message = "\(text), at byte \(position)"
    return switch code {
    case json_error_duplicate_key: Fault(.request, "a member name occurs twice: \(message)")
    case json_error_null_byte_in_key: Fault(.request, "a member name holds a NUL: \(message)")
    case json_error_numeric_overflow:
      Fault(.number, message, hint: "numbers must fit in int64 or double")
    case json_error_out_of_memory: Fault(.memory, message)
    default:
      Fault(
        .syntax, message,
        hint: ["near 'NaN'", "near 'Infinity'", "near '-'"].contains { text.hasSuffix($0) }
          ? "JSON has no such number: send the string \"NaN\", \"Infinity\" or \"-Infinity\"" : nil)
    }
  }

  private init(_ value: UnsafeMutablePointer<json_t>, _ strings: inout LongStrings) {
    switch value.pointee.type {
    case JSON_OBJECT:
      var members: [Member] = []
      members.reserveCapacity(json_object_size(value))
      var position = json_object_iter(value)
      while let here = position {
        if let name = json_object_iter_key(here), let child = json_object_iter_value(here) {
          let length = json_object_iter_key_len(here)
          strings.passName()
          members.append(Member(Self.text(name, length), JSON(child, &strings)))
        }
        position = json_object_iter_next(value, here)
      }
      self = .object(members)
    case JSON_ARRAY:
      self = .array(
        (0..<json_array_size(value)).map { index in
          json_array_get(value, index).map { JSON($0, &strings) } ?? .null
        })
    case JSON_STRING:
      self = .string(
        strings.takeString()
          ?? json_string_value(value).map { Self.text($0, json_string_length(value)) } ?? "")
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
