import Crypto
import Documents
import EventContracts
import PDF
import Postgres
import Primitives

/// How a sender's papers and mails look and what they say, as the sender keeps it.
struct Template: Sendable {
    let id: TemplateID
    let organizationID: OrganizationID
    var name: String
    /// Whether it holds where nothing else was chosen.
    var isDefault: Bool
    var content: TemplateContent
    let createdAt: Instant
    var updatedAt: Instant

    /// The columns in the order in which `init(_:)` reads them.
    static let columns = """
        t.id, t.organization_id, t.name, t.is_default, v.content, t.created_at, t.updated_at
        """
    /// The tables that the columns come from.
    static let tables = """
        templates t JOIN template_versions v ON v.organization_id = t.organization_id AND v.digest = t.digest
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        organizationID = try row[1]
        name = try row[2]
        isDefault = try row[3]
        content = try TemplateContent.stored(try row[4])
        createdAt = try row[5]
        updatedAt = try row[6]
    }

    /// A new template, not stored yet.
    init(
        id: TemplateID, organizationID: OrganizationID, name: String, isDefault: Bool,
        content: TemplateContent, at now: Instant
    ) {
        self.id = id
        self.organizationID = organizationID
        self.name = name
        self.isDefault = isDefault
        self.content = content
        createdAt = now
        updatedAt = now
    }
}

/// What a template says; what it does not say is as usual.
struct TemplateContent: Codable, Sendable, Hashable {
    var look: InvoiceDocument.Look
    /// A BCP 47 tag; it goes before the customer's language.
    var language: String?
    var accentColor: String?
    var terms: String?
    var footer: String?
    var mail: InvoiceMailWording?

    /// Names what it says: equal only for equal contents.
    func digest() throws -> [UInt8] { SHA256.hash(try JSON.encode(self)) }

    static func stored(_ json: JSONB) throws(PostgresError) -> TemplateContent {
        do {
            return try JSON.decode(TemplateContent.self, from: json.bytes)
        } catch {
            throw PostgresError(code: .decoding, message: "a template is not readable")
        }
    }

    /// Makes a document look as it says; what the document says itself stays.
    func dress(_ document: inout InvoiceDocument) {
        document.look = look
        document.language = language ?? document.language
        document.branding.accent = accentColor.flatMap { PDFColor(hex: $0) } ?? document.branding.accent
        document.branding.footer = document.branding.footer ?? footer
    }
}
