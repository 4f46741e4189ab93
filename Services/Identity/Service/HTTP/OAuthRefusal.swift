import HTTPServer
import Primitives

/// Why no token is issued, in the words and the form of RFC 6749, section 5.2.
struct OAuthRefusal: Error, Hashable {
    enum Code: String {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidScope = "invalid_scope"
        case unsupportedGrantType = "unsupported_grant_type"
    }

    let code: Code
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    var response: HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("error", code.rawValue)
        writer.member("error_description", description)
        writer.endObject()
        let isUnknown = code == .invalidClient
        let answer = HTTPResponse.json(isUnknown ? 401 : 400, writer.bytes)
            .with("Cache-Control", "no-store").with("Pragma", "no-cache")
        return isUnknown ? answer.with("WWW-Authenticate", "Basic realm=\"duely\"") : answer
    }
}
