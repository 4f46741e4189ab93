/// What the threads of a pool share: the work that waits, and how the pool is doing.
struct PoolQueue: Sendable {
    /// A piece of work and what to tell its caller if it cannot be done.
    struct Work: Sendable {
        let id: UInt64
        let enqueued: MonotonicTime
        let run: @Sendable (PoolWorker) -> Void
        let refuse: @Sendable (any Error) -> Void
    }

    enum Phase: Sendable {
        case idle
        case running
        case stopping
    }

    var phase = Phase.idle
    var threadCount = 0
    var connectedCount = 0
    var busyCount = 0
    var lastFailure: PostgresError?
    var startDeadline = MonotonicTime.now
    private var waiting: [Work] = []
    private var head = 0
    var startWaiters: [CheckedContinuation<Void, any Error>] = []
    var stopWaiters: [CheckedContinuation<Void, Never>] = []

    var waitingCount: Int { waiting.count - head }

    mutating func append(_ work: Work) { waiting.append(work) }

    mutating func popFirst() -> Work? {
        guard head < waiting.count else { return nil }
        let work = waiting[head]
        head += 1
        // Taken items are dropped in bulk, so taking stays cheap however long the queue is.
        if head > 64, head * 2 > waiting.count {
            waiting.removeFirst(head)
            head = 0
        } else if head == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            head = 0
        }
        return work
    }

    /// Takes out the work that has waited since before `moment`.
    mutating func popOverdue(enqueuedBefore moment: MonotonicTime) -> [Work] {
        var overdue: [Work] = []
        while head < waiting.count, waiting[head].enqueued <= moment, let work = popFirst() {
            overdue.append(work)
        }
        return overdue
    }

    mutating func remove(id: UInt64) -> Work? {
        guard let index = waiting[head...].firstIndex(where: { $0.id == id }) else { return nil }
        return waiting.remove(at: index)
    }

    mutating func popAll() -> [Work] {
        let all = Array(waiting[head...])
        waiting.removeAll()
        head = 0
        return all
    }
}
