/// What a request does to a field that can be emptied.
enum FieldChange<Value: Sendable>: Sendable {
    /// It was not given.
    case keep
    /// It was given; null empties it.
    case replace(Value?)

    func applied(to old: Value?) -> Value? {
        switch self {
        case .keep: old
        case .replace(let new): new
        }
    }
}
