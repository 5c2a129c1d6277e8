import JSON

extension Fault.Kind {
  /// The number on the wire. Without a default, so that a new kind does not compile until it has one.
  public var code: Int {
    switch self {
    case .syntax: -32700
    case .request, .number, .lineTooLarge: -32600
    case .method: -32601
    case .params: -32602
    case .internal: -32603
    case .cancelled: -32800
    case .unknownName: 1001
    case .nameInUse: 1002
    case .wrongState: 1003
    case .shape: 1101
    case .support: 1102
    case .resultTooLarge: 1103
    case .notFinite: 1201
    case .denied: 1301
    case .io: 1302
    case .badFile: 1303
    case .noSpace: 1304
    case .memory: 1401
    case .plugin: 1501
    case .missingProgram: 1601
    }
  }
}

extension Fault {
  /// The `error` member of a reply: `code`, `message`, and `data` with what a program wants to know.
  public var object: JSON {
    var data = [JSON.Member("kind", .string(kind.name))]
    if !path.isEmpty { data.append(JSON.Member("path", .string(path))) }
    for (name, text) in [("expected", expected), ("got", got), ("hint", hint)] {
      if let text { data.append(JSON.Member(name, .string(text))) }
    }
    return ["code": .int(kind.code), "message": .string(sentence), "data": .object(data)]
  }

  /// The message with the path in front, where there is one.
  public var sentence: String { path.isEmpty ? message : "\(path): \(message)" }
}
