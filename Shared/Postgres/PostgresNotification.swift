/// A message that another session sent with NOTIFY.
public struct PostgresNotification: Sendable, Hashable {
    /// The channel it was sent on.
    public let channel: String
    /// Its text; empty where none was given.
    public let payload: String
}
