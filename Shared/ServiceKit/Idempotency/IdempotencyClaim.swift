public import HTTPServer
public import Postgres
import Primitives

/// The right to carry out one request, taken before its effect and settled with it.
///
/// A request without a key has a claim too, one that stores nothing, so that handlers have one path.
public struct IdempotencyClaim: Sendable {
    let stored: StoredClaim?
    /// What a superadmin does with the request, told in the transaction of the effect.
    let act: SuperadminAct?

    /// The claim of a request without a key.
    public static let none = IdempotencyClaim(stored: nil, act: nil)

    /// The row behind a claim.
    struct StoredClaim: Sendable {
        let requestID: [UInt8]
        let token: RawID
    }

    /// Stores the answer in the transaction of the effect, so that both are there or neither is.
    ///
    /// What a superadmin changed for an organization is told there as well.
    ///
    /// - Parameters:
    ///   - response: What this request is answered with, now and when it is repeated. It must hold no secret.
    ///   - transaction: The transaction of the effect.
    /// - Returns: The same response.
    /// - Throws: `Problem` 409 when the lease ran out and another request has taken over: the effect is rolled back.
    @discardableResult
    public func answer(
        _ response: HTTPResponse, in transaction: borrowing Transaction
    ) throws -> HTTPResponse {
        try act?.record(response, in: transaction)
        guard let stored else { return response }
        // What a browser is told to keep is for this one time, and may be a credential.
        let fields = response.headers.fields.filter { $0.name.lowercased() != "set-cookie" }
        let headers = fields.flatMap { [$0.name, $0.value] }
        let changed = try transaction.execute(
            """
            UPDATE idempotent_requests SET status = $3, headers = $4, body = $5
            WHERE request_id = $1 AND claim = $2 AND status IS NULL
            """, [stored.requestID, stored.token, response.status, headers, response.body])
        guard changed == 1 else { throw IdempotencyStore.inFlight }
        return response
    }
}
