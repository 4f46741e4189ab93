/// One step of a schema, as committed in the repository; once released it never changes.
public struct Migration: Sendable, Hashable {
    /// Its place in the order; versions count up from 0.
    public let version: Int
    /// What it does, for logs and errors.
    public let name: String
    /// The statements, which run in one transaction and must not contain BEGIN or COMMIT.
    public let sql: [UInt8]

    /// Describes a migration.
    public init(version: Int, name: String, sql: [UInt8]) {
        self.version = version
        self.name = name
        self.sql = sql
    }
}
