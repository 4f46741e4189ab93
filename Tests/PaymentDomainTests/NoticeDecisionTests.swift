import PaymentDomain
import Primitives
import Testing

@Suite("News of the gateway")
struct NoticeDecisionTests {
    private static let now = Instant(seconds: 1_800_000_000)
    private static let states: [AttemptState] = [
        .held, .ready(notBefore: now), .inFlight(AttemptLease(token: .random(), until: now)),
        .requiresAction(until: now), .unknown(lookUps: 1, next: now), .needsReview(reason: "x"),
        .succeeded(reference: "pi_1"), .declined(Decline(gatewayCode: "lost_card")), .cancelled(reason: "x"),
    ]
    private static let refusal = GatewayOutcome.refused(Decline(gatewayCode: "lost_card"), reference: "pi_1")
    private static let outcomes: [GatewayOutcome] = [
        .charged(reference: "pi_1"), .needsAction(reference: "pi_1"), refusal,
        .notExecuted(.notSent, retryAfter: nil), .rejected(code: "x"), .keyInUse, .lost(reason: "x"),
    ]

    /// What the machine says to the same outcome as an answer; nil for what makes no sense.
    private static func answered(_ outcome: GatewayOutcome, in state: AttemptState) -> AttemptState? {
        let machine = AttemptMachine(
            lookUps: LookUpSchedule([.seconds(1)]),
            notExecuted: DoublingDelay(first: .seconds(1), limit: .seconds(9)), confirmation: .seconds(9))
        do throws(AttemptRuleViolation) {
            return try machine.state(after: state, on: .answered(outcome), sends: 1, now: now)
        } catch {
            return nil
        }
    }

    @Test("are applied only where the machine knows what they mean", arguments: states, outcomes)
    func applied(state: AttemptState, outcome: GatewayOutcome) {
        let decision = NoticeDecision.decide(outcome, hasOtherAmount: false, state: state)
        if decision == .apply {
            #expect(Self.answered(outcome, in: state) != nil)
        }
    }

    @Test("of money are never dropped", arguments: states)
    func money(state: AttemptState) {
        let decision = NoticeDecision.decide(
            .charged(reference: "pi_1"), hasOtherAmount: false, state: state)
        switch state {
        case .inFlight, .requiresAction, .unknown, .needsReview: #expect(decision == .apply)
        case .held, .ready: #expect(decision == .later)
        case .succeeded: #expect(decision == .nothing)
        case .declined, .cancelled: #expect(decision == .review(reason: "charged_after_the_end"))
        }
        let other = NoticeDecision.decide(.charged(reference: "pi_1"), hasOtherAmount: true, state: state)
        #expect(other == .review(reason: "other_amount"))
    }

    @Test("of a second charge, or of an attempt that nobody knows, are for a person")
    func strange() {
        #expect(
            NoticeDecision.decide(
                .charged(reference: "pi_2"), hasOtherAmount: false, state: .succeeded(reference: "pi_1"))
                == .review(reason: "second_charge"))
        #expect(
            NoticeDecision.decide(.charged(reference: "pi_1"), hasOtherAmount: false, state: nil)
                == .review(reason: "unknown_attempt"))
        for outcome in Self.outcomes.dropFirst() {
            #expect(NoticeDecision.decide(outcome, hasOtherAmount: false, state: nil) == .nothing)
        }
    }

    @Test(
        "of a refusal end a charge that the payer could still confirm, and disturb nothing else",
        arguments: states)
    func refusals(state: AttemptState) {
        let decision = NoticeDecision.decide(Self.refusal, hasOtherAmount: true, state: state)
        switch state {
        case .inFlight, .unknown: #expect(decision == .apply)
        case .requiresAction: #expect(decision == .end)
        case .held, .ready, .needsReview, .succeeded, .declined, .cancelled: #expect(decision == .nothing)
        }
    }
}
