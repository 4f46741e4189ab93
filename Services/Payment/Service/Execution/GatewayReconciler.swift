import Lifecycle
import Observability
import PaymentDomain
import Postgres
import Primitives

/// Holds each day of the gateway's own list against the books, once the day is over.
///
/// A round is one page: taken under a lease, asked for without a transaction, and stored together with the cursor. Any
/// number of replicas may work on a day, and one that dies leaves it where it was. Charges are judged like the gateway's
/// own news, so that money for an attempt of which nobody knows what became is booked.
struct GatewayReconciler: Sendable {
    typealias Found = DifferenceStore.Found

    let pool: PostgresPool
    let gateway: any CardGateway
    let answers: RecordAnswer
    let settings: PaymentSettings
    let clock: any WallClock
    let log: Log
    let metrics: PaymentMetrics

    private static let batch = 100

    /// The loop that reconciles.
    func loop() -> BackgroundLoop {
        BackgroundLoop(label: "gateway-reconciler", pause: .seconds(600), log: log) {
            try await round() ? .more : .idle
        }
    }

    /// One step of a day.
    ///
    /// - Returns: Whether there was one.
    func round() async throws -> Bool {
        let now = clock.now()
        let lastEnded = Zone.utc.date(at: now - settings.reconcileAfter).adding(days: -1)
        let (taken, open) = try await pool.transaction { [settings] tx in
            let open = try DifferenceStore.settle(now: now, in: tx)
            let account = SaveCard.platformAccount
            try ReconciliationStore.begin(account: account, lastEnded: lastEnded, now: now, in: tx)
            let taken = try ReconciliationStore.take(
                account: account, now: now, until: now + settings.lease, in: tx)
            return (taken, open)
        }
        metrics.reconciled(openDifferences: open)
        guard let taken else { return false }
        switch taken.stage {
        case .charges: try await readCharges(taken)
        case .refunds: try await readRefunds(taken)
        case .books: try await askForUnlisted(taken)
        }
        return true
    }

    // MARK: what the gateway lists

    private func readCharges(_ taken: ReconciliationStore.Taken) async throws {
        let page = try await gateway.movements(.charge, in: taken.span, after: taken.cursor)
        // A payment without our metadata was made by somebody else on the same account.
        let ours = page.movements.compactMap { movement in
            movement.subject.flatMap { AttemptID($0) }.map { (movement: movement, attempt: $0) }
        }
        let late = try await pool.transaction { tx in
            let attempts = try Self.attempts(ours.map(\.attempt), in: tx)
            return ours.filter { Self.judge($0.movement, attempts[$0.attempt]) == .apply }
        }
        for each in late { await book(each.movement, attempt: each.attempt) }
        try await pool.transaction { [clock] tx in
            let attempts = try Self.attempts(ours.map(\.attempt), in: tx)
            let found = ours.compactMap { each in
                Self.difference(each.movement, each.attempt, attempts[each.attempt])
            }
            let now = clock.now()
            try ReconciliationStore.keep(ours.map(\.movement), of: taken, isOfDay: true, in: tx)
            try DifferenceStore.store(found, of: taken.id, now: now, in: tx)
            try ReconciliationStore.advance(
                taken, to: page.next == nil ? .refunds : .charges, cursor: page.next, now: now, in: tx)
        }
    }

