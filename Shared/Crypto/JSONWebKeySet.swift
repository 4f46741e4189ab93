import Primitives

/// The public keys of an issuer (RFC 7517), Ed25519 only (RFC 8037).
public struct JSONWebKeySet: Sendable, Hashable {
    /// Why a document is not a key set.
    public enum Malformed: Error, Sendable, Equatable {
        /// The document is not JSON, not an object, or has no `keys` array.
        case notAKeySet
        /// A key that claims to be Ed25519 is not one, has no id, or has the id of another.
        case badKey
        /// More keys than any issuer of ours publishes.
        case tooManyKeys
    }

    /// The most keys a set may hold.
    public static let maximumKeyCount = 32

    /// The keys, in the order of the document.
    public let keys: [VerifyingKey]

    /// A set of keys to publish.
    ///
    /// - Parameter keys: Keys with different ids.
    public init(keys: [VerifyingKey]) { self.keys = keys }

    /// Reads a published set; keys of other kinds or uses are skipped, as RFC 7517 section 5 asks.
    ///
    /// - Parameter bytes: The JSON document as it was fetched or stored.
    /// - Throws: `Malformed`.
    public init(parsing bytes: [UInt8]) throws(Malformed) {
        let root: JSONNode
        do throws(JSONSyntaxError) { root = try JSONDocument(parsing: bytes).root } catch {
            throw .notAKeySet
        }
        guard let list = root["keys"], list.kind == .array else { throw .notAKeySet }
        let elements = list.elements
        guard elements.count <= Self.maximumKeyCount else { throw .tooManyKeys }
        var keys: [VerifyingKey] = []
        for element in elements where Self.isEd25519Signature(element) {
            guard let text = element["x"]?.string, let rawBytes = Base64URL.decode(text),
                let id = element["kid"]?.string,
                let key = VerifyingKey(rawBytes: rawBytes, id: id), !keys.contains(where: { $0.id == id })
            else { throw .badKey }
            keys.append(key)
        }
        self.keys = keys
    }

    /// The key with an id.
    ///
    /// - Parameter id: The `kid` of a token.
    public subscript(id: String) -> VerifyingKey? { keys.first { $0.id == id } }

    /// The JSON document.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("keys")
        writer.beginArray()
        for key in keys {
            writer.beginObject()
            writer.member("kty", "OKP")
            writer.member("crv", "Ed25519")
            writer.member("use", "sig")
            writer.member("alg", "EdDSA")
            writer.member("kid", key.id)
            writer.member("x", Base64URL.encode(key.rawBytes))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func isEd25519Signature(_ node: JSONNode) -> Bool {
        guard node["kty"]?.string == "OKP", node["crv"]?.string == "Ed25519" else { return false }
        if let use = node["use"], use.string != "sig" { return false }
        if let algorithm = node["alg"], algorithm.string != "EdDSA" { return false }
        return true
    }
}
