import HTTPServer
import Primitives

/// What a client sends to the token endpoint.
struct ClientTokenRequest: Sendable {
    private static let bodyLimit = 8_192

    let clientID: String
    let secret: Secret<String>
    /// Nil asks for everything that the client may do.
    let scopes: [String]?

    /// Reads the form and the header; a parameter without a value counts as left out.
    init(_ request: HTTPRequest) throws(OAuthRefusal) {
        let parameters = try Self.parameters(request)
        guard let grant = parameters["grant_type"] else {
            throw OAuthRefusal(.invalidRequest, "grant_type is missing.")
        }
        guard grant == "client_credentials" else {
            throw OAuthRefusal(.unsupportedGrantType, "Only client_credentials is supported.")
        }
        let header = try Self.basic(request)
        let isInBody = parameters["client_secret"] != nil
        guard header == nil || !isInBody else {
            throw OAuthRefusal(.invalidRequest, "A client authenticates in one way only.")
        }
        guard let id = header?.id ?? parameters["client_id"],
            let secret = header?.secret ?? parameters["client_secret"]
        else { throw OAuthRefusal(.invalidClient, "The client does not authenticate.") }
        guard parameters["client_id"].map({ $0 == id }) ?? true else {
            throw OAuthRefusal(.invalidRequest, "client_id is another than in the header.")
        }
        (clientID, self.secret) = (id, Secret(secret))
        scopes = parameters["scope"].map { $0.split(separator: " ").map(String.init) }
    }

    private static func parameters(_ request: HTTPRequest) throws(OAuthRefusal) -> [String: String] {
        guard request.body.count <= bodyLimit else {
            throw OAuthRefusal(.invalidRequest, "The body has more than \(bodyLimit) bytes.")
        }
        let form: [(name: String, value: String)]
        do throws(Problem) {
            form = try request.form()
        } catch {
            throw OAuthRefusal(.invalidRequest, error.detail ?? error.title)
        }
        var parameters: [String: String] = [:]
        for (name, value) in form where !value.isEmpty {
            guard parameters.updateValue(value, forKey: name) == nil else {
                throw OAuthRefusal(.invalidRequest, "A parameter is there more than once.")
            }
        }
        return parameters
    }

    /// The credentials of an `Authorization: Basic` header.
    private static func basic(_ request: HTTPRequest) throws(OAuthRefusal) -> (id: String, secret: String)? {
        guard let header = request.headers["authorization"] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(parts[1]),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        else { throw OAuthRefusal(.invalidClient, "The header holds no credentials of a client.") }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
