import Synchronization

/// A number that rises and falls.
public final class Gauge: Sendable {
    private let bits = Atomic<UInt64>(0)

    /// Sets the value.
    public func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    /// Adds to the value; a negative amount lowers it.
    public func add(_ amount: Double) {
        var expected = bits.load(ordering: .relaxed)
        while true {
            let desired = (Double(bitPattern: expected) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(
                expected: expected, desired: desired, ordering: .relaxed)
            if exchanged { return }
            expected = original
        }
    }

    /// The value now.
    public var value: Double {
        Double(bitPattern: bits.load(ordering: .relaxed))
    }
}

/// The gauges of one name, one for each combination of label values.
public final class GaugeFamily: MetricFamily {
    let name: String
    let help: String
    let labels: [String]
    var kind: MetricKind { .gauge }
    private let table: SeriesTable<Gauge>

    init(name: String, help: String, labels: [String]) {
        self.name = name
        self.help = help
        self.labels = labels
        self.table = SeriesTable(labelCount: labels.count) { Gauge() }
    }

    /// Gives the gauge of these label values; keep it where the values never change.
    public func with(_ values: String...) -> Gauge {
        table.series(values)
    }

    /// Sets the gauge of these label values.
    public func set(_ value: Double, _ values: String...) {
        table.series(values).set(value)
    }

    func write(into text: inout String) {
        for (values, gauge) in table.sorted {
            text += "\(MetricText.series(name, labels, values)) \(MetricText.number(gauge.value))\n"
        }
    }
}
