/// A small ordered table of named values: message headers.
public struct AMQPTable: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One named value.
    public struct Entry: Sendable, Equatable {
        /// The name.
        public var key: String
        /// The value.
        public var value: AMQPValue

        /// Names a value.
        public init(key: String, value: AMQPValue) {
            self.key = key
            self.value = value
        }
    }

    /// The entries in the order they were added.
    public private(set) var entries: [Entry]

    /// An empty table.
    public init() { entries = [] }

    /// A table of these entries.
    public init(entries: [Entry]) { self.entries = entries }

    /// A table written as a dictionary literal.
    public init(dictionaryLiteral elements: (String, AMQPValue)...) {
        entries = elements.map { Entry(key: $0.0, value: $0.1) }
    }

    /// Whether there is no entry.
    public var isEmpty: Bool { entries.isEmpty }

    /// The value of a name; setting nil removes it.
    public subscript(key: String) -> AMQPValue? {
        get { entries.first { $0.key == key }?.value }
        set {
            let index = entries.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append(Entry(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// The table without the headers that the broker itself adds when it dead-letters or redelivers a message;
    /// a republished message that still carries them may be dropped as a cycle.
    public var withoutDeathHeaders: AMQPTable {
        AMQPTable(
            entries: entries.filter {
                $0.key != "x-death" && $0.key != "x-delivery-count" && !$0.key.hasPrefix("x-first-death-")
                    && !$0.key.hasPrefix("x-last-death-")
            })
    }
}
