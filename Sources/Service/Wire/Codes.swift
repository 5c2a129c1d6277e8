import Declarations
import JSON

extension Fault.Kind {
  /// The number on the wire. The switch has no default, so that a new kind does not compile without
  /// a number.
  package var code: Int {
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

extension Fault.Kind {
  /// When it occurs, in one sentence.
  package var summary: String {
    switch self {
    case .syntax: "Not JSON: syntax, a NUL byte, invalid UTF-8, lone surrogates, too deep."
    case .request: "JSON, but no request: not an object, no version, a member named twice."
    case .number: "A number past int64 or double."
    case .lineTooLarge: "A line or a batch past the limits of engine.info."
    case .method: "No such method."
    case .params: "A parameter that is unknown, missing, of the wrong type or out of bounds."
    case .internal: "A defect of the engine."
    case .cancelled: "Cancelled; nothing was changed."
    case .unknownName: "No such data set, model, trainer, distribution, split or parameter."
    case .nameInUse: "A name that is taken."
    case .wrongState: "Not now: a trainer that already runs, say."
    case .shape: "Shapes that do not fit, and which layer they meet in."
    case .support: "Values that the distribution has no density for."
    case .resultTooLarge: "A result that does not fit in a line or in memory; ask for a path."
    case .notFinite: "A value that is not finite; the parameters are those before the update."
    case .denied: "Outside the folders that the engine may touch."
    case .io: "The system refused a file: its own message."
    case .badFile: "A file that breaks its format: the byte and the rule."
    case .noSpace: "No space is left for a file."
    case .memory: "Not enough memory: the bytes that were wanted, and those that can be had."
    case .plugin: "A plug-in failed."
    case .missingProgram: "A program that is needed is not there, and how to install it."
    }
  }
}

extension Fault {
  /// The `error` member of a reply: `code`, `message`, and `data` with the details for programs.
  package var object: JSON {
    var data = [JSON.Member("kind", .string(kind.name))]
    if !path.isEmpty { data.append(JSON.Member("path", .string(path))) }
    for (name, text) in [("expected", expected), ("got", got), ("hint", hint)] {
      if let text { data.append(JSON.Member(name, .string(text))) }
    }
    return ["code": .int(kind.code), "message": .string(sentence), "data": .object(data)]
  }
}
