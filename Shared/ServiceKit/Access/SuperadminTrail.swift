import EventContracts
public import HTTPServer
import Messaging
import Observability
import Postgres
import Primitives
import Synchronization

/// Tells an organization's owner what a superadmin saw and changed there, through identity's audit trail.
///
/// It stands around all routes of a service that is not identity, which keeps the trail itself. What reads is told
/// before it is answered. What changes something is told in the transaction of the change, by the claim of the request;
/// a route that takes no claim is told right after it has answered.
public struct SuperadminTrail: Middleware {
    private let context: ServiceContext

    /// Names the service.
    ///
    /// - Parameter context: Who is asking, and the outbox that the events leave through.
    public init(context: ServiceContext) { self.context = context }

    /// Passes everybody through, and notes what a superadmin does for an organization.
    public func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        guard let organizationID = request.queryValue("website_id").flatMap({ OrganizationID($0) }) else {
            return try await next(request)
        }
        var request = request
        let caller = await context.authenticator.caller(of: request)
        request.context[CallerKey.self] = caller
        guard case .success(let principal)? = caller, principal.isSuperadmin else {
            return try await next(request)
        }
        let act = SuperadminAct(request, by: principal.accountID, for: organizationID, context)
        if request.method.isSafe {
            try await context.pool.transaction { tx in try act.record(nil, in: tx) }
            return try await next(request)
        }
        request.context[SuperadminActKey.self] = act
        let response = try await next(request)
        let isRepeated = response.headers[IdempotencyStore.replayedHeader] != nil
        guard response.status < 400, !isRepeated, !act.isRecorded else { return response }
        try await context.pool.transaction { tx in try act.record(response, in: tx) }
        return response
    }
}

/// What a superadmin does with the present request; attached by the trail, recorded by the claim.
enum SuperadminActKey: RequestKey {
    typealias Value = SuperadminAct
}

/// One request of a superadmin for an organization, recorded at most once.
final class SuperadminAct: Sendable {
    private let eventID: RawID
    private let accountID: AccountID
    private let organizationID: OrganizationID
    private let action: String
    private let namedID: String?
    private let requestID: String
    private let clientAddress: String
    private let cause: EventCause
    private let service: String
    private let outbox: Outbox
    private let recorded = Atomic(false)

    init(
        _ request: HTTPRequest, by account: AccountID, for organization: OrganizationID,
        _ context: ServiceContext
    ) {
        let now = context.clock.now()
        eventID = .v7(at: now)
        accountID = account
        organizationID = organization
        action = "\(request.method.rawValue) \(request.context.route)"
        namedID = request.namedID
        requestID = request.context.requestID
        clientAddress = request.context.clientAddress
        cause = EventCause(traceparent: request.context.trace.traceparent, clockTime: now)
        service = context.name
        outbox = context.outbox
    }

    var isRecorded: Bool { recorded.load(ordering: .acquiring) }

    /// Writes the event; the same one when a transaction is tried again.
    ///
    /// What a change is answered with says where something new is to be found.
    func record(_ response: HTTPResponse?, in transaction: borrowing Transaction) throws {
        let made = response?.headers["location"]?.split(separator: "/").last.flatMap(ResourceID.init)
        let acted = SuperadminActed(
            accountID: accountID, organizationID: organizationID, action: action,
            resourceID: made?.text ?? namedID, requestID: requestID, clientAddress: clientAddress,
            at: cause.clockTime)
        try outbox.write(
            OutgoingEvent(
                acted, id: eventID, subject: accountID, tenant: organizationID, sequence: nil, cause: cause,
                service: service),
            in: transaction)
        transaction.afterCommit { self.recorded.store(true, ordering: .releasing) }
    }
}
