import Glibc
import Synchronization

/// One thread that carries all exchanges of a client; this is its mailbox.
///
/// Everything of the library lives on the thread; other threads post commands and never touch a handle. The queue of
/// commands is bounded by the exchanges that may wait, because every start counts against that bound.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case start(id: UInt64, exchange: any Exchange, deadline: ContinuousClock.Instant)
        case cancel(id: UInt64)
        case stop
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isSleeping = false
        var isClosed = false
    }

    private let mailbox = Mutex(Mailbox())
    private let nextID = Atomic<UInt64>(1)
    private let poller = Poller()
    private let maximumTransfers: Int
    private let maximumWaiting: Int

    init(maximumTransfers: Int, maximumWaiting: Int) {
        self.maximumTransfers = maximumTransfers
        self.maximumWaiting = maximumWaiting
    }

    /// Starts the thread, which keeps this object until `stop`.
    func run(name: String) {
        LoopThread.start(name: name) { self.turn() }
    }

    func newID() -> UInt64 { nextID.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Begins an exchange; its completion is called exactly once, whatever happens.
    func start(id: UInt64, exchange: any Exchange) {
        let deadline = ContinuousClock.now + exchange.totalTimeout
        let isPosted = post(.start(id: id, exchange: exchange, deadline: deadline))
        if !isPosted { exchange.complete(Ending(cause: .stopped)) }
    }

    /// Ends an exchange early; does nothing when it has ended or was never started.
    func cancel(id: UInt64) { _ = post(.cancel(id: id)) }

    /// Ends every exchange and the thread.
    func stop() { _ = post(.stop) }

    private func post(_ command: Command) -> Bool {
        mailbox.withLock { mailbox in
            guard !mailbox.isClosed else { return false }
            mailbox.commands.append(command)
            // Under the lock, so that the descriptor cannot be closed in between.
            if mailbox.isSleeping {
                mailbox.isSleeping = false
                poller.wake()
            }
            return true
        }
    }

    /// The body of the thread.
    private func turn() {
        let core = LoopCore(
            poller: poller, maximumTransfers: maximumTransfers, maximumWaiting: maximumWaiting)
        var events: [Poller.Event] = []
        var commands: [Command] = []
        while !core.isStopped {
            let milliseconds = core.millisecondsToWait()
            let mayWait = mailbox.withLock { mailbox in
                mailbox.isSleeping = mailbox.commands.isEmpty
                return mailbox.isSleeping
            }
            poller.wait(milliseconds: mayWait ? milliseconds : 0, into: &events)
            mailbox.withLock { mailbox in
                mailbox.isSleeping = false
                swap(&commands, &mailbox.commands)
            }
            for command in commands { core.handle(command) }
            commands.removeAll(keepingCapacity: true)
            core.advance(events)
        }
        let late = mailbox.withLock { mailbox in
            mailbox.isClosed = true
            poller.close()
            return mailbox.commands
        }
        for case .start(_, let exchange, _) in late { exchange.complete(Ending(cause: .stopped)) }
    }
}
