import CRabbitMQ
import Glibc
import Synchronization

/// Commands for a session's thread; sending one wakes it from its wait on the socket.
final class Mailbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        var stopping = false
        var closed = false
    }

    /// Becomes readable when there is something to take.
    let descriptor: CInt
    private let state = Mutex(State())

    init() throws(AMQPError) {
        descriptor = cr_eventfd()
        guard descriptor >= 0 else {
            throw AMQPError(code: .connectionFailed, message: "no event descriptor: errno \(errno)")
        }
    }

    deinit { close(descriptor) }

    /// Hands over a command; false if the session has ended and nobody would take it.
    func send(_ command: Command) -> Bool {
        let (accepted, wake) = state.withLock { state in
            guard !state.closed else { return (false, false) }
            state.commands.append(command)
            return (true, state.commands.count == 1)
        }
        if wake { cr_eventfd_signal(descriptor) }
        return accepted
    }

    /// Asks the session to finish.
    func stop() {
        state.withLock { $0.stopping = true }
        cr_eventfd_signal(descriptor)
    }

    var isStopping: Bool { state.withLock { $0.stopping } }

    var isEmpty: Bool { state.withLock { $0.commands.isEmpty } }

    func clearSignal() { cr_eventfd_clear(descriptor) }

    func take() -> [Command] {
        state.withLock { state in
            guard !state.commands.isEmpty else { return [] }
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Refuses everything from now on and returns what was left.
    func close() -> [Command] {
        state.withLock { state in
            state.closed = true
            defer { state.commands = [] }
            return state.commands
        }
    }

    private func close(_ descriptor: CInt) { _ = Glibc.close(descriptor) }
}
