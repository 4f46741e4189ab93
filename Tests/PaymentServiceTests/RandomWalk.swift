import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives
import ServiceKit
import TestKit

@testable import PaymentService

/// Everything that can happen to the payment service, in an order that a seed decides: what other services say, late,
/// twice or the wrong way round; what people do; what the gateway does to answers; processes that die between two lines.
///
/// The walk plays the invoice service and the scheduler. Its executor and loops run all the while.
struct RandomWalk {
    /// An invoice as the invoice service knows it.
    private struct Bill {
        let id: InvoiceID
        let total: Int64
        var credited: Int64 = 0
        var isVoided = false
        var sequence: Int64 = 2
    }

    /// A state that was published and has not arrived.
    private enum News {
        case credited(Received<CreditNoteIssued>)
        case voided(Received<InvoiceVoided>)
    }

    private enum Step: CaseIterable {
        case issue, issueParts, credit, void, deliver, due, oldDue, link, hand, refund, fault, later, die,
            tell, saveCard, loseCard, refuseCard, renewCard, assignCard
    }

    private static let cards = [
        "4242424242424242", "4000000000000002", "4000000000009995", "4000002760003184", "4000000000000119",
    ]
    private static let faults = [
        "error_after", "stored_error_after", "error_before", "reset_before", "reset_after", "rate_limit",
        "late_answer",
    ]

    let world: PaymentWorld
    var numbers: SeededNumbers
    private var bills: [Bill] = []
    private var news: [News] = []
    private var dues: [Received<ChargeDue>] = []
    var path: [String] = []

    init(_ world: PaymentWorld, seed: UInt64) {
        self.world = world
        numbers = SeededNumbers(seed: seed)
    }

    /// Takes so many steps.
    mutating func walk(_ count: Int) async throws {
        _ = try await world.filledWallet(Int64.random(in: 1...9_000, using: &numbers))
        let card = Bool.random(using: &numbers) ? "4242424242424242" : "4000000000000341"
        try await world.mandate(
            card: card, payWith: PayWith.allCases.randomElement(using: &numbers) ?? .card,
            allowsFallback: Bool.random(using: &numbers))
        for _ in 0..<count {
            guard let step = Step.allCases.randomElement(using: &numbers) else { continue }
            try await take(step)
        }
    }

    private mutating func take(_ step: Step) async throws {
        path.append("\(step)")
        switch step {
        case .issue: try await issue(parts: 0)
        case .issueParts: try await issue(parts: Int.random(in: 2...4, using: &numbers))
        case .credit: try credit()
        case .void: try void()
        case .deliver: try await deliver()
        case .due: try await sendDue()
        case .oldDue: if let due = dues.randomElement(using: &numbers) { try await world.accept([due, due]) }
        case .link: try await payByLink()
        case .hand: try await payByHand()
        case .refund: try await refund()
        case .fault: try await fault()
        case .later: world.clock.advance(by: .seconds(Int64.random(in: 1...200_000, using: &numbers)))
        case .die: try await die()
        case .tell: try await tell()
        case .saveCard: try await saveCard()
        case .loseCard: try await loseCard()
        case .refuseCard: try await refuseCard()
        case .renewCard: try await renewCard()
        case .assignCard: try await assignCard()
        }
    }
}

// MARK: what other services say

extension RandomWalk {
    private mutating func issue(parts count: Int) async throws {
        let total = Int64.random(in: 100...9_000, using: &numbers)
        let amounts =
            count == 0 ? [] : (0..<count).map { total / Int64(count) + ($0 == 0 ? total % Int64(count) : 0) }
        let id = try await world.issue(total, parts: amounts, allowsPartial: Bool.random(using: &numbers))
        bills.append(Bill(id: id, total: total))
    }

    private mutating func change(_ body: (inout Bill) -> Bool) -> Bill? {
        guard let index = bills.indices.randomElement(using: &numbers), !bills[index].isVoided,
            body(&bills[index])
        else { return nil }
        bills[index].sequence += 1
        return bills[index]
    }

    private func snapshot(_ bill: Bill) -> InvoiceSnapshot {
        var snapshot = world.snapshot(
            bill.id, total: bill.total, status: bill.isVoided ? .voided : .finalized)
        snapshot.amountCreditedMinor = bill.credited
        return snapshot
    }

    private mutating func credit() throws {
        var numbers = numbers
        let bill = change { bill in
            guard bill.total > bill.credited else { return false }
            bill.credited += Int64.random(in: 1...(bill.total - bill.credited), using: &numbers)
            return true
        }
        self.numbers = numbers
        guard let bill else { return }
        let facts = CreditNoteFacts(
            creditNoteID: CreditNoteID.new(at: world.clock.now()), number: "CN-1", amountMinor: bill.credited,
            taxMinor: 0, settle: "refund", returnedMinor: bill.credited)
        let payload = CreditNoteIssued(invoice: snapshot(bill), creditNote: facts)
        news.append(.credited(try world.received(payload, subject: bill.id, sequence: bill.sequence)))
    }

