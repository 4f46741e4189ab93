import Messaging
import Primitives

/// Reads single members of an event, where decoding all of it would be work for nothing.
struct EventFields {
    private let node: JSONNode?
    private let path: String

    init(_ node: JSONNode) { self.init(node, path: "data") }

    private init(_ node: JSONNode?, path: String) {
        self.node = node
        self.path = path
    }

    /// The members of an object inside.
    func object(_ name: String) -> EventFields { EventFields(node?[name], path: "\(path).\(name)") }

    /// The objects of an array inside; none where there is no such array.
    func objects(_ name: String) -> [EventFields] {
        (node?[name]?.elements ?? []).map { EventFields($0, path: "\(path).\(name)[]") }
    }

    /// A text that must be there.
    func text(_ name: String) throws(HandlingFailure) -> String {
        try required(name, node?[name]?.string)
    }

    /// A text that may be there.
    func optionalText(_ name: String) -> String? { node?[name]?.string }

    /// A whole number that must be there.
    func int64(_ name: String) throws(HandlingFailure) -> Int64 { try required(name, node?[name]?.int64) }

    /// An id that must be there.
    func id<Entity>(_ name: String, of type: Entity.Type) throws(HandlingFailure) -> ID<Entity> {
        try required(name, node?[name]?.string.flatMap { ID<Entity>($0) })
    }

    /// An id that may be there.
    func optionalID<Entity>(_ name: String, of type: Entity.Type) -> ID<Entity>? {
        node?[name]?.string.flatMap { ID<Entity>($0) }
    }

    /// A day that must be there.
    func date(_ name: String) throws(HandlingFailure) -> CivilDate {
        try required(name, node?[name]?.string.flatMap { CivilDate($0) })
    }

    /// A currency that must be there.
    func currency(_ name: String) throws(HandlingFailure) -> Currency {
        try required(name, node?[name]?.string.flatMap { Currency(code: $0) })
    }

    private func required<Value>(_ name: String, _ value: Value?) throws(HandlingFailure) -> Value {
        guard let value else { throw .permanent("\(path).\(name) is missing or malformed") }
        return value
    }
}
