import Primitives

/// The faults in force, in the order they were asked for.
struct FaultList: Sendable {
    private(set) var faults: [Fault] = []
    private var lastID = 0

    var isEmpty: Bool { faults.isEmpty }

    /// The first fault that hits this request.
    mutating func next(path: String, body: [UInt8]) -> Fault? {
        for index in faults.indices where faults[index].hits(path: path, body: body) { return faults[index] }
        return nil
    }

    /// Adds the fault that the control API describes.
    mutating func add(_ order: JSONNode) throws(GatewayError) -> Fault {
        guard let kind = order["kind"]?.string.flatMap(Fault.Kind.init(rawValue:)) else {
            let names = Fault.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid("kind", "The kind must be one of \(names).")
        }
        lastID += 1
        let fault = Fault(
            id: lastID, kind: kind, pathPrefix: order["path"]?.string ?? "/v1/payment_intents",
            bodyContains: Array((order["body_contains"]?.string ?? "").utf8),
            delay: .milliseconds(max(0, order["delay_ms"]?.int64 ?? 0)),
            retryAfterSeconds: Int(order["retry_after"]?.int64 ?? 1),
            remaining: order["times"]?.int64.map { max(0, Int($0)) },
            every: max(1, Int(order["every"]?.int64 ?? 1)))
        faults.append(fault)
        return fault
    }

    mutating func removeAll() { faults.removeAll() }

    mutating func remove(_ id: Int) { faults.removeAll { $0.id == id } }
}
