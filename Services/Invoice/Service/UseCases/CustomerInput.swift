import HTTPServer
import InvoiceDomain
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
    let details: CustomerDetailsInput

    let taxStatus: TaxStatus?
    let taxIDs: [TaxID]?

    private static let taxIDCountMaximum = 10

    /// Reads the body; problems are collected in the reader.
    init(_ fields: FieldReader, body: JSONNode) {
        name = fields.string("name", minimumLength: 1, maximumLength: 200)
        email = fields.parsed("email", "an e-mail address") { Self.email($0) }
        currency = fields.currency("currency")
        language = fields.parsed("language", "a language tag such as en or de-AT") { Self.language($0) }
        address = fields.string("address", maximumLength: 1_000)
        externalID = fields.string("external_id", minimumLength: 1, maximumLength: 200)
        metadata = fields.metadata("metadata", body["metadata"])
        taxStatus = fields.choice("tax_status", TaxStatus.self)
        taxIDs = Self.taxIDs(fields)
        details = CustomerDetailsInput(fields)
    }

    private static func taxIDs(_ fields: FieldReader) -> [TaxID]? {
        guard let items = fields.objects("tax_ids", count: 0...taxIDCountMaximum) else { return nil }
        return items.compactMap { item in
            let type = item.require(
                "type",
                item.parsed("type", "a word such as eu_vat") { text in
                    let isWord =
                        (1...30).contains(text.utf8.count)
                        && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == UInt8(ascii: "_") }
                    return isWord ? text : nil
                })
            let value = item.require("value", item.string("value", minimumLength: 1, maximumLength: 50))
            guard let type, let value else { return nil }
            return TaxID(type: type, value: value)
        }
    }

    /// One address: a local part, one @, a domain; nothing that could end a header line or start another address.
    static func email(_ text: String) -> String? {
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

    static func language(_ text: String) -> String? {
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
