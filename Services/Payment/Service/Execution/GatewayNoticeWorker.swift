import Lifecycle
import Observability
import PaymentDomain
import Postgres
import Primitives

/// Works off what the gateway has told by itself, in batches; any number of replicas may.
///
/// Most news repeat what our own call was told already: a batch finds those with one question and settles them with one
/// statement. Each of the others has a transaction of its own, so that one that fails takes no neighbour along.
struct GatewayNoticeWorker: Sendable {
    let pool: PostgresPool
    let gateway: any CardGateway
    let answers: RecordAnswer
    let cards: FollowCard
    let disputes: FollowDispute
    let settings: PaymentSettings
    let clock: any WallClock
    let log: Log

    private static let batch = 128
    /// After so many turns a person has to look.
    private static let maximumTries = 12
    /// The gateway repeats an event for three days.
    private static let remembered = Duration.seconds(30 * 86_400)

    /// An attempt as far as news about it are judged.
    private struct Attempt {
        let state: AttemptState
        let amount: Money
    }

    /// The loop that works them off.
    func loop(wakeup: Wakeup) -> BackgroundLoop {
        BackgroundLoop(label: "gateway-notices", pause: settings.sweepPause, wakeup: wakeup, log: log) {
            try await round() == Self.batch ? .more : .idle
        }
    }

    /// The loop that forgets what nobody repeats any more.
    func retention() -> BackgroundLoop {
        BackgroundLoop(label: "gateway-notice-retention", pause: .seconds(600), log: log) { [clock] in
            let gone = try await pool.transaction { tx in
                try GatewayNoticeStore.forget(
                    before: clock.now() - Self.remembered, limit: Self.batch, in: tx)
            }
            return gone == Self.batch ? .more : .idle
        }
    }

    private func round() async throws -> Int {
        let (count, rest) = try await pool.transaction { [clock, settings] tx in
            let now = clock.now()
            let taken = try GatewayNoticeStore.take(
                limit: Self.batch, now: now, until: now + settings.lease, in: tx)
            let attempts = try Self.attempts(of: taken, in: tx)
            let known = taken.filter { Self.decision(about: $0.notice, attempts) == .nothing }
            try GatewayNoticeStore.settle(known, in: tx)
            return (taken.count, taken.filter { Self.decision(about: $0.notice, attempts) != .nothing })
        }
        await withTaskGroup { group in
            for taken in rest { group.addTask { await handle(taken) } }
        }
        return count
    }

