import PaymentDomain
import Primitives
import Testing

private let now = Instant(seconds: 1_800_000_000)
private let lease = AttemptLease(token: RawID(high: 1, low: 2), until: now + .seconds(90))
private let machine = AttemptMachine(
    lookUps: LookUpSchedule([.seconds(5), .seconds(30), .seconds(120)]),
    notExecuted: DoublingDelay(first: .seconds(300), limit: .seconds(3600)), confirmation: .seconds(3600))

private let states: [AttemptState] = [
    .held, .ready(notBefore: now), .ready(notBefore: now + .seconds(1)), .inFlight(lease),
    .requiresAction(until: now + .seconds(10)), .unknown(lookUps: 0, next: now),
    .unknown(lookUps: 2, next: now),
    .needsReview(reason: "r"), .succeeded(reference: "pi"), .declined(Decline(.soft, code: "do_not_honor")),
    .cancelled(reason: "r"),
]
private let outcomes: [GatewayOutcome] = [
    .charged(reference: "pi_1"), .refused(Decline(.hard, code: "stolen_card"), reference: nil),
    .needsAction(reference: "pi_1"), .notExecuted(.notSent, retryAfter: nil),
    .notExecuted(.rateLimited, retryAfter: .seconds(900)),
    .rejected(code: "parameter_missing"), .keyInUse, .lost(reason: "time-out"),
]
private let events: [AttemptEvent] =
    [
        .released, .claimed(lease), .withdrawn(reason: "voided"), .leaseExpired, .lookedUp(.nothing),
        .lookedUp(.impossible),
        .confirmationExpired, .resolved(.charged(reference: "pi_9")), .resolved(.notCharged),
    ] + outcomes.map { .answered($0) } + outcomes.map { .lookedUp(.found($0)) }

private func after(_ state: AttemptState, _ event: AttemptEvent, sends: Int = 1) throws -> AttemptState {
    try machine.state(after: state, on: event, sends: sends, now: now)
}

@Suite("An attempt never forgets that it may have taken money")
struct AttemptMachineTests {
    @Test("an ended attempt refuses every event", arguments: states.filter { !$0.isOpen })
    func ended(state: AttemptState) {
        for event in events {
            #expect(throws: AttemptRuleViolation(state: state, event: event)) { try after(state, event) }
        }
    }

    @Test(
        "no event makes a sent attempt sendable again, unless the gateway says that it did nothing",
        arguments: states)
    func neverResent(state: AttemptState) throws {
        for event in events {
            guard let next = try? after(state, event), case .ready = next else { continue }
            switch (state, event) {
            case (.held, .released), (.inFlight, .answered(.notExecuted)): break
            default: Issue.record("\(state) became ready on \(event)")
            }
        }
    }

    @Test("only a definite refusal declines an attempt that was sent", arguments: states)
    func declines(state: AttemptState) throws {
        for event in events {
            guard let next = try? after(state, event), case .declined = next else { continue }
            switch event {
            case .answered(.refused), .lookedUp(.found(.refused)), .confirmationExpired: break
            default: Issue.record("\(state) was declined by \(event)")
            }
        }
    }

    @Test("a charge that is heard of while the attempt is open always makes it succeed")
    func chargeIsHeard() throws {
        for state in states where state.isOpen && !state.isReplaceable {
            #expect(try after(state, .answered(.charged(reference: "pi_1"))) == .succeeded(reference: "pi_1"))
        }
    }

    @Test(
        "a lost answer, a key in use and an expired lease are unknown, and unknown is looked up, never charged anew"
    )
    func unknown() throws {
        #expect(
            try after(.inFlight(lease), .answered(.lost(reason: "reset")))
                == .unknown(lookUps: 0, next: now + .seconds(5)))
        #expect(
            try after(.inFlight(lease), .answered(.keyInUse)) == .unknown(lookUps: 0, next: now + .seconds(5))
        )
        #expect(try after(.inFlight(lease), .leaseExpired) == .unknown(lookUps: 0, next: now))
        #expect(
            try after(.unknown(lookUps: 0, next: now), .lookedUp(.nothing))
                == .unknown(lookUps: 1, next: now + .seconds(30)))
        #expect(
            try after(.unknown(lookUps: 1, next: now), .lookedUp(.found(.lost(reason: "reset"))))
                == .unknown(lookUps: 2, next: now + .seconds(120)))
        #expect(
            try after(.unknown(lookUps: 2, next: now), .lookedUp(.nothing))
                == .needsReview(reason: "outcome_unknown"))
        #expect(
            try after(.unknown(lookUps: 0, next: now), .lookedUp(.impossible))
                == .cancelled(reason: "never_arrived"))
    }

    @Test(
        "what was certainly not executed is sent again under the same key, later each time, as the gateway asks at least"
    )
    func notExecuted() throws {
        let outcome = AttemptEvent.answered(.notExecuted(.notSent, retryAfter: nil))
        #expect(try after(.inFlight(lease), outcome, sends: 1) == .ready(notBefore: now + .seconds(300)))
        #expect(try after(.inFlight(lease), outcome, sends: 3) == .ready(notBefore: now + .seconds(1200)))
        #expect(try after(.inFlight(lease), outcome, sends: 60) == .ready(notBefore: now + .seconds(3600)))
        let limited = AttemptEvent.answered(.notExecuted(.rateLimited, retryAfter: .seconds(900)))
        #expect(try after(.inFlight(lease), limited, sends: 1) == .ready(notBefore: now + .seconds(900)))
        let soon = AttemptEvent.answered(.notExecuted(.rateLimited, retryAfter: .seconds(2)))
        #expect(try after(.inFlight(lease), soon, sends: 9) == .ready(notBefore: now + .seconds(2)))
        let untold = AttemptEvent.answered(.notExecuted(.rateLimited, retryAfter: nil))
        #expect(try after(.inFlight(lease), untold, sends: 1) == .ready(notBefore: now + .seconds(300)))
    }

    @Test("an attempt is claimed only when its time has come")
    func claiming() throws {
        #expect(try after(.ready(notBefore: now), .claimed(lease)) == .inFlight(lease))
        #expect(throws: AttemptRuleViolation.self) {
            try after(.ready(notBefore: now + .seconds(1)), .claimed(lease))
        }
        #expect(throws: AttemptRuleViolation.self) { try after(.held, .claimed(lease)) }
    }

    @Test("the open states are those that hold the lease, and only unsent ones make room for a person")
    func leasing() {
        let attempt = AttemptID(RawID(high: 3, low: 4))
        for state in states {
            let person = LeaseDecision.decide(for: .person, holder: (attempt, state))
            let plan = LeaseDecision.decide(for: .plan, holder: (attempt, state))
            switch state {
            case .succeeded, .declined, .cancelled: #expect(person == .granted && plan == .granted)
            case .held, .ready: #expect(person == .replaces(attempt) && plan == .waits)
            case .inFlight, .requiresAction, .unknown, .needsReview:
                #expect(person == .conflict(attempt) && plan == .waits)
            }
        }
        #expect(LeaseDecision.decide(for: .person, holder: nil) == .granted)
    }
}
