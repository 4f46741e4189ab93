import Postgres
import Primitives

/// A number under which a customer is known to the tax office.
struct TaxID: Codable, Hashable, Sendable {
    /// `eu_vat`, `us_ein`, whatever the sender calls it.
    let type: String
    /// As it stands on documents.
    let value: String

    static func all(_ stored: JSONB?) throws(PostgresError) -> [TaxID] {
        guard let stored else { return [] }
        do {
            return try JSON.decode([TaxID].self, from: stored.bytes)
        } catch {
            throw PostgresError(code: .decoding, message: "the tax ids of a customer are not readable")
        }
    }

    static func json(_ ids: [TaxID]) -> JSONB? {
        guard !ids.isEmpty else { return nil }
        var writer = JSONWriter()
        write(ids, into: &writer)
        return JSONB(writer.bytes)
    }

    static func write(_ ids: [TaxID], into writer: inout JSONWriter) {
        writer.beginArray()
        for id in ids {
            writer.beginObject()
            writer.member("type", id.type)
            writer.member("value", id.value)
            writer.endObject()
        }
        writer.endArray()
    }
}
