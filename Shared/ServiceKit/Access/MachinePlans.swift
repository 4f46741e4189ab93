public import HTTPServer

/// Who makes a request, found out once: by the plans, before the route asks.
enum CallerKey: RequestKey {
    typealias Value = Result<Principal, any Error>
}

/// Holds machines to their plans and tells them in every answer what is left; people pass through.
///
/// It stands around all routes of a service. A request without a caller, or with one that does not count, goes on: the
/// route decides whether it needs one.
public struct MachinePlans: Middleware {
    private let authenticator: Authenticator

    /// Names who knows the machines.
    ///
    /// - Parameter authenticator: The service's.
    public init(authenticator: Authenticator) { self.authenticator = authenticator }

    /// Counts the request of a machine; one over the plan is answered 429 and does not reach its route.
    public func handle(_ request: HTTPRequest, next: HTTPHandler) async throws -> HTTPResponse {
        // Cookies are of browsers, and those are of people; no machine gets in with one.
        guard request.headers["authorization"] != nil else { return try await next(request) }
        var request = request
        let caller = await authenticator.caller(of: request)
        request.context[CallerKey.self] = caller
        guard case .success(let principal)? = caller, principal.machineID != nil else {
            return try await next(request)
        }
        let headers = Self.headers(try authenticator.count(principal))
        do {
            var response = try await next(request)
            for field in headers { response.headers.set(field.name, field.value) }
            return response
        } catch let problem as Problem {
            var all = problem.headers
            // A limit of the route itself says more about its refusal than the plan does.
            for field in headers { all.setIfAbsent(field.name, field.value) }
            throw Problem(
                status: problem.status, code: problem.code, title: problem.title, detail: problem.detail,
                errors: problem.errors, headers: all)
        }
    }

    /// One field of each name with all limits, as a list.
    private static func headers(_ limits: [RateLimit]) -> [HTTPHeaders.Field] {
        ["RateLimit-Policy", "RateLimit"].compactMap { name in
            let values = limits.compactMap { $0.headers[name] }
            return values.isEmpty ? nil : HTTPHeaders.Field(name, values.joined(separator: ", "))
        }
    }
}
