import Testing

@testable import Variational

@Suite struct SelfTestTests {
  @Test func everyCheckPassesQuickly() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let checks = try withTeam { try SelfTest(team: $0).checks() }
    for check in checks { #expect(check.passed, "\(check)") }
    #expect(checks.count >= 16)
    // It takes two seconds on an idle machine.
    #expect(clock.now - start < .seconds(10))
  }

  @Test func aCheckFailsBeyondItsToleranceAndForNaN() {
    #expect(SelfTest.Check("", expected: 1, got: 1.1, tolerance: 0.2).passed)
    #expect(!SelfTest.Check("", expected: 1, got: 1.3, tolerance: 0.2).passed)
    #expect(!SelfTest.Check("", expected: 1, got: .nan, tolerance: 0.2).passed)
    #expect(!SelfTest.Check("", expected: 1, got: 1, tolerance: .nan).passed)
  }
}
