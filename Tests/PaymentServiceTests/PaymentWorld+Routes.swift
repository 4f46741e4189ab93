import Crypto
import HTTPServer
import Observability
import Primitives
import ServiceKit
import ServiceTestKit
import TestKit

@testable import PaymentService

/// The routes of a world, and somebody whose login asks.
struct PaymentDoor {
    let world: PaymentWorld
    private let key = SigningKey.generate()
    private let pipeline: RequestPipeline

    init(_ world: PaymentWorld) {
        self.world = world
        let parts = world.parts.parts
        world.parts.context.authenticator.readKeys(from: PublishedKeys(key))
        var router = Router()
        router.group(middleware: world.parts.context.middleware) { parts.routes(&$0) }
        pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(parts.problems), proxies: .none, log: .silent,
            metrics: Metrics())
    }

    /// What somebody is answered: status and body.
    func call(
        _ method: String, _ path: String, _ body: String = "", as role: Role,
        of organization: OrganizationID?,
        key repetition: String? = nil
    ) async throws -> (status: Int, json: JSONNode) {
        let principal = Principal(
            accountID: world.accountID, sessionID: SessionID(.v7()), organizationID: organization, role: role,
            permissions: Set(Permission.allCases))
        let now = world.clock.now()
        let token = AccessToken(principal: principal, issuedAt: now, expiresAt: now + .seconds(600))
        var headers = HTTPHeaders()
        headers.add("Content-Type", "application/json")
        headers.add(
            "Authorization", "Bearer \(JWT.sign(claims: token.claims, type: AccessToken.type, with: key))")
        if let repetition { headers.add("Idempotency-Key", repetition) }
        let answer = await pipeline.respond(method, path, headers: headers, body: Array(body.utf8))
        return (answer.status, try JSONDocument(parsing: answer.body).root)
    }
}
