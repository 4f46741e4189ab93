import Synchronization

/// The metrics of one process; it is passed to whoever counts, and prints the Prometheus text format.
public final class Metrics: Sendable {
    private let families = Mutex<[String: any MetricFamily]>([:])

    /// Starts empty.
    public init() {}

    /// Gives the counter family of this name, created at the first call; counters only rise and end in `_total`.
    public func counter(_ name: String, _ help: String, labels: [String] = []) -> CounterFamily {
        family(name, labels) { CounterFamily(name: name, help: help, labels: labels) }
    }

    /// Gives the gauge family of this name, created at the first call.
    public func gauge(_ name: String, _ help: String, labels: [String] = []) -> GaugeFamily {
        family(name, labels) { GaugeFamily(name: name, help: help, labels: labels) }
    }

    /// Gives the histogram family of this name, created at the first call; values are seconds.
    public func histogram(
        _ name: String, _ help: String, labels: [String] = [], buckets: [Double] = Histogram.latencySeconds
    ) -> HistogramFamily {
        family(name, labels) { HistogramFamily(name: name, help: help, labels: labels, buckets: buckets) }
    }

    /// Registers a value that is read when the metrics are asked for, such as the size of a queue.
    public func observe(
        _ name: String, _ help: String, kind: MetricKind, read: @escaping @Sendable () -> Double
    ) {
        let family = ObservedFamily(name: name, help: help, kind: kind, read: read)
        families.withLock { $0[name] = family }
    }

    /// All metrics as Prometheus text, families and series in a stable order.
    public func prometheusText() -> String {
        let sorted = families.withLock { Array($0.values) }.sorted { $0.name < $1.name }
        var text = ""
        for family in sorted {
            text += "# HELP \(family.name) \(MetricText.escapedHelp(family.help))\n"
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            family.write(into: &text)
        }
        return text
    }

    private func family<Family: MetricFamily>(_ name: String, _ labels: [String], make: () -> Family)
        -> Family
    {
        families.withLock { families in
            guard let existing = families[name] else {
                let made = make()
                families[name] = made
                return made
            }
            guard let same = existing as? Family, same.labels == labels else {
                preconditionFailure("metric \(name) is registered with another kind or other labels")
            }
            return same
        }
    }
}

/// What a metric's values mean.
public enum MetricKind: String, Sendable {
    /// A number that only rises.
    case counter
    /// A number that rises and falls.
    case gauge
    /// Observations counted in buckets.
    case histogram
}

/// A named metric with its series.
protocol MetricFamily: Sendable {
    var name: String { get }
    var help: String { get }
    var labels: [String] { get }
    var kind: MetricKind { get }
    func write(into text: inout String)
}

/// A family of one series whose value is computed when it is asked for.
struct ObservedFamily: MetricFamily {
    let name: String
    let help: String
    let kind: MetricKind
    let read: @Sendable () -> Double
    var labels: [String] { [] }

    func write(into text: inout String) {
        text += "\(name) \(MetricText.number(read()))\n"
    }
}
