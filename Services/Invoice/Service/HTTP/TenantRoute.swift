import EventContracts
import HTTPServer
import Messaging
import Observability
import Postgres
import Primitives
import ServiceKit

/// What every route of a sender does around its use case: who asks, for which organization, once per key, in one
/// transaction with the events.
struct TenantRoute: Sendable {
    let context: ServiceContext

    /// Who asks, and everything a use case needs besides its input.
    struct Scope: Sendable {
        let principal: Principal
        let organizationID: OrganizationID
        let now: Instant
        let cause: EventCause
    }

    /// What a use case answers, and what it has to tell.
    struct Answer: Sendable {
        let response: HTTPResponse
        let events: [OutgoingEvent]
    }

    func scope(_ request: HTTPRequest, _ permission: Permission) async throws -> Scope {
        let principal = try await context.authenticate(request)
        try principal.require(permission)
        let now = context.clock.now()
        return Scope(
            principal: principal, organizationID: try principal.tenant(of: request), now: now,
            cause: EventCause(traceparent: request.context.trace.traceparent, clockTime: now))
    }

    /// Carries out a change once per Idempotency-Key.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - permission: What the caller must be allowed to do.
    ///   - read: Reads path and body. It runs after the caller is known to be allowed to ask: nobody else is told what
    ///     is wrong with a request.
    ///   - work: The use case.
    /// - Returns: Its answer, or that of the first request with this key.
    /// - Throws: `Problem` 401 or 403 before anything else; what reading and the use case throw.
    func change<Input: Sendable>(
        _ request: HTTPRequest, _ permission: Permission, reading read: (HTTPRequest) throws -> Input,
        _ work: @escaping @Sendable (Scope, Input, borrowing Transaction) throws -> Answer
    ) async throws -> HTTPResponse {
        let scope = try await scope(request, permission)
        let input = try read(request)
        let (pool, outbox) = (context.pool, context.outbox)
        return try await context.idempotency.perform(request, caller: scope.principal.accountID.description) {
            claim in
            try await Self.whenOrganizationIsKnown {
                try await pool.transaction { tx in
                    let answer = try work(scope, input, tx)
                    try AuditTrail.record(
                        answer.events, by: AuditTrail.Actor(scope.principal), of: scope.organizationID,
                        at: scope.now, in: tx)
                    try outbox.write(answer.events, in: tx)
                    return try claim.answer(answer.response, in: tx)
                }
            }
        }
    }

    /// Answers what a change would come to, in a transaction that writes nothing.
    func preview<Input: Sendable>(
        _ request: HTTPRequest, _ permission: Permission, reading read: (HTTPRequest) throws -> Input,
        _ work: @escaping @Sendable (Scope, Input, borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let scope = try await scope(request, permission)
        let input = try read(request)
        let pool = context.pool
        return try await Self.whenOrganizationIsKnown {
            try await pool.transaction(.snapshot) { tx in try work(scope, input, tx) }
        }
    }

    /// Who has just signed up may be faster than the event that tells of it: such a request waits instead of failing.
    private static func whenOrganizationIsKnown(
        _ work: () async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                return try await work()
            } catch let problem as Problem
                where problem.code == CreateInvoice.organizationOnItsWay.code
                && ContinuousClock.now < deadline
            {
                try await ContinuousClock().sleep(for: .milliseconds(25))
            }
        }
    }

    private static let patience = Duration.seconds(2)

    /// Reads in one snapshot.
    func read<Value: Sendable>(
        _ work: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await context.pool.transaction(.snapshot, work)
    }
}