    private static func attempts(
        _ ids: [AttemptID], in tx: borrowing Transaction
    ) throws -> [AttemptID: AttemptRecord] {
        guard !ids.isEmpty else { return [:] }
        return Dictionary(
            try AttemptRecord.find(ids, in: tx).map { ($0.attemptID, $0) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func judge(_ movement: GatewayMovement, _ attempt: AttemptRecord?) -> NoticeDecision {
        let hasOtherAmount = attempt.map { !movement.isOf($0.amount) } ?? false
        return NoticeDecision.decide(
            .charged(reference: movement.reference), hasOtherAmount: hasOtherAmount, state: attempt?.state)
    }

    private static func difference(
        _ movement: GatewayMovement, _ id: AttemptID, _ attempt: AttemptRecord?
    ) -> Found? {
        switch judge(movement, attempt) {
        case .nothing: nil
        case .review("other_amount"):
            Found(
                .amountDiffers, reason: "other_amount", movement, subject: id.raw,
                bookedMinor: attempt?.amount.minorUnits)
        case .review(let reason): Found(.missingHere, reason: reason, movement, subject: id.raw)
        case .apply, .later, .end: Found(.missingHere, reason: "not_booked_yet", movement, subject: id.raw)
        }
    }

    /// Books money that came without anybody here hearing of it.
    private func book(_ movement: GatewayMovement, attempt: AttemptID) async {
        do {
            let state = try await pool.transaction { [answers] tx -> AttemptState? in
                guard let record = try AttemptRecord.lock(attempt, in: tx),
                    Self.judge(movement, record) == .apply
                else { return nil }
                let outcome = GatewayOutcome.charged(reference: movement.reference)
                if case .unknown = record.state {
                    return try answers.apply(.lookedUp(.found(outcome)), to: record, in: tx)
                }
                return try answers.apply(.answered(outcome), to: record, in: tx)
            }
            log.warning(
                "the gateway's list has money of which nobody knew",
                [
                    "attempt_id": LogValue(attempt),
                    "state": .string(state.map { "\($0)" } ?? "unchanged"),
                ])
        } catch {
            // It stays a difference until a look-up books it.
            log.warning(
                "money of the gateway's list was not booked",
                ["attempt_id": LogValue(attempt), "error": LogValue(error: error)])
        }
    }

    private func readRefunds(_ taken: ReconciliationStore.Taken) async throws {
        let page = try await gateway.movements(.refund, in: taken.span, after: taken.cursor)
        var ours: [GatewayMovement] = []
        for movement in page.movements {
            // Given back by hand at the gateway, it names nothing of ours; its payment does.
            var isOurs = movement.subject.flatMap { RefundID($0) } != nil
            if !isOurs { isOurs = try await gateway.attempt(behind: movement.payment) != nil }
            if isOurs { ours.append(movement) }
        }
        try await pool.transaction { [clock, ours] tx in
            let refunds = try ReconciliationStore.refunds(
                ours.compactMap { $0.subject.flatMap { RefundID($0) } }, in: tx)
            let found = ours.compactMap { Self.difference($0, refunds) }
            let now = clock.now()
            try ReconciliationStore.keep(ours, of: taken, isOfDay: true, in: tx)
            try DifferenceStore.store(found, of: taken.id, now: now, in: tx)
            try ReconciliationStore.advance(
                taken, to: page.next == nil ? .books : .refunds, cursor: page.next, now: now, in: tx)
        }
    }

    private static func difference(
        _ movement: GatewayMovement, _ refunds: [RefundID: (state: String, amount: Money)]
    ) -> Found? {
        guard let id = movement.subject.flatMap({ RefundID($0) }) else {
            return Found(.missingHere, reason: "refunded_elsewhere", movement, subject: nil)
        }
        guard let refund = refunds[id] else {
            return Found(.missingHere, reason: "unknown_refund", movement, subject: id.raw)
        }
        guard movement.isOf(refund.amount) else {
            return Found(
                .amountDiffers, reason: "other_amount", movement, subject: id.raw,
                bookedMinor: refund.amount.minorUnits)
        }
        switch refund.state {
        case "succeeded": return nil
        case "ready", "in_flight":
            return Found(.missingHere, reason: "not_booked_yet", movement, subject: id.raw)
        default: return Found(.missingHere, reason: "refund_\(refund.state)", movement, subject: id.raw)
        }
    }

    // MARK: what the books have

    /// Asks by name for what is booked on the day and not listed there: the two clocks, or a late answer, may have put
    /// it on different days.
    private func askForUnlisted(_ taken: ReconciliationStore.Taken) async throws {
        let unlisted = try await pool.transaction { tx in
            try ReconciliationStore.unlisted(taken, limit: Self.batch, in: tx)
        }
        guard !unlisted.isEmpty else {
            return try await pool.transaction { [clock] tx in
                try ReconciliationStore.finish(taken, now: clock.now(), in: tx)
            }
        }
        var known: [GatewayMovement] = []
        var found: [Found] = []
        for booked in unlisted {
            guard let movement = try await gateway.movement(booked.kind, reference: booked.reference) else {
                found.append(Found(missingThere: booked))
                continue
            }
            known.append(movement)
            if !movement.isOf(booked.amount) {
                found.append(
                    Found(
                        .amountDiffers, reason: "other_amount", movement, subject: booked.subject,
                        bookedMinor: booked.amount.minorUnits))
            }
        }
        try await pool.transaction { [clock, known, found] tx in
            let now = clock.now()
            try ReconciliationStore.keep(known, of: taken, isOfDay: false, in: tx)
            try DifferenceStore.store(found, of: taken.id, now: now, in: tx)
            try ReconciliationStore.advance(taken, to: .books, cursor: nil, now: now, in: tx)
        }
    }
}

extension GatewayMovement {
    /// Whether it moved exactly that.
    fileprivate func isOf(_ amount: Money) -> Bool {
        amountMinor == amount.minorUnits && currency == amount.currency.code.lowercased()
    }
}
