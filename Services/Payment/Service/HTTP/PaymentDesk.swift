import HTTPServer
import Messaging
import Observability
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Where people's payments are taken: waits for what is not known yet, sends, and answers with what became of it.
struct PaymentDesk: Sendable {
    let pool: PostgresPool
    let start: StartPayment
    let executor: ChargeExecutor
    let settings: PaymentSettings

    /// Waits for an invoice that was issued a moment ago and whose event is still on its way.
    ///
    /// - Throws: `Problem` 404 with `Retry-After` when it does not come.
    func find(_ invoice: InvoiceID) async throws -> PayableStore.View {
        let found = try await poll { tx in try PayableStore.find(invoice, locks: false, in: tx) }
        return try Self.found(found)
    }

    /// Waits for an invoice that bills a payer: it, or the link of its customer, may still be on its way.
    ///
    /// - Throws: `Problem` 404 with `Retry-After` when it does not come.
    func find(_ invoice: InvoiceID, billedTo account: AccountID) async throws -> PayableStore.View {
        try Self.found(
            await poll { tx in
                try PayableStore.find(invoice, locks: false, in: tx).flatMap {
                    $0.accountID == account ? $0 : nil
                }
            })
    }

    private static func found(_ view: PayableStore.View?) throws(Problem) -> PayableStore.View {
        guard let view else {
            throw Problem(status: 404, code: "not_found", title: "Not found", headers: ["Retry-After": "1"])
        }
        return view
    }

    /// Waits for an invoice of a series that bills a payer; the newest there is.
    ///
    /// - Throws: `Problem` 404 with `Retry-After` when there is none.
    func findLatest(
        of series: RecurringInvoiceID, billedTo account: AccountID
    ) async throws -> PayableStore.View {
        let found = try await poll { tx in
            try tx.query(
                "SELECT max(invoice_id::text)::uuid FROM payables WHERE account_id = $1 AND recurring_invoice_id = $2",
                [account, series]
            ).scalar(as: InvoiceID?.self)?.flatMap { try PayableStore.find($0, locks: false, in: tx) }
        }
        return try Self.found(found)
    }

    /// Waits for a link between sender and payer that was made a moment ago and whose event is still on its way; whether
    /// it came is for the caller to find out.
    func waitForSender(_ organization: OrganizationID, of account: AccountID) async throws {
        _ = try await poll { tx in
            try tx.query(
                "SELECT 1 FROM customers WHERE account_id = $1 AND organization_id = $2 LIMIT 1",
                [account, organization]
            ).scalar(as: Int32.self)
        }
    }

    /// Pays an invoice and waits for the outcome.
    ///
    /// The stored answer for a repeated request is the one given at the start: the payment and its attempt, from which
    /// the outcome can be read at any time. So a crash in the middle cannot pin a key to nothing.
    func pay(_ wish: StartPayment.Wish, claim: IdempotencyClaim) async throws -> HTTPResponse {
        // Nothing is booked, and no invoice held, for a call that cannot be sent now.
        let mayNeedCard = wish.card != nil
        guard !mayNeedCard || executor.valve.takeFirst() else {
            throw PaymentRules.gatewayRests(executor.valve.restLeft)
        }
        var unused = mayNeedCard ? 1 : 0
        defer { executor.valve.giveBack(unused) }
        let started = try await pool.transactionUnderLease { [start] tx in
            let started = try start(wish, in: tx)
            _ = try claim.answer(
                PaymentDesk.response(
                    202, started, state: started.needsCard ? "in_flight" : "succeeded"), in: tx)
            return started
        }
        if started.needsCard {
            unused = 0
            await executor.send(started.call, under: started.token)
        }
        return try await outcome(of: started)
    }

    private func outcome(of started: StartPayment.Started) async throws -> HTTPResponse {
        let attempt = started.call.attemptID
        let record = try await pool.transaction { tx in try AttemptRecord.find(attempt, in: tx) }
        guard let record else { throw Problem.notFound }
        switch record.state {
        case .succeeded: return try await settled(started)
        case .declined(let decline):
            throw Problem(
                status: 402, code: "payment_declined", title: "The card was refused",
                detail: "\(decline.declineClass.rawValue): \(decline.code)")
        case .needsReview, .unknown, .inFlight, .ready, .held:
            return Self.response(202, started, state: "processing")
        case .requiresAction: return Self.response(202, started, state: "requires_action")
        case .cancelled(RecordAnswer.notExecuted):
            // No status that asks for the same again: what is stored for the key is this payment, which has ended.
            throw Problem.conflict(
                "payment_cancelled", "The payment was not made",
                "The gateway could not take it at this moment. Nothing was taken, and it can be made anew.")
        case .cancelled(let reason):
            throw Problem.conflict("payment_cancelled", "The payment was not made", reason)
        }
    }

    /// After a success a GET of the invoice agrees: the answer waits for the invoice's own event, for a while.
    private func settled(_ started: StartPayment.Started) async throws -> HTTPResponse {
        guard let invoice = started.call.invoiceID else { throw Problem.notFound }
        let (view, hasEchoed) = try await echo(of: invoice)
        return Self.response(
            hasEchoed ? 200 : 202, started, state: "succeeded",
            seen: (view, start.clock.now()))
    }

    /// Waits until the invoice service has booked what was collected here.
    func echo(of invoice: InvoiceID) async throws -> (view: PayableStore.View, hasEchoed: Bool) {
        let echoed = try await poll { tx in
            try PayableStore.find(invoice, locks: false, in: tx).flatMap { view in
                view.acknowledgedMinor >= view.payable.collectedMinor ? view : nil
            }
        }
        if let echoed { return (echoed, true) }
        return (try await find(invoice), false)
    }

    /// Asks again and again until there is an answer or the patience is over.
    private func poll<Value: Sendable>(
        _ ask: @escaping @Sendable (borrowing Transaction) throws -> Value?
    ) async throws -> Value? {
        let deadline = ContinuousClock.now + settings.patience
        while true {
            if let value = try await pool.transaction({ tx in try ask(tx) }) { return value }
            guard ContinuousClock.now < deadline else { return nil }
            try await ContinuousClock().sleep(for: .milliseconds(25))
        }
    }

    private static func response(
        _ status: Int, _ started: StartPayment.Started, state: String,
        seen: (view: PayableStore.View, at: Instant)? = nil
    ) -> HTTPResponse {
        let call = started.call
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("payment_id", call.paymentID)
        writer.member("attempt_id", call.attemptID)
        writer.member("state", state)
        writer.member("amount", decimal: started.total)
        if started.walletMinor > 0 {
            let part = Money(minorUnits: started.walletMinor, currency: call.amount.currency)
            writer.member("wallet_amount", decimal: part)
        }
        writer.member("currency", call.amount.currency.code.lowercased())
        writer.member("invoice_id", call.invoiceID)
        if let seen {
            writer.key("invoice")
            InvoiceJSON.write(seen.view, at: seen.at, into: &writer)
        }
        writer.endObject()
        return .json(status, writer.bytes)
    }
}
