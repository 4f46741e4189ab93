import Lifecycle
import Postgres
import ServiceKit

/// Adds up what transactions have appended to the statistics; until then it is read from where it stands.
enum StatisticsFolding {
    private static let rowsMaximum = 5_000

    static func loop(_ context: ServiceContext) -> BackgroundLoop {
        let pool = context.batchPool
        return BackgroundLoop(label: "statistics", pause: .seconds(2), log: context.log) {
            let folded = try await pool.transaction { tx in
                try StatisticChanges.fold(limit: rowsMaximum, in: tx)
            }
            return folded == rowsMaximum ? .more : .idle
        }
    }
}
