import LoadKit

/// The moment when nothing is on its way any more: every outbox is empty, and the feed has what was issued.
struct Quiet {
    let instance: Instance

    func wait() async throws {
        for service in ["identity", "invoice", "payment", "scheduler", "notification"] {
            try await instance.wait(
                for: "the outbox of \(service)", until: 0, "SELECT -count(*) FROM \(service).pending")
        }
        try await instance.wait(
            for: "the feed", until: 0,
            """
            SELECT count(*) - (SELECT count(*) FROM invoice.events WHERE type = 'invoice.finalized.v1')
            FROM notification.feed WHERE type = 'invoice.finalized.v1'
            """)
    }
}
