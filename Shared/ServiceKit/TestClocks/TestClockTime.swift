import HTTPServer
import Primitives

/// Answers the requests of an organization that lives by a test clock at the clock's time.
///
/// The organization is that of the caller, or the one that a superadmin or a payer names.
struct TestClockTime: Middleware {
    let context: ServiceContext

    func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        guard context.testClocks.isInUse, let moment = await now(of: request) else {
            return try await next(request)
        }
        return try await TestTime.$current.withValue(moment) { try await next(request) }
    }

    private func now(of request: HTTPRequest) async -> Instant? {
        // Who is refused is refused at any time.
        guard case .success(let principal)? = await context.authenticator.caller(of: request) else {
            return nil
        }
        if let own = principal.organizationID { return context.testClocks.now(of: own) }
        let named = request.queryValue("website_id") ?? request.parameters["organization_id"]
        return context.testClocks.now(of: OrganizationID(named))
    }
}
