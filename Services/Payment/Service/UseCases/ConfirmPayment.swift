import HTTPServer
import PaymentDomain
import Postgres
import Primitives

/// Lets a payer confirm, at the bank, the very charge that waits for it; nothing is ever charged anew.
struct ConfirmPayment: Sendable {
    let pool: PostgresPool
    let gateway: any CardGateway
    let answers: RecordAnswer

    /// Where the payer has to go, or how the attempt stands when there is nowhere to go.
    enum Answer: Sendable {
        case page(String)
        case state(AttemptRecord)
    }

    /// Asks the gateway for the bank's page.
    ///
    /// - Throws: `GatewayFailure` when the gateway cannot be asked.
    func callAsFunction(_ record: AttemptRecord, returnTo page: String) async throws -> Answer {
        guard case .requiresAction = record.state, let reference = record.gatewayReference,
            let method = record.method
        else { return .state(record) }
        switch try await gateway.confirm(reference: reference, method: method.reference, returnTo: page) {
        case .page(let address): return .page(address)
        case .ended(let outcome): return .state(try await apply(outcome, to: record))
        }
    }

    /// The bank had no question any more, or refused at once; a refusal that could be confirmed again ends the charge.
    private func apply(_ outcome: GatewayOutcome, to record: AttemptRecord) async throws -> AttemptRecord {
        var outcome = outcome
        if case .refused(let decline, let reference) = outcome, let reference {
            outcome = try await gateway.cancel(reference: reference)
            if case .refused = outcome { outcome = .refused(decline, reference: reference) }
        }
        return try await pool.transaction { [answers, outcome] tx in
            try answers(.answered(outcome), to: record.attemptID, under: nil, in: tx)
            return try AttemptRecord.find(record.attemptID, in: tx) ?? record
        }
    }
}