    private static func attempts(
        of taken: [GatewayNoticeStore.Taken], in tx: borrowing Transaction
    ) throws -> [AttemptID: Attempt] {
        let ids = taken.compactMap(\.notice.attemptID)
        guard !ids.isEmpty else { return [:] }
        let records = try AttemptRecord.find(ids, in: tx)
        return Dictionary(
            records.map { ($0.attemptID, Attempt(state: $0.state, amount: $0.amount)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// What becomes of news about a charge; nil for news about something else.
    private static func decision(
        about notice: GatewayNotice, _ attempts: [AttemptID: Attempt]
    ) -> NoticeDecision? {
        guard let outcome = notice.outcome else { return nil }
        // A payment without our metadata was made by somebody else on the same account.
        guard let id = notice.attemptID else { return .nothing }
        let attempt = attempts[id]
        let hasOtherAmount =
            attempt.map {
                $0.amount.minorUnits != notice.amountMinor
                    || $0.amount.currency.code.lowercased() != notice.currency
            } ?? false
        return NoticeDecision.decide(outcome, hasOtherAmount: hasOtherAmount, state: attempt?.state)
    }

    private func handle(_ taken: GatewayNoticeStore.Taken) async {
        do {
            switch taken.notice.type {
            case .paymentSucceeded, .paymentFailed, .paymentRequiresAction: try await followCharge(taken)
            case .chargeRefunded: try await compareRefunds(taken)
            case .disputeCreated, .disputeUpdated, .disputeClosed: try await followDispute(taken)
            case .setupSucceeded:
                try await cards.save(taken.notice)
                try await settle(taken)
            case .cardUpdated, .cardUpdatedByNetwork, .cardDetached:
                try await pool.transaction { [cards] tx in
                    try cards.update(taken.notice, in: tx)
                    try GatewayNoticeStore.settle([taken], in: tx)
                }
            }
        } catch {
            await putOff(taken, because: error)
        }
    }

    private func settle(_ taken: GatewayNoticeStore.Taken) async throws {
        try await pool.transaction { tx in try GatewayNoticeStore.settle([taken], in: tx) }
    }

    private func followCharge(_ taken: GatewayNoticeStore.Taken) async throws {
        let decision = try await pool.transaction { [answers] tx in
            // The attempt is locked for the decision, so that an answer that is booked meanwhile is seen.
            let record = try taken.notice.attemptID.flatMap { try AttemptRecord.lock($0, in: tx) }
            let attempts = record.map {
                [$0.attemptID: Attempt(state: $0.state, amount: $0.amount)]
            }
            let decision = Self.decision(about: taken.notice, attempts ?? [:]) ?? .nothing
            switch decision {
            case .apply:
                if let outcome = taken.notice.outcome, let record {
                    try answers.apply(.answered(outcome), to: record, in: tx)
                }
                try GatewayNoticeStore.settle([taken], in: tx)
            case .nothing: try GatewayNoticeStore.settle([taken], in: tx)
            case .review(let reason): try GatewayNoticeStore.review(taken, reason: reason, in: tx)
            case .later: try putOff(taken, because: "the attempt waits to be sent again", in: tx)
            case .end: break
            }
            return decision
        }
        switch decision {
        case .end: try await end(taken)
        case .review(let reason):
            log.error(
                "the gateway tells of money that fits nowhere",
                ["event": .string(taken.notice.eventID), "reason": .string(reason)])
        case .apply, .nothing, .later: break
        }
    }

    /// The payer's confirmation failed, and could be tried again with the same charge: that ends here first, so that
    /// whatever is charged next is charged alone.
    ///
    /// The gateway is asked before: the payer may have gone on since it told of the failure.
    private func end(_ taken: GatewayNoticeStore.Taken) async throws {
        guard let attempt = taken.notice.attemptID, let refusal = taken.notice.outcome else { return }
        var outcome = try await gateway.retrieve(reference: taken.notice.subject) ?? .lost(reason: "unknown")
        if case .refused = outcome {
            outcome = try await gateway.cancel(reference: taken.notice.subject)
            if case .refused = outcome { outcome = refusal }
        }
        try await pool.transaction { [answers, outcome] tx in
            try answers(.answered(outcome), to: attempt, under: nil, in: tx)
            try GatewayNoticeStore.settle([taken], in: tx)
        }
    }

    /// What was given back at the gateway must have been asked for here.
    private func compareRefunds(_ taken: GatewayNoticeStore.Taken) async throws {
        guard let attempt = try await attempt(behind: taken.notice) else { return try await settle(taken) }
        try await pool.transaction { tx in
            let asked = try tx.query(
                """
                SELECT sum(r.amount)::bigint FROM attempts a JOIN refunds r ON r.payment_id = a.payment_id
                 WHERE a.attempt_id = $1 AND r.state <> 'failed'
                """, [attempt]
            ).scalar(as: Int64?.self)
            if taken.notice.amountMinor ?? 0 <= (asked ?? 0) ?? 0 {
                try GatewayNoticeStore.settle([taken], in: tx)
            } else {
                try GatewayNoticeStore.review(taken, reason: "refunded_elsewhere", in: tx)
            }
        }
    }

    private func followDispute(_ taken: GatewayNoticeStore.Taken) async throws {
        guard let attempt = try await attempt(behind: taken.notice) else { return try await settle(taken) }
        try await pool.transaction { [disputes] tx in
            try disputes(taken.notice, of: attempt, gatewayAccount: taken.gatewayAccount, in: tx)
            try GatewayNoticeStore.settle([taken], in: tx)
        }
    }

    /// Our attempt behind news whose own metadata does not name it.
    private func attempt(behind notice: GatewayNotice) async throws -> AttemptID? {
        if let attempt = notice.attemptID { return attempt }
        guard let payment = notice.payment else { return nil }
        return try await gateway.attempt(behind: payment)
    }

    private func putOff(_ taken: GatewayNoticeStore.Taken, because error: any Error) async {
        log.warning(
            "news of the gateway could not be handled",
            ["event": .string(taken.notice.eventID), "error": LogValue(error: error)])
        do {
            try await pool.transaction { tx in try putOff(taken, because: "\(error)", in: tx) }
        } catch {
            // Its turn comes again when the lease that was put on it ends.
            log.warning(
                "news of the gateway could not be put off",
                ["event": .string(taken.notice.eventID), "error": LogValue(error: error)])
        }
    }

    private func putOff(
        _ taken: GatewayNoticeStore.Taken, because reason: String, in tx: borrowing Transaction
    ) throws {
        guard taken.tries < Self.maximumTries else {
            return try GatewayNoticeStore.review(taken, reason: String(reason.prefix(200)), in: tx)
        }
        let delay = settings.noticeRetry.delay(afterTries: taken.tries)
        try GatewayNoticeStore.postpone(taken, until: clock.now() + delay, reason: reason, in: tx)
    }
}

extension GatewayNotice {
    /// What news about a charge mean; nil for news about something else.
    fileprivate var outcome: GatewayOutcome? {
        switch type {
        case .paymentSucceeded, .paymentFailed, .paymentRequiresAction:
            status.flatMap { StripeReply.outcome(ofIntent: subject, status: $0, code: code) }
        case .chargeRefunded, .disputeCreated, .disputeUpdated, .disputeClosed, .setupSucceeded,
            .cardUpdated, .cardUpdatedByNetwork, .cardDetached:
            nil
        }
    }
}
