import HTTPServer
import Primitives
import ServiceKit

/// `POST /oauth/token`: a client exchanges its secret for an access token (RFC 6749, section 4.4).
struct OAuthRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.post("/oauth/token") { try await token($0) }
    }

    private func token(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            let issued = try await IssueClientToken(context: context)(
                try ClientTokenRequest(request), clientAddress: request.context.clientAddress)
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("access_token", issued.accessToken)
            writer.member("token_type", "Bearer")
            writer.member("expires_in", issued.expiresIn.components.seconds)
            writer.member("scope", issued.scopes.joined(separator: " "))
            writer.endObject()
            return .json(200, writer.bytes).with("Cache-Control", "no-store").with("Pragma", "no-cache")
        } catch let refusal as OAuthRefusal {
            return refusal.response
        }
    }
}
