/// What keeps a repeated event from having its effect twice.
public enum Deduplication: Hashable, Sendable {
    /// The consumer's inbox: ids of events that were handled are kept for 30 days.
    case inbox
    /// The handler's own unique key, with the reason why it suffices; saves the inbox row.
    case naturalKey(StaticReason)

    /// A reason that is part of the program text.
    public struct StaticReason: Hashable, Sendable, ExpressibleByStringLiteral {
        /// The text.
        public let text: String

        /// Takes the text.
        public init(stringLiteral value: StaticString) { text = value.description }
    }
}
