import HTTPServer
import Primitives

/// Answers the requests of an organization that lives by a test clock at the clock's time.
///
/// The organization is that of the caller, or the one that a superadmin or a payer names.
struct TestClockTime: Middleware {
    let context: ServiceContext

    func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        guard context.testClocks.isInUse, let organization = await organization(of: request),
            let moment = try await context.testClocks.told(to: organization, from: context.pool)
        else { return try await next(request) }
        return try await TestTime.$current.withValue(moment) { try await next(request) }
    }

    private func organization(of request: HTTPRequest) async -> OrganizationID? {
        // Who is refused is refused at any time.
        guard case .success(let principal)? = await context.authenticator.caller(of: request) else {
            return nil
        }
        if let own = principal.organizationID { return own }
        let named =
            request.queryValue("website_id") ?? request.parameters.value(of: "organization_id")
        return named.flatMap { OrganizationID($0) }
    }
}
