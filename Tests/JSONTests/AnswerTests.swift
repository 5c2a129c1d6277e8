import Declarations
import JSON
import Testing

private struct Place: Answer {
  let row: Int
  let hint: String?

  static let members: [Member<Place>] = [
    Member("row", \.row, "Counted from 0."), Member("hint", \.hint, "The way out."),
  ]
}

private struct Whole: Answer {
  let finding: Finding

  static let members: [Member<Whole>] = Member.all(of: \.finding)
}

private struct Finding: Answer {
  let value: Double
  let place: Place
  let further: [Place]
  let seconds: Double?

  static let members: [Member<Finding>] =
    [Member("value", \.value, "What was found.")] + Member.all(of: \.place) + [
      Member("further", \.further, "Others."),
      Member("seconds", \.seconds, "How long it took.", isVolatile: true),
    ]
}

@Suite struct Answers {
  @Test func areWrittenInTheOrderOfTheirMembers() {
    let finding = Finding(
      value: 0.5, place: Place(row: 3, hint: nil), further: [Place(row: 4, hint: "less")],
      seconds: nil)
    #expect(
      finding.json.line == #"{"value":0.5,"row":3,"further":[{"row":4,"hint":"less"}]}"#)
  }

  @Test func requireWhatIsAlwaysThere() {
    let schema = Finding.replySchema.json
    #expect(schema["required"] == ["value", "row", "further"])
    #expect(schema["additionalProperties"] == false)
    #expect(schema["properties"]?["hint"] == ["type": "string", "description": "The way out."])
    #expect(schema["properties"]?["further"]?["items"] == Place.replySchema.json)
  }

  @Test func sayWhatVaries() {
    #expect(Finding.members.filter(\.isVolatile).map(\.name) == ["seconds"])
    #expect(Whole.members.filter(\.isVolatile).map(\.name) == ["seconds"])
    #expect(Finding.members.map { $0.saying("Another.").isVolatile }.last == true)
    let other = Finding.members[0].saying("Another.")
    #expect(other.summary == "Another." && other.name == "value" && !other.isOptional)
    #expect(Finding.members[0].saying(nil).summary == "What was found.")
  }
}
