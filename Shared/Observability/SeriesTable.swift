import Synchronization

/// The series of one family by their label values, limited so that an unforeseen label cannot fill the memory.
final class SeriesTable<Series: AnyObject & Sendable>: Sendable {
    /// Above this many series a family puts new label values into one series named `other`.
    static var limit: Int { 2_000 }

    private let labelCount: Int
    private let make: @Sendable () -> Series
    private let series = Mutex<[[String]: Series]>([:])

    init(labelCount: Int, make: @escaping @Sendable () -> Series) {
        self.labelCount = labelCount
        self.make = make
    }

    func series(_ values: [String]) -> Series {
        precondition(
            values.count == labelCount, "a metric got another number of label values than it has labels")
        return series.withLock { table in
            if let known = table[values] { return known }
            let key = table.count < Self.limit ? values : Array(repeating: "other", count: labelCount)
            if let known = table[key] { return known }
            let made = make()
            table[key] = made
            return made
        }
    }

    var sorted: [(values: [String], series: Series)] {
        series.withLock { table in table.map { (values: $0.key, series: $0.value) } }
            .sorted { $0.values.lexicographicallyPrecedes($1.values) }
    }
}
