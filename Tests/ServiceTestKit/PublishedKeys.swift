public import Crypto
public import ServiceKit

/// Identity's keys, played by a test.
public struct PublishedKeys: KeySource {
    private let document: [UInt8]

    /// Publishes the key with which the test signs its tokens.
    public init(_ key: SigningKey) {
        document = JSONWebKeySet(keys: [key.verifyingKey]).json
    }

    /// The document that services fetch.
    public func fetch() async throws -> [UInt8] { document }
}
