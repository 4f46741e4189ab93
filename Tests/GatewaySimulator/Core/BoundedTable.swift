/// Values by id, in the order they came; beyond the limit the oldest make room.
struct BoundedTable<Value: Sendable>: Sendable {
    private var values: [String: Value] = [:]
    private var order: [String] = []
    private var head = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// The values of another table, as far as the limit of this one allows.
    init(_ other: BoundedTable, limit: Int) {
        self.limit = limit
        for id in other.ids {
            if let value = other.values[id] { insert(value, id: id) }
        }
    }

    var count: Int { values.count }

    subscript(id: String) -> Value? { values[id] }

    /// Adds a value under a new id and returns what had to make room.
    @discardableResult
    mutating func insert(_ value: Value, id: String) -> Value? {
        values[id] = value
        order.append(id)
        guard values.count > limit else { return nil }
        let oldest = order[head]
        head += 1
        if head > 4_096, head > order.count / 2 {
            order.removeFirst(head)
            head = 0
        }
        return values.removeValue(forKey: oldest)
    }

    /// Changes a value in place; nothing when there is none.
    @discardableResult
    mutating func update<T>(_ id: String, _ change: (inout Value) -> T) -> T? {
        guard let index = values.index(forKey: id) else { return nil }
        return change(&values.values[index])
    }

    mutating func remove(_ id: String) { values.removeValue(forKey: id) }

    /// The ids still present, oldest first.
    var ids: [String] { order[head...].filter { values[$0] != nil } }

    /// Up to `limit` values that match, newest first, from the one after `cursor` on, and whether there are more.
    func page(
        limit: Int, after cursor: String?, where matches: (Value) -> Bool
    ) -> (values: [Value], hasMore: Bool) {
        var found: [Value] = []
        var isPastCursor = cursor == nil
        for id in order[head...].reversed() {
            guard isPastCursor else {
                isPastCursor = id == cursor
                continue
            }
            guard let value = values[id], matches(value) else { continue }
            if found.count == limit { return (found, true) }
            found.append(value)
        }
        return (found, false)
    }
}

extension BoundedTable: Codable where Value: Codable {}
