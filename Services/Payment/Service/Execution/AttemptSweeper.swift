import Lifecycle
import Observability
import PaymentDomain
import Postgres
import Primitives

/// Finds out what became of attempts that nobody answers for: leases that ran out, answers that were lost,
/// payers who did not confirm.
///
/// Any number of replicas may sweep.
struct AttemptSweeper: Sendable {
    let pool: PostgresPool
    let gateway: any CardGateway
    let valve: GatewayValve
    let answers: RecordAnswer
    let settings: PaymentSettings
    let clock: any WallClock
    let log: Log

    private static let batch = 64

    /// The loop that sweeps.
    func loop() -> BackgroundLoop {
        BackgroundLoop(label: "attempt-sweeper", pause: settings.sweepPause, log: log) {
            let expired = try await expireLeases()
            let announced = try await announceSlow()
            let looked = try await lookUpUnknown()
            let cancelled = try await cancelUnconfirmed()
            return max(expired, announced, looked, cancelled) == Self.batch ? .more : .idle
        }
    }

    /// A sender that did not answer within its lease is taken for dead; its request may have arrived.
    private func expireLeases() async throws -> Int {
        try await pool.transaction { [answers, clock] tx in
            let expired = try AttemptRecord.lockDue(
                "in_flight", before: clock.now(), limit: Self.batch, in: tx)
            for record in expired { try answers.apply(.leaseExpired, to: record, in: tx) }
            return expired.count
        }
    }

    private func announceSlow() async throws -> Int {
        try await pool.transaction { [answers, clock, settings] tx in
            let slow = try tx.query(
                """
                SELECT attempt_id FROM attempts
                 WHERE state IN ('in_flight', 'unknown', 'requires_action') AND state = 'in_flight' AND NOT is_announced
                   AND sent_at < $1
                 ORDER BY next_at LIMIT $2
                """, [clock.now() - settings.announceAfter, Self.batch]
            ).column(0, as: AttemptID.self)
            for attempt in slow {
                guard let record = try AttemptRecord.lock(attempt, in: tx), case .inFlight = record.state
                else { continue }
                try answers.announce(record, isUnknown: false, in: tx)
            }
            return slow.count
        }
    }

    private func lookUpUnknown() async throws -> Int {
        let unknown = try await take("unknown")
        await withTaskGroup { group in
            for each in unknown { group.addTask { await lookUp(each) } }
        }
        return unknown.count
    }

    private func cancelUnconfirmed() async throws -> Int {
        let unconfirmed = try await take("requires_action")
        await withTaskGroup { group in
            for each in unconfirmed { group.addTask { await cancel(each.record) } }
        }
        return unconfirmed.count
    }

    private struct Taken: Sendable {
        let record: AttemptRecord
        let isPayable: Bool
        /// Whether an operator has stopped whatever could take money.
        let isStopped: Bool
    }

    /// Takes due attempts and puts their next turn off by a lease, so that no other replica works on them meanwhile.
    private func take(_ state: String) async throws -> [Taken] {
        try await pool.transaction { [clock, settings] tx in
            let now = clock.now()
            let records = try AttemptRecord.lockDue(state, before: now, limit: Self.batch, in: tx)
            guard !records.isEmpty else { return [] }
            try AttemptStore.postpone(records.map(\.attemptID), until: now + settings.lease, in: tx)
            let payable = Set(
                try tx.query(
                    """
                    SELECT invoice_id FROM payables
                     WHERE invoice_id = ANY ($1) AND status <> 'voided' AND total - credited - collected > 0
                    """, [records.compactMap(\.invoiceID)]
                ).column(0, as: InvoiceID.self))
            let stopped = try KillSwitchStore.stopped(among: records.map(\.organizationID), in: tx)
            return records.map {
                Taken(
                    record: $0, isPayable: $0.invoiceID.map { payable.contains($0) } ?? true,
                    isStopped: stopped.contains($0.organizationID))
            }
        }
    }

    /// While the key is valid, the invoice payable and nothing stopped, the same request under the same key *is* the look-up.
    ///
    /// When that has no answer either, or otherwise, the gateway is searched: a hit tells, and a miss means nothing
    /// until the request can no longer take effect.
    private func lookUp(_ taken: Taken) async {
        let record = taken.record
        let age = clock.now() - (record.sentAt ?? clock.now())
        do {
            if taken.isPayable, !taken.isStopped, age < settings.keyLifetime, let call = record.call {
                // While nothing may be sent the attempt keeps its look-ups, and its turn comes again after the lease.
                guard valve.takeFirst() else { return }
                var outcome = await replay(call)
                // A gateway may have kept its own failure as the answer of the key, after it has charged.
                if case .lost = outcome, let found = try await gateway.lookUp(record.attemptID) {
                    outcome = found
                }
                await apply(.lookedUp(.found(outcome)), to: record)
            } else if let outcome = try await gateway.lookUp(record.attemptID) {
                await apply(.lookedUp(.found(outcome)), to: record)
            } else {
                await apply(
                    .lookedUp(!taken.isPayable && age > settings.lostAfter ? .impossible : .nothing),
                    to: record)
            }
        } catch {
            log.warning(
                "a look-up failed",
                ["attempt_id": LogValue(record.attemptID), "error": LogValue(error: error)])
            await apply(.lookedUp(.nothing), to: record)
        }
    }

    private func replay(_ call: ChargeCall) async -> GatewayOutcome {
        let pass = valve.pass()
        let outcome = await withCheckedContinuation { continuation in
            gateway.charge(call) { continuation.resume(returning: $0) }
        }
        valve.ended(outcome, pass)
        return outcome
    }

    private func cancel(_ record: AttemptRecord) async {
        guard let reference = record.gatewayReference else {
            return await apply(.confirmationExpired, to: record)
        }
        do {
            switch try await gateway.cancel(reference: reference) {
            case .charged(let reference): await apply(.answered(.charged(reference: reference)), to: record)
            case .refused: await apply(.confirmationExpired, to: record)
            case .needsAction, .notExecuted, .rejected, .keyInUse, .lost: break
            }
        } catch {
            // It stays as it is, and its turn comes again when the lease that was put on it ends.
            log.warning(
                "a cancellation failed",
                ["attempt_id": LogValue(record.attemptID), "error": LogValue(error: error)])
        }
    }

    private func apply(_ event: AttemptEvent, to record: AttemptRecord) async {
        do {
            let state = try await pool.transaction { [answers] tx in
                try answers(event, to: record.attemptID, under: nil, in: tx)
            }
            log.info(
                "looked up an attempt",
                [
                    "attempt_id": LogValue(record.attemptID),
                    "state": .string(state.map { "\($0)" } ?? "unchanged"),
                ])
        } catch {
            // Nothing is lost: the attempt is due again when the lease that was put on it ends.
            log.warning(
                "a look-up was not stored",
                ["attempt_id": LogValue(record.attemptID), "error": LogValue(error: error)])
        }
    }
}
