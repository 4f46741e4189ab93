public import HTTPClient

/// Where the issuer's public keys come from.
public protocol KeySource: Sendable {
    /// The key set document as it is now.
    func fetch() async throws -> [UInt8]
}

/// Identity's published key set, over HTTP.
public struct HTTPKeySource: KeySource {
    /// An answer that is no key set.
    public struct UnexpectedAnswer: Error, Sendable, CustomStringConvertible {
        /// What came back.
        public let description: String
    }

    private let client: HTTPClient
    private let url: String

    /// Names the place.
    ///
    /// - Parameters:
    ///   - client: The client to ask with.
    ///   - identityURL: The base address of identity, without a slash at the end.
    public init(client: HTTPClient, identityURL: String) {
        self.client = client
        url = identityURL + "/.well-known/jwks.json"
    }

    /// Asks identity.
    public func fetch() async throws -> [UInt8] {
        let request = ClientRequest(
            method: "GET", url: url, headers: [], body: [],
            limits: .init(connect: .seconds(2), total: .seconds(3), responseBytes: 65_536))
        let response = try await client.send(request)
        guard response.status == 200 else {
            throw UnexpectedAnswer(description: "the key set was answered with status \(response.status)")
        }
        return response.body
    }
}
