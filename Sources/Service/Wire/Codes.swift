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
    case .queueFull: 1402
    case .timeUp: 1403
    case .plugin: 1501
    case .missingProgram: 1601
    case .rank: 1701
    }
  }
}

extension Fault.Kind {
  /// When it occurs, in one sentence.
  package var summary: String {
    switch self {
    case .syntax:
      "The text is not JSON: bad syntax, a NUL byte, invalid UTF-8, a lone surrogate or too many nested containers."
    case .request: "The JSON is not a request: not an object, no version or a member named twice."
    case .number: "A number exceeds int64 or double."
    case .lineTooLarge: "A line or a batch exceeds the limits of engine.info."
    case .method: "There is no such method."
    case .params: "A parameter is unknown, missing, of the wrong type or out of bounds."
    case .internal: "The engine has a defect."
    case .cancelled: "The request was cancelled; nothing was changed."
    case .unknownName:
      "There is no data set, model, trainer, distribution, split or parameter of this name."
    case .nameInUse: "The name is already in use."
    case .wrongState:
      "The call does not fit the current state, such as a trainer that already runs."
    case .shape: "Shapes do not fit together; the message names the layer or the array."
    case .support: "Values lie outside the support of the distribution."
    case .resultTooLarge: "The result does not fit in a line or in memory; ask for a path."
    case .notFinite: "A value is not finite; the parameters are those before the update."
    case .denied:
      "The system does not allow it, or the path is outside the folders that the engine may touch."
    case .io: "The system refused a file; the message is its own."
    case .badFile: "A file breaks its format; the message names the place and the rule."
    case .noSpace: "No space is left for a file."
    case .memory:
      "Not enough memory is available; the message gives the bytes needed and available."
    case .queueFull: "As many requests wait as --max-pending allows; this one was not taken."
    case .timeUp:
      "The request ran for the time that --max-seconds allows, and was stopped as by a cancel."
    case .plugin: "A plug-in failed."
    case .missingProgram: "A program that is needed is missing; the hint says how to install it."
    case .rank:
      "One of several processes that hold the session has ended, or differs from the others; the message gives its rank."
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
