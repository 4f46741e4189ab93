import PaymentDomain
import Testing

@Suite("Where a dispute stands")
struct DisputeStatusTests {
    @Test("follows from the gateway's words")
    func words() {
        let words = [
            "needs_response", "under_review", "won", "lost", "charge_refunded", "warning_needs_response",
            "warning_closed", "something_new",
        ]
        #expect(
            words.map { DisputeStatus(gatewayStatus: $0) } == [
                .opened, .opened, .won, .lost, .lost, nil, nil, nil,
            ])
    }

    @Test("only goes on, in whatever order news come", arguments: DisputeStatus.allCases)
    func steps(told: DisputeStatus) {
        #expect(
            DisputeStatus.steps(from: nil, told: told) == (told == .opened ? [.opened] : [.opened, told]))
        #expect(DisputeStatus.steps(from: .opened, told: told) == (told == .opened ? [] : [told]))
        #expect(DisputeStatus.steps(from: .won, told: told) == [])
        #expect(DisputeStatus.steps(from: .lost, told: told) == [])
    }
}
