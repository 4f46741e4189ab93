import Postgres
import Primitives

/// Words of the database as values of the domain; a word that this release does not know is an error, not a guess.
enum StoredValue {
    static func role(_ text: String) throws(PostgresError) -> Role {
        guard let role = Role(rawValue: text) else {
            throw PostgresError(code: .decoding, message: "no role is called \(text)")
        }
        return role
    }

    /// A permission that this release does not know is passed over: it allows nothing here.
    static func permissions(_ words: [String]?) -> Set<Permission>? {
        words.map { Set($0.compactMap(Permission.init(rawValue:))) }
    }

    static func currency(_ text: String) throws(PostgresError) -> Currency {
        guard let currency = Currency(code: text) else {
            throw PostgresError(code: .decoding, message: "no currency has the code \(text)")
        }
        return currency
    }

    static func zone(_ name: String) throws(PostgresError) -> Zone {
        guard let zone = Zone(name) else {
            throw PostgresError(code: .decoding, message: "no zone is called \(name)")
        }
        return zone
    }
}
