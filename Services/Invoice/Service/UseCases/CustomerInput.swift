import HTTPServer
import Postgres
import Primitives

/// What a sender says about a customer.
struct CustomerInput: Sendable {
    let name: String?
    let email: String?
    let currency: Currency?
    let language: String?
    let address: String?
    let externalID: String?
    let metadata: JSONB?

    private static let metadataBytesMaximum = 8_192

    /// Reads the body; problems are collected in the reader.
    init(_ fields: FieldReader, body: JSONNode) {
        name = fields.string("name", minimumLength: 1, maximumLength: 200)
        email = fields.parsed("email", "an e-mail address") { Self.email($0) }
        currency = fields.currency("currency")
        language = fields.parsed("language", "a language tag such as en or de-AT") { Self.language($0) }
        address = fields.string("address", maximumLength: 1_000)
        externalID = fields.string("external_id", minimumLength: 1, maximumLength: 200)
        metadata = Self.metadata(fields, body["metadata"])
    }

    private static func metadata(_ fields: FieldReader, _ node: JSONNode?) -> JSONB? {
        guard let node, !node.isNull else { return nil }
        guard node.kind == .object else {
            fields.refuse("metadata", "wrong_type", "This must be an object.")
            return nil
        }
        guard node.rawBytes.count <= metadataBytesMaximum else {
            fields.refuse("metadata", "too_long", "This must have at most \(metadataBytesMaximum) bytes.")
            return nil
        }
        return JSONB(Array(node.rawBytes))
    }

    /// One address: a local part, one @, a domain; nothing that could end a header line or start another address.
    private static func email(_ text: String) -> String? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let forbidden = Set(" \t\r\n<>,;:\"()[]\\".unicodeScalars)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64, parts[1].utf8.count <= 253,
            parts[1].contains("."), !parts[1].hasPrefix("."), !parts[1].hasSuffix("."),
            !text.unicodeScalars.contains(where: {
                forbidden.contains($0) || $0.value < 0x21 || $0.value == 0x7F
            })
        else { return nil }
        return text
    }

    private static func language(_ text: String) -> String? {
        let isTag =
            !text.isEmpty && text.utf8.count <= 35
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: true
                default: false
                }
            }
        return isTag ? text : nil
    }
}
