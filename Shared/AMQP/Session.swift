import Glibc
import Observability

/// Keeps one connection alive on a thread of its own and serves its role with it until it is stopped.
struct Session<Role: SessionRole> {
    private let configuration: AMQPConfiguration
    private let mailbox: Mailbox<Role.Command>
    private let status: ConnectionStatus
    private let metrics: AMQPMetrics
    private let log: Log
    private let roleName: String
    private let guarded: CallGuard
    private var role: Role
    private var generation: UInt64 = 0
    private var stopDeadline: ContinuousClock.Instant?

    init(
        _ role: Role, name: String, configuration: AMQPConfiguration, mailbox: Mailbox<Role.Command>,
        status: ConnectionStatus, metrics: AMQPMetrics, log: Log
    ) {
        self.role = role
        self.configuration = configuration
        self.mailbox = mailbox
        self.status = status
        self.metrics = metrics
        self.log = log
        roleName = name
        guarded = CallGuard(timeout: configuration.timing.callTimeout) { metrics.watchdogFired() }
    }

    /// Runs until the mailbox is told to stop and what is in flight has settled.
    mutating func run() {
        var backoff = ReconnectBackoff(
            base: configuration.timing.reconnectBase, maximum: configuration.timing.reconnectMaximum)
        var generator = SystemRandomNumberGenerator()
        do throws(AMQPError) {
            try CallWatchdog.shared.watch(guarded)
            defer { CallWatchdog.shared.forget(guarded) }
            while !shallEnd() {
                let error = serve { backoff.reset() }
                if let error { pause(backoff.next(using: &generator), after: error) }
            }
        } catch {
            log.error(
                "broker session cannot start", ["role": .string(roleName), "error": .string("\(error)")])
        }
        for command in mailbox.close() { attempt { role throws(AMQPError) in try role.handle(command, nil) } }
        role.ended()
    }

    /// Serves one connection; returns why it ended, or nil after a stop.
    private mutating func serve(connected: () -> Void) -> AMQPError? {
        do throws(AMQPError) {
            let connection = try BrokerConnection(configuration, guarded: guarded)
            generation += 1
            try role.opened(connection, generation: generation)
            status.opened()
            metrics.connectionOpened(role: roleName)
            connected()
            try loop(connection)
            connection.close()
            let goodbye = AMQPError(code: .stopped, message: "the session was stopped")
            leave(goodbye)
            return nil
        } catch {
            leave(error)
            return error
        }
    }

    private mutating func leave(_ error: AMQPError) {
        role.lost(error)
        status.lost(error)
        metrics.connectionLost(role: roleName)
    }

    private mutating func loop(_ connection: BrokerConnection) throws(AMQPError) {
        while !shallEnd() {
            while let event = try connection.nextEvent() {
                noteBlocking(event)
                try role.received(event)
            }
            for command in mailbox.take() { try role.handle(command, connection) }
            let busy = try role.turn(connection)
            connection.releaseBuffers()
            try role.tick(.now)
            if busy || connection.hasBufferedInput { continue }
            role.willWait(connection)
            wait(connection.descriptor, configuration.timing.loopPeriod)
        }
    }

    /// Waits between two attempts to connect, while commands are still taken.
    private mutating func pause(_ duration: Duration, after error: AMQPError) {
        log.warning(
            "broker connection ended",
            [
                "role": .string(roleName), "error": .string("\(error)"),
                "retry_ms": .int(duration.millisecondsRoundedUp),
            ])
        metrics.reconnecting(role: roleName)
        let end = ContinuousClock.now + duration
        while !shallEnd() {
            for command in mailbox.take() {
                attempt { role throws(AMQPError) in try role.handle(command, nil) }
            }
            let now = ContinuousClock.now
            attempt { role throws(AMQPError) in try role.tick(now) }
            guard now < end else { return }
            wait(-1, min(now.duration(to: end), configuration.timing.loopPeriod))
        }
    }

    /// Without a connection there is nothing that an error could drop.
    private mutating func attempt(_ body: (inout Role) throws(AMQPError) -> Void) {
        do throws(AMQPError) {
            try body(&role)
        } catch {
            log.debug(
                "ignored while disconnected", ["role": .string(roleName), "error": .string("\(error)")])
        }
    }

    private mutating func shallEnd() -> Bool {
        guard mailbox.isStopping else { return false }
        let now = ContinuousClock.now
        let deadline = stopDeadline ?? now + configuration.timing.stopTimeout
        stopDeadline = deadline
        guard status.isConnected else { return true }
        return (role.isSettled && mailbox.isEmpty) || now >= deadline
    }

    private func wait(_ descriptor: CInt, _ timeout: Duration) {
        // A negative descriptor is one that poll ignores.
        var sources = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: mailbox.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        poll(&sources, 2, CInt(timeout.millisecondsRoundedUp))
        if sources[1].revents != 0 { mailbox.clearSignal() }
    }

    private func noteBlocking(_ event: BrokerEvent) {
        switch event {
        case .blocked(let reason):
            log.warning("broker blocks publishers", ["role": .string(roleName), "reason": .string(reason)])
            metrics.blocked(role: roleName, true)
        case .unblocked:
            log.info("broker takes messages again", ["role": .string(roleName)])
            metrics.blocked(role: roleName, false)
        default: break
        }
    }
}
