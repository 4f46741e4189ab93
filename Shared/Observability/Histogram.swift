import Primitives
import Synchronization

/// Observations in seconds, counted in fixed buckets; the sum is kept in whole microseconds so that it is atomic.
public final class Histogram: Sendable {
    /// Bucket limits for latencies between one millisecond and ten seconds.
    public static let latencySeconds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    let bounds: [Double]
    private let cells: [Counter]
    private let microseconds = Counter()

    init(bounds: [Double]) {
        self.bounds = bounds
        self.cells = (0...bounds.count).map { _ in Counter() }
    }

    /// Counts one observation.
    public func observe(seconds: Double) {
        let index = bounds.firstIndex { seconds <= $0 } ?? bounds.count
        cells[index].add()
        microseconds.add(Int(min(max(0, seconds), 1e12) * 1e6))
    }

    /// Counts one observation.
    public func observe(_ duration: Duration) {
        observe(seconds: duration.inSeconds)
    }

    /// How often each bucket was hit, the last one for everything above the limits.
    var counts: [UInt64] {
        cells.map(\.value)
    }

    var sumSeconds: Double {
        Double(microseconds.value) / 1e6
    }
}

/// The histograms of one name, one for each combination of label values.
public final class HistogramFamily: MetricFamily {
    let name: String
    let help: String
    let labels: [String]
    var kind: MetricKind { .histogram }
    private let table: SeriesTable<Histogram>

    init(name: String, help: String, labels: [String], buckets: [Double]) {
        precondition(buckets == buckets.sorted(), "bucket limits are ascending")
        self.name = name
        self.help = help
        self.labels = labels
        self.table = SeriesTable(labelCount: labels.count) { Histogram(bounds: buckets) }
    }

    /// Gives the histogram of these label values; keep it where the values never change.
    public func with(_ values: String...) -> Histogram {
        table.series(values)
    }

    func write(into text: inout String) {
        for (values, histogram) in table.sorted {
            var cumulative: UInt64 = 0
            for (index, count) in histogram.counts.enumerated() {
                cumulative += count
                let limit =
                    index < histogram.bounds.count ? MetricText.number(histogram.bounds[index]) : "+Inf"
                let series = MetricText.series("\(name)_bucket", labels, values, extra: "le=\"\(limit)\"")
                text += "\(series) \(cumulative)\n"
            }
            text +=
                "\(MetricText.series("\(name)_sum", labels, values)) \(MetricText.number(histogram.sumSeconds))\n"
            text += "\(MetricText.series("\(name)_count", labels, values)) \(cumulative)\n"
        }
    }
}
