import Lifecycle
import Messaging
import Observability
import PaymentDomain
import Postgres
import Primitives

/// Sends the payments of standing orders whose day has come: each takes the lease of the oldest open invoices that it is
/// enough for and that nobody else is paying.
struct PayStandingOrders: Sendable {
    let pool: PostgresPool
    let executor: ChargeExecutor
    let end: EndOrderPayment
    let settings: PaymentSettings
    let clock: any WallClock
    let log: Log

    private static let batch = 64

    /// The loop that sends; any number of replicas may run it.
    func loop(wakeup: Wakeup) -> BackgroundLoop {
        BackgroundLoop(label: "standing-orders", pause: settings.claimPause, wakeup: wakeup, log: log) {
            let limit = executor.valve.take(upTo: Self.batch)
            guard limit > 0 else { return .idle }
            var unused = limit
            defer { executor.valve.giveBack(unused) }
            let claimed = try await pool.transaction { tx in try claim(upTo: limit, in: tx) }
            unused = limit - claimed.count
            executor.dispatch(claimed)
            return claimed.isEmpty ? .idle : .more
        }
    }

    /// Books what is to be sent.
    func claim(upTo limit: Int, in tx: borrowing Transaction) throws -> [ClaimAttempts.Claimed] {
        let unsent = try claimUnsent(upTo: limit, in: tx)
        return try unsent + claimDue(upTo: limit - unsent.count, in: tx)
    }

    private func claimDue(
        upTo limit: Int, in tx: borrowing Transaction
    ) throws -> [ClaimAttempts.Claimed] {
        let now = clock.now()
        let dues = try OrderPaymentStore.lockDue(limit: limit, now: now, in: tx)
        guard !dues.isEmpty else { return [] }
        try OrderPaymentStore.postpone(
            dues.filter(\.isPaused).map(\.paymentID), until: now + settings.sweepPause * 10, in: tx)
        for due in dues where !due.isPaused && due.method == nil {
            if due.choice.card != nil {
                try end.withoutStandIn(due.paymentID, reason: "card_removed", in: tx)
            } else {
                try end.withoutCard(due.paymentID, of: due.orderID, reason: "no_payment_method", in: tx)
            }
        }
        let payable = try tried(dues.filter { !$0.isPaused && $0.method != nil }, now: now, in: tx)
        let open = try OrderPaymentStore.lockFree(payable, in: tx)
        let starts = payable.compactMap { due in
            due.method.map { method in
                OrderPaymentStore.Start(
                    due: due, method: method, token: .random(),
                    invoices: StandingOrder.settle(due.amount.minorUnits, open: open[due.orderID] ?? [])
                        .allocations.map(\.invoiceID), correlationID: .v7(at: now))
            }
        }
        try OrderPaymentStore.start(starts, now: now, leaseUntil: now + settings.lease, in: tx)
        return starts.map { start in
            ClaimAttempts.Claimed(
                call: ChargeCall(
                    attemptID: start.due.attemptID, paymentID: start.due.paymentID, invoiceID: nil,
                    number: start.due.number, amount: start.due.amount, customer: start.method.customer,
                    method: start.method.reference, isOffSession: true), token: start.token)
        }
    }

    /// Those whose cards may be tried now; the others are put off, or have failed.
    private func tried(
        _ dues: [OrderPaymentStore.Due], now: Instant, in tx: borrowing Transaction
    ) throws -> [OrderPaymentStore.Due] {
        var tries = try CardTries(dues.compactMap(\.method), now: now, in: tx)
        return try dues.filter { due in
            guard let method = due.method else { return false }
            switch tries.take(method) {
            case .allowed: return true
            // A card that should have stood in has its turn once; the order's own follows on another day.
            case .forbidden where due.choice.card != nil:
                try end.withoutStandIn(due.paymentID, reason: CardTries.forbiddenReason, in: tx)
            case .notBefore where due.choice.card != nil:
                try end.withoutStandIn(due.paymentID, reason: CardTries.capReason, in: tx)
            case .forbidden:
                try end.withoutCard(
                    due.paymentID, of: due.orderID, reason: CardTries.forbiddenReason, in: tx)
            case .notBefore(let moment):
                try OrderPaymentStore.postpone(
                    [due.paymentID], until: moment, reason: CardTries.capReason, in: tx)
            case .waits:
                try OrderPaymentStore.postpone(
                    [due.paymentID], until: now + settings.sweepPause, in: tx)
            }
            return false
        }
    }

    /// What the gateway certainly did not execute is sent again under the same key.
    private func claimUnsent(
        upTo limit: Int, in tx: borrowing Transaction
    ) throws -> [ClaimAttempts.Claimed] {
        let now = clock.now()
        var claims: [AttemptStore.Claim] = []
        var claimed: [ClaimAttempts.Claimed] = []
        for attempt in try OrderPaymentStore.unsent(limit: limit, now: now, in: tx) {
            guard let record = try AttemptRecord.lock(attempt, in: tx), case .ready = record.state,
                let call = record.call, let method = record.method
            else { continue }
            let token = RawID.random()
            claims.append(
                AttemptStore.Claim(
                    attemptID: attempt, amountMinor: call.amount.minorUnits, token: token, method: method))
            claimed.append(ClaimAttempts.Claimed(call: call, token: token))
        }
        try AttemptStore.markInFlight(claims, now: now, leaseUntil: now + settings.lease, in: tx)
        return claimed
    }
}
