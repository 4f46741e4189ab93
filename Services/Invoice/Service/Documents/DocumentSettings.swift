import Documents
import Observability
import Settings

/// How many documents may wait to be drawn, and how many are remembered.
struct DocumentSettings: Sendable {
    private let queueLimit: Int
    private let cacheMegabytes: Int

    init(_ settings: inout SettingsReader) {
        queueLimit = settings.int("DUELY_DOCUMENT_QUEUE", default: 64, in: 1...10_000)
        cacheMegabytes = settings.int("DUELY_DOCUMENT_CACHE_MB", default: 32, in: 0...4_096)
    }

    func renderer(_ metrics: Metrics) -> DocumentRenderer {
        DocumentRenderer(
            queueLimit: queueLimit, cacheBytes: cacheMegabytes << 20,
            metrics: metrics)
    }
}
