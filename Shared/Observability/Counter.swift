import Synchronization

/// A number that only rises.
public final class Counter: Sendable {
    private let count = Atomic<UInt64>(0)

    /// Adds to the counter.
    public func add(_ amount: Int = 1) {
        precondition(amount >= 0, "a counter never falls")
        count.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// The value now.
    public var value: UInt64 {
        count.load(ordering: .relaxed)
    }
}

/// The counters of one name, one for each combination of label values.
public final class CounterFamily: MetricFamily {
    let name: String
    let help: String
    let labels: [String]
    var kind: MetricKind { .counter }
    private let table: SeriesTable<Counter>

    init(name: String, help: String, labels: [String]) {
        self.name = name
        self.help = help
        self.labels = labels
        self.table = SeriesTable(labelCount: labels.count) { Counter() }
    }

    /// Gives the counter of these label values; keep it where the values never change.
    public func with(_ values: String...) -> Counter {
        table.series(values)
    }

    /// Adds to the counter of these label values.
    public func add(_ amount: Int = 1, _ values: String...) {
        table.series(values).add(amount)
    }

    func write(into text: inout String) {
        for (values, counter) in table.sorted {
            text += "\(MetricText.series(name, labels, values)) \(counter.value)\n"
        }
    }
}
