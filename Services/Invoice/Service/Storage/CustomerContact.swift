import Postgres
import Primitives

/// A person at a customer.
struct CustomerContact: Codable, Hashable, Sendable {
    /// What they do there.
    enum Role: String, Codable, Hashable, Sendable, CaseIterable {
        case billing
        case purchasing
        case management
        case technical
        case other
    }

    let name: String
    let email: String
    let role: Role
    /// Whether mails about invoices go to them.
    let receivesInvoices: Bool

    static func all(_ stored: JSONB?) throws(PostgresError) -> [CustomerContact] {
        guard let stored else { return [] }
        do {
            return try JSON.decode([CustomerContact].self, from: stored.bytes)
        } catch {
            throw PostgresError(code: .decoding, message: "the contacts of a customer are not readable")
        }
    }

    static func json(_ contacts: [CustomerContact]) -> JSONB? {
        guard !contacts.isEmpty else { return nil }
        var writer = JSONWriter()
        write(contacts, into: &writer)
        return JSONB(writer.bytes)
    }

    static func write(_ contacts: [CustomerContact], into writer: inout JSONWriter) {
        writer.beginArray()
        for contact in contacts {
            writer.beginObject()
            writer.member("name", contact.name)
            writer.member("email", contact.email)
            writer.member("role", contact.role.rawValue)
            writer.member("receives_invoices", contact.receivesInvoices)
            writer.endObject()
        }
        writer.endArray()
    }
}
