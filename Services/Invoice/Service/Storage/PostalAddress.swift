import Postgres
import Primitives

/// Where somebody is, in the parts that forms and tax offices ask for.
struct PostalAddress: Codable, Hashable, Sendable {
    var line1: String?
    var line2: String?
    var city: String?
    var region: String?
    var postalCode: String?
    /// Two capital letters (ISO 3166).
    var country: String?

    /// The lines as a letter has them, for documents that show a text.
    var text: String {
        let place = [postalCode, city].compactMap(\.self).joined(separator: " ")
        return [line1, line2, place, region, country].compactMap(\.self).filter { !$0.isEmpty }
            .joined(separator: "\n")
    }

    static func stored(_ json: JSONB?) throws(PostgresError) -> PostalAddress? {
        guard let json else { return nil }
        do {
            return try JSON.decode(PostalAddress.self, from: json.bytes)
        } catch {
            throw PostgresError(code: .decoding, message: "a stored address is not readable")
        }
    }

    static func json(_ address: PostalAddress?) -> JSONB? {
        guard let address else { return nil }
        var writer = JSONWriter()
        address.write(into: &writer)
        return JSONB(writer.bytes)
    }

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("line1", line1)
        writer.member("line2", line2)
        writer.member("city", city)
        writer.member("region", region)
        writer.member("postal_code", postalCode)
        writer.member("country", country)
        writer.endObject()
    }
}
