/// A value that must not appear in a log: it prints as dots, whatever prints it.
public struct Secret<Value: Sendable>: Sendable {
    private let value: Value

    /// Wraps a value.
    public init(_ value: Value) { self.value = value }

    /// The value; a call site that a reader can search for.
    public func reveal() -> Value { value }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Dots.
    public var description: String { "•••" }
    /// Dots.
    public var debugDescription: String { "•••" }
    /// Nothing to look into.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
