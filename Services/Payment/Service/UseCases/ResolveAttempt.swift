import HTTPServer
import PaymentDomain
import Postgres
import Primitives

/// A person says what became of an attempt of which nobody knew; the gateway has the last word.
struct ResolveAttempt: Sendable {
    let pool: PostgresPool
    let gateway: any CardGateway
    let answers: RecordAnswer

    /// Asks the gateway whether it may be so, and stores it.
    ///
    /// - Parameters:
    ///   - resolution: What was found out.
    ///   - attempt: Which attempt.
    /// - Returns: The attempt as it stands then.
    /// - Throws: `Problem` 404 for an attempt that is not there, 409 `not_in_doubt` for one of which all is known and
    ///   `gateway_disagrees` when the gateway says otherwise; `GatewayFailure` when it cannot be asked.
    func callAsFunction(
        _ resolution: AttemptEvent.Resolution, of attempt: AttemptID
    ) async throws -> AttemptRecord {
        let record = try await pool.transaction { tx in try AttemptRecord.find(attempt, in: tx) }
        guard let record else { throw Problem.notFound }
        guard record.state.isInDoubt else { throw Self.notInDoubt }
        guard try await isPossible(resolution, of: attempt) else {
            throw Problem.conflict("gateway_disagrees", "The gateway says something else about this charge")
        }
        return try await pool.transaction { [answers] tx in
            guard try answers(.resolved(resolution), to: attempt, under: nil, in: tx) != nil,
                let after = try AttemptRecord.find(attempt, in: tx)
            else { throw Self.notInDoubt }
            return after
        }
    }

    private static let notInDoubt = Problem.conflict(
        "not_in_doubt", "It is known what became of this charge")

    private func isPossible(
        _ resolution: AttemptEvent.Resolution, of attempt: AttemptID
    ) async throws(GatewayFailure) -> Bool {
        switch resolution {
        case .charged(let reference):
            do throws(GatewayFailure) {
                guard try await gateway.attempt(behind: reference) == attempt else { return false }
                return try await gateway.retrieve(reference: reference) == .charged(reference: reference)
            } catch .refused {
                // The gateway knows no such payment.
                return false
            }
        case .notCharged:
            switch try await gateway.lookUp(attempt) {
            case nil, .refused: return true
            case .charged, .needsAction, .notExecuted, .rejected, .keyInUse, .lost: return false
            }
        }
    }
}

extension AttemptState {
    /// Whether nobody knows what became of it.
    var isInDoubt: Bool {
        switch self {
        case .unknown, .needsReview: true
        case .held, .ready, .inFlight, .requiresAction, .succeeded, .declined, .cancelled: false
        }
    }
}