    private mutating func void() throws {
        guard
            let bill = change({ bill in
                bill.isVoided = true
                return true
            })
        else { return }
        let payload = InvoiceVoided(invoice: snapshot(bill))
        news.append(.voided(try world.received(payload, subject: bill.id, sequence: bill.sequence)))
    }

    /// Any of what has not arrived, which may come once more later.
    private mutating func deliver() async throws {
        guard let index = news.indices.randomElement(using: &numbers) else { return }
        try await hand(over: news[index])
        if Bool.random(using: &numbers) { news.remove(at: index) }
    }

    private func hand(over news: News) async throws {
        switch news {
        case .credited(let event):
            try await world.handle(ProjectInvoice<CreditNoteIssued>(project: world.parts.project), [event])
        case .voided(let event):
            try await world.handle(
                ProjectInvoice<InvoiceVoided>(project: world.parts.project), [event, event])
        }
    }

    /// What the scheduler says when the day of a plan has come; some days early, which it never does, changes nothing.
    private mutating func sendDue() async throws {
        let plans = try await plannedUntil(world.clock.now())
        guard let plan = plans.randomElement(using: &numbers) else { return }
        let due = try await world.due(plan.invoice, part: plan.part)
        dues.append(due)
        try await world.accept([due])
    }

    private func plannedUntil(_ now: Instant) async throws -> [(invoice: InvoiceID, part: Int)] {
        try await world.pool.transaction { tx in
            try tx.query(
                """
                SELECT invoice_id, part FROM plans WHERE state IN ('planned', 'waiting') AND charge_on <= $1::date
                ORDER BY invoice_id, part
                """, [Zone.utc.date(at: now)]
            ).map { (try $0.get(0, as: InvoiceID.self), try $0.get(1, as: Int.self)) }
        }
    }
}

// MARK: what people, the gateway and death do

extension RandomWalk {
    private mutating func payByLink() async throws {
        guard let bill = bills.randomElement(using: &numbers) else { return }
        let number = Self.cards.randomElement(using: &numbers) ?? ""
        let portion: StartPayment.Portion = Bool.random(using: &numbers) ? .everything : .nextInstalment
        path.append(try await world.payByLink(bill.id, card: try await world.cardToken(number), portion))
    }

    private mutating func payByHand() async throws {
        guard let bill = bills.randomElement(using: &numbers) else { return }
        let amount = Bool.random(using: &numbers) ? nil : Int64.random(in: 1...bill.total, using: &numbers)
        path += try await Self.refusal { [world] in
            try await world.pool.transaction { [record = world.parts.record, world] tx in
                _ = try record(receivedMinor: amount, of: bill.id, for: world.organizationID, in: tx)
            }
        }
    }

    private mutating func refund() async throws {
        let payments = try await world.pool.transaction { tx in
            try tx.query("SELECT payment_id FROM payments WHERE state = 'succeeded' ORDER BY payment_id")
                .column(0, as: PaymentID.self)
        }
        guard let payment = payments.randomElement(using: &numbers) else { return }
        let amount = Money(minorUnits: Int64.random(in: 1...3_000, using: &numbers), currency: world.dollar)
        let wish = RequestRefund.Wish(
            paymentID: payment, organizationID: world.organizationID, amount: amount,
            destination: GiveBack.Destination.allCases.randomElement(using: &numbers), note: nil)
        path += try await Self.refusal { [world] in
            try await world.pool.transaction { [request = world.parts.wallets.requestRefund] tx in
                _ = try request(wish, in: tx)
            }
        }
    }

    /// Runs what may be refused with a reason, and with nothing else; the reason.
    static func refusal(_ body: () async throws -> Void) async throws -> [String] {
        do {
            try await body()
            return []
        } catch let problem as Problem {
            return [problem.code]
        } catch let invalid as InvalidFields {
            return invalid.errors.map(\.code)
        }
    }

