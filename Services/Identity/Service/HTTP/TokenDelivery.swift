import Crypto
import HTTPServer
import IdentityDomain
import Primitives
import ServiceKit

/// How the tokens of a login reach their holder.
enum TokenDelivery: String, CaseIterable {
    /// In the body, for programs that keep them safe.
    case body
    /// In cookies that no script can read, for pages.
    case cookie

    /// What the fields of a request ask for; the body unless told otherwise.
    static func asked(in fields: FieldReader) -> TokenDelivery {
        fields.choice("delivery", TokenDelivery.self) ?? .body
    }
}

extension IdentityContext {
    /// Hands the tokens out.
    func answer(_ tokens: IssuedTokens, by delivery: TokenDelivery) -> HTTPResponse {
        let principal = tokens.principal
        var writer = JSONWriter()
        writer.beginObject()
        if case .body = delivery {
            writer.member("access_token", tokens.accessToken)
            writer.member("token_type", "Bearer")
        }
        writer.member("expires_in", tokens.expiresIn.components.seconds)
        if case .body = delivery { writer.member("refresh_token", tokens.refreshToken.reveal()) }
        writer.member("account_id", principal.accountID)
        writer.member("organization_id", principal.organizationID)
        writer.member("role", principal.role.rawValue)
        writer.endObject()
        let response = HTTPResponse.json(200, writer.bytes).with("Cache-Control", "no-store")
        guard case .cookie = delivery else { return response }
        let login = SessionCookies.Login(
            accessToken: tokens.accessToken, refreshToken: tokens.refreshToken,
            csrfToken: csrfToken(of: principal.sessionID), life: settings.lifetimes.refreshIdle)
        return response.setting(service.cookies.set(login))
    }

    /// The answer to whoever ended the own login: a browser forgets it.
    func forgetting(_ request: HTTPRequest, _ response: HTTPResponse) -> HTTPResponse {
        let cookies = service.cookies
        return cookies.areCredential(of: request) ? response.setting(cookies.removed) : response
    }

    /// The same for the whole of a login: a tab that read it before another tab refreshed can still use it.
    private func csrfToken(of session: SessionID) -> String {
        Base64URL.encode(settings.storageKey.code(of: "\(session)", purpose: "csrf token"))
    }
}
