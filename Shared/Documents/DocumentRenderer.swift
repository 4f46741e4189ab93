import Lifecycle
public import Observability
public import PDF

/// Draws documents on a thread of its own, and remembers the last ones.
///
/// Drawing keeps a core busy for milliseconds: it never runs on the cooperative pool, nor with a transaction open, and a
/// full queue is an error of its own rather than a long wait. One thread, because a process draws one document at a
/// time; who needs more pages per second runs more processes.
public final class DocumentRenderer: Sendable {
    /// Why there is no document.
    public enum Failure: Error, Sendable, Hashable {
        /// Too many are waiting; the same request may succeed a moment later.
        case overloaded
        /// It cannot be drawn.
        case unusable(PDFError)
    }

    private let threads: WorkerThreads
    private let cache: DocumentCache
    private let drawing: Histogram
    private let answered: CounterFamily

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - queueLimit: How many may wait.
    ///   - cacheBytes: How much memory finished documents may take.
    ///   - metrics: Where its figures are shown.
    public init(queueLimit: Int, cacheBytes: Int, metrics: Metrics) {
        threads = WorkerThreads(threadCount: 1, queueLimit: queueLimit)
        cache = DocumentCache(maximumBytes: cacheBytes)
        drawing = metrics.histogram("document_draw_seconds", "Time to draw a document.").with()
        answered = metrics.counter(
            "documents_total", "Documents that were asked for, by where they came from.", labels: ["source"])
        threads.start(name: "documents")
    }

    deinit { threads.stop() }

    /// The file of a document.
    ///
    /// - Parameters:
    ///   - invoice: What stands on it.
    ///   - fingerprint: Its digest, which the caller has computed already.
    /// - Returns: The PDF.
    /// - Throws: `Failure`.
    public func pdf(
        of invoice: InvoiceDocument, fingerprint: [UInt8]
    ) async throws(Failure) -> [UInt8] {
        if let known = cache[fingerprint] {
            answered.add(1, "memory")
            return known
        }
        let bytes = try await drawn(invoice).get()
        answered.add(1, "drawn")
        cache.keep(bytes, under: fingerprint)
        return bytes
    }

    private func drawn(_ invoice: InvoiceDocument) async -> Result<[UInt8], Failure> {
        let drawing = drawing
        return await withCheckedContinuation { continuation in
            let isAccepted = threads.submit {
                let start = ContinuousClock.now
                let result = Result { () throws(PDFError) in try InvoicePDF.draw(invoice) }
                drawing.observe(ContinuousClock.now - start)
                continuation.resume(returning: result.mapError { .unusable($0) })
            }
            if !isAccepted { continuation.resume(returning: .failure(.overloaded)) }
        }
    }
}
