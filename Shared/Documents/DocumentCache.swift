import Synchronization

/// Finished documents by fingerprint, as many as fit into some memory; the oldest leaves first.
///
/// They stay in memory on purpose: a stored document would hold names of people who have been forgotten since, and to
/// draw one anew takes milliseconds.
final class DocumentCache: Sendable {
    private struct State {
        var documents: [[UInt8]: [UInt8]] = [:]
        var order: [[UInt8]] = []
        var oldest = 0
        var byteCount = 0
    }

    private let state = Mutex(State())
    private let maximumBytes: Int

    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// What the documents take together.
    var byteCount: Int { state.withLock(\.byteCount) }

    subscript(fingerprint: [UInt8]) -> [UInt8]? {
        state.withLock { $0.documents[fingerprint] }
    }

    func keep(_ document: [UInt8], under fingerprint: [UInt8]) {
        guard document.count <= maximumBytes else { return }
        state.withLock { state in
            guard state.documents[fingerprint] == nil else { return }
            while state.byteCount + document.count > maximumBytes, state.oldest < state.order.count {
                let removed = state.documents.removeValue(forKey: state.order[state.oldest])
                state.byteCount -= removed?.count ?? 0
                state.oldest += 1
            }
            // The front is cut off only now and then, so that taking from it costs nothing.
            if state.oldest > 256, state.oldest * 2 > state.order.count {
                state.order.removeFirst(state.oldest)
                state.oldest = 0
            }
            state.documents[fingerprint] = document
            state.order.append(fingerprint)
            state.byteCount += document.count
        }
    }
}
