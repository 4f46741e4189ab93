import Crypto
public import HTTPServer
public import Postgres
public import Primitives

/// Makes requests repeatable: the same `Idempotency-Key` from the same caller has one effect and one answer.
///
/// A claim is taken first, with a lease; the answer is stored in the transaction of the effect. So a process that dies
/// in between leaves nothing but a lease that runs out, and a repeated request either finds the answer or carries the
/// request out.
public struct IdempotencyStore: Sendable {
    private let pool: PostgresPool
    private let clock: any WallClock
    private let lease: Duration
    private let retention: Duration

    static let inFlight = Problem(
        status: 409, code: "request_in_flight", title: "The first request with this key is not answered yet",
        headers: ["Retry-After": "1"])
    static let otherBody = Problem(
        status: 422, code: "idempotency_key_reused", title: "This key was used for another request")

    /// The header that marks a repeated answer.
    public static let replayedHeader = "Idempotency-Replayed"

    /// A store in the service's own schema.
    ///
    /// - Parameters:
    ///   - pool: The service's database.
    ///   - clock: The time that leases and retention are counted in.
    ///   - lease: How long a claim keeps others away while its request is carried out.
    ///   - retention: How long an answer is repeated.
    public init(pool: PostgresPool, clock: any WallClock, lease: Duration, retention: Duration) {
        self.pool = pool
        self.clock = clock
        self.lease = lease
        self.retention = retention
    }

    /// Carries a request out once per key.
    ///
    /// - Parameters:
    ///   - request: The request; without an `Idempotency-Key` it is simply carried out.
    ///   - caller: Who sends it: an account, an API key, the hash of a link. Keys of different callers never meet.
    ///   - operation: Has the effect, and stores its answer with the claim in the same transaction. When it throws,
    ///     nothing has happened and the key is free again.
    /// - Returns: The answer of the operation, or that of the first request with this key.
    /// - Throws: `Problem` 400 for an unusable key, 422 for a key of another request, 409 while the first request is
    ///   being carried out; what the operation throws.
    public func perform(
        _ request: HTTPRequest, caller: String,
        operation: (IdempotencyClaim) async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let act = request.context[SuperadminActKey.self]
        guard let key = try IdempotencyKey(request) else {
            return try await operation(IdempotencyClaim(stored: nil, act: act))
        }
        let claim = IdempotencyClaim.StoredClaim(
            requestID: Self.digest([caller, request.method.rawValue, request.path, key.text]),
            token: .random())
        switch try await take(claim, fingerprint: Self.fingerprint(of: request, key)) {
        case .replay(let response):
            return response.with(Self.replayedHeader, "true")
        case .refused(let problem):
            throw problem
        case .taken:
            do {
                return try await operation(IdempotencyClaim(stored: claim, act: act))
            } catch {
                try await release(claim)
                throw error
            }
        }
    }

    /// Removes what is older than the retention.
    ///
    /// - Parameter limit: How many rows at most, so that one call stays short.
    /// - Returns: How many rows were removed.
    /// - Throws: `PostgresError`.
    public func prune(limit: Int) async throws -> Int {
        let before = clock.now() - retention
        return try await pool.transaction { tx in
            try tx.execute(
                """
                DELETE FROM idempotent_requests WHERE request_id = ANY (ARRAY (
                    SELECT request_id FROM idempotent_requests WHERE created_at < $1 ORDER BY created_at LIMIT $2))
                """, [before, limit])
        }
    }

    private enum Attempt: Sendable {
        case taken
        case replay(HTTPResponse)
        case refused(Problem)
    }

    private func take(_ claim: IdempotencyClaim.StoredClaim, fingerprint: [UInt8]) async throws -> Attempt {
        let now = clock.now()
        let (leasedUntil, expiredBefore) = (now + lease, now - retention)
        return try await pool.transaction { tx in
            // A lease that ran out without an answer had no effect, and an answer past its time is forgotten: both
            // are taken over.
            let taken = try tx.execute(
                """
                INSERT INTO idempotent_requests AS r (request_id, fingerprint, claim, leased_until, created_at)
                VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (request_id) DO UPDATE SET fingerprint = excluded.fingerprint, claim = excluded.claim,
                    leased_until = excluded.leased_until, created_at = excluded.created_at,
                    status = NULL, headers = NULL, body = NULL
                WHERE (r.status IS NULL AND r.leased_until < $5) OR r.created_at < $6
                """, [claim.requestID, fingerprint, claim.token, leasedUntil, now, expiredBefore])
            guard taken == 0 else { return .taken }
            let rows = try tx.query(
                "SELECT fingerprint, status, headers, body FROM idempotent_requests WHERE request_id = $1",
                [claim.requestID])
            guard let row = rows.first else { return .refused(Self.inFlight) }
            guard try row.get(0, as: [UInt8].self) == fingerprint else { return .refused(Self.otherBody) }
            guard let status = try row.get(1, as: Int?.self) else { return .refused(Self.inFlight) }
            return .replay(
                HTTPResponse(
                    status: status, headers: Self.headers(try row.get(2)), body: try row.get(3)))
        }
    }

    /// Gives the key back after an operation that had no effect; an answered claim stays.
    private func release(_ claim: IdempotencyClaim.StoredClaim) async throws {
        try await pool.transaction { tx in
            _ = try tx.execute(
                "DELETE FROM idempotent_requests WHERE request_id = $1 AND claim = $2 AND status IS NULL",
                [claim.requestID, claim.token])
        }
    }

    /// Empties the stored answers in which a person is named: a repeated request still has no second effect.
    ///
    /// It reads all answers of a day, which is much, and happens once in a person's life.
    ///
    /// - Parameters:
    ///   - texts: Names and addresses of the person.
    ///   - transaction: The transaction that forgets the rest.
    /// - Throws: What the statement failed with.
    public static func forget(_ texts: [String], in transaction: borrowing Transaction) throws(PostgresError)
    {
        let texts = texts.filter { !$0.isEmpty }
        guard !texts.isEmpty else { return }
        try transaction.execute(
            """
            UPDATE idempotent_requests SET body = '{}'
            WHERE body IS NOT NULL AND EXISTS
                (SELECT FROM unnest($1::bytea[]) AS t (text) WHERE position(t.text IN body) > 0)
            """, [texts.map(quoted)])
    }

    /// As it stands in a JSON document, with its quotes: a short name is not found inside other words.
    private static func quoted(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.string(text)
        return writer.bytes
    }

    private static func headers(_ pairs: [String]) -> HTTPHeaders {
        var headers = HTTPHeaders()
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            headers.add(pairs[index], pairs[index + 1])
        }
        return headers
    }

    /// What two requests under one key must have in common.
    ///
    /// A body may hold a password, and a bare digest could be tried against a dictionary. The key, which is stored
    /// nowhere in clear, makes that as hard as guessing it.
    private static func fingerprint(of request: HTTPRequest, _ key: IdempotencyKey) -> [UInt8] {
        SHA256.hash(digest([key.text] + request.query.flatMap { [$0.name, $0.value] }) + request.body)
    }

    /// One digest over texts, each with its length in front so that their boundaries count.
    private static func digest(_ texts: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for text in texts {
            bytes += Array("\(text.utf8.count):".utf8) + Array(text.utf8)
        }
        return SHA256.hash(bytes)
    }
}