    private mutating func fault() async throws {
        let kind = Self.faults.randomElement(using: &numbers) ?? ""
        let place = Bool.random(using: &numbers) ? "/v1/payment_intents" : "/v1/refunds"
        path.append("\(kind) \(place)")
        try await world.fault(
            #"{"kind":"\#(kind)","path":"\#(place)","times":1,"retry_after":1,"delay_ms":1600}"#)
    }

    /// A process claims, may send, and dies before it writes down what the gateway said.
    private mutating func die() async throws {
        let hasSent = Bool.random(using: &numbers)
        let claimed = try await world.pool.transaction { [parts = world.parts] tx in
            try parts.claim(
                limit: 10, perOrganization: 10, after: OrganizationID(RawID(high: 0, low: 0)), in: tx)
        }
        guard hasSent else { return }
        for claim in claimed?.claimed ?? [] {
            _ = await withCheckedContinuation { continuation in
                world.parts.sweeper.gateway.charge(claim.call) { continuation.resume(returning: $0) }
            }
        }
    }

    /// The gateway tells all that it knows, in any order.
    private mutating func tell() async throws {
        for event in try await world.events().shuffled(using: &numbers) {
            let status = await world.post(event).status
            guard status == 200 else { throw TestFailure(description: "the webhook says \(status)") }
        }
    }
}

// MARK: the end

extension RandomWalk {
    /// Everything arrives, the gateway is well again, and days pass until nothing is left to be done.
    mutating func comeToRest() async throws {
        for each in news { try await hand(over: each) }
        try await world.liftFaults()
        try await eventually(within: .seconds(300), every: .milliseconds(50), "rest") {
            world.clock.advance(by: .seconds(6 * 3_600))
            for plan in try await plannedUntil(world.clock.now()) {
                try await world.accept([world.due(plan.invoice, part: plan.part)])
            }
            try await settleDoubts()
            return try await world.scalar(Self.left) == "0"
        }
        try await tell()
        try await eventually(every: .milliseconds(50), "the last news") {
            world.clock.advance(by: .seconds(60))
            return try await world.scalar("SELECT count(*) FROM gateway_notices WHERE state = 'waiting'")
                == "0"
        }
    }

    /// What the look-ups did not find out a person settles, as the gateway's books say.
    private func settleDoubts() async throws {
        let doubts = try await world.pool.transaction { tx in
            try AttemptRecord.inDoubt(before: nil, limit: 100, in: tx).map { ($0.attemptID, $0.state) }
        }
        for (attempt, state) in doubts {
            guard case .needsReview = state else { continue }
            let found = try JSONDocument(parsing: try await world.get("/_ledger?attempt_id=\(attempt)")).root
            let reference = found["entries"]?.elements.first?["payment_intent"]?.string
            _ = try await world.parts.resolve(
                reference.map { .charged(reference: $0) } ?? .notCharged, of: attempt)
        }
    }

    private static let left = """
        SELECT (SELECT count(*) FROM attempts WHERE state NOT IN ('succeeded', 'declined', 'cancelled'))
             + (SELECT count(*) FROM plans WHERE state IN ('planned', 'waiting', 'charging'))
             + (SELECT count(*) FROM refunds WHERE state NOT IN ('succeeded', 'failed'))
        """

    /// What is left to be done, to explain why there is no rest.
    func unsettled() async throws -> String {
        try await world.scalar(
            """
            SELECT string_agg(line, '; ') FROM (
                SELECT 'attempt ' || state || ' ' || amount || ' ' || coalesce(next_at::text, '-') || ' look-ups ' || look_ups
                       || ' ' || coalesce(outcome_code, '-') AS line
                  FROM attempts WHERE state NOT IN ('succeeded', 'declined', 'cancelled')
                UNION ALL
                SELECT 'plan ' || state || ' ' || charge_on || ' step ' || step FROM plans
                 WHERE state IN ('planned', 'waiting', 'charging')
                UNION ALL
                SELECT 'refund ' || state || ' ' || amount || ' ' || coalesce(next_at::text, '-') FROM refunds
                 WHERE state NOT IN ('succeeded', 'failed')) x
            """) + " at \(world.clock.now())"
    }

    /// What is wrong, in sentences.
    func brokenPromises() async throws -> [String] {
        var broken = try await world.violations()
        let gateway = try JSONDocument(parsing: try await world.get("/_ledger")).root
        let kept = (gateway["captured"]?.int64 ?? -1) - (gateway["refunded"]?.int64 ?? 0)
        let booked = try await world.scalar(
            "SELECT coalesce(sum(CASE WHEN debit = 'gateway' THEN amount ELSE -amount END), 0) FROM ledger_transfers "
                + "WHERE 'gateway' IN (debit, credit)")
        if booked != "\(kept)" { broken.append("the gateway has \(kept), the books \(booked)") }
        let groups = try JSONDocument(parsing: try await world.get("/_ledger?group=attempt_id")).root
        for (attempt, sum) in groups["groups"]?.members ?? [] where sum["captures"]?.int64 != 1 {
            broken.append("\(attempt) was captured \(sum["captures"]?.int64 ?? -1) times")
        }
        for bill in bills { broken += try await wrong(with: bill) }
        broken += try await wrongCards()
        return broken
    }

    /// Nothing may be kept beyond what is owed, and nothing open that a state says is settled.
    private func wrong(with bill: Bill) async throws -> [String] {
        let owed = bill.isVoided ? 0 : bill.total - bill.credited
        let kept = try await world.scalar(
            "SELECT collected - refunded - moved_to_credit - spent FROM payables WHERE invoice_id = $1",
            bill.id)
        let known = try await world.scalar(
            "SELECT credited || '/' || status FROM payables WHERE invoice_id = $1", bill.id)
        var wrong = (Int64(kept) ?? .max) <= owed ? [] : ["\(kept) kept of \(bill)"]
        if known != "\(bill.credited)/\(bill.isVoided ? "voided" : "finalized")" {
            wrong.append("\(known) is known of \(bill)")
        }
        return wrong
    }
}
