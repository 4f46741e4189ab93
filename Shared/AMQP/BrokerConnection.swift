import CRabbitMQ
import Glibc
import Primitives

/// One connection with its one channel; every call happens on the thread that opened it.
///
/// Any error leaves the connection unusable: it is dropped and a new one is opened, never repaired.
final class BrokerConnection {
    /// The only channel: the library loses frames when a connection has several.
    static let channel: amqp_channel_t = 1

    let state: amqp_connection_state_t
    let guarded: CallGuard
    let descriptor: CInt
    let arena = Arena()
    var assembler: ContentAssembler
    private let rpcTimeout: Duration

    /// Connects, logs in and opens the channel.
    init(_ configuration: AMQPConfiguration, guarded: CallGuard) throws(AMQPError) {
        guard let state = amqp_new_connection() else {
            throw AMQPError(code: .connectionFailed, message: "out of memory")
        }
        do throws(AMQPError) {
            descriptor = try Self.openSocket(state, configuration)
        } catch {
            amqp_destroy_connection(state)
            throw error
        }
        self.state = state
        self.guarded = guarded
        assembler = ContentAssembler(bodyBytesMaximum: configuration.limits.bodyBytes)
        rpcTimeout = configuration.timing.callTimeout
        guarded.attach(descriptor)
        try login(configuration)
        var timeout = rpcTimeout.asTimeval
        amqp_set_rpc_timeout(state, &timeout)
        guarded.begin()
        defer { guarded.end() }
        amqp_channel_open(state, Self.channel)
        try check("channel.open")
    }

    deinit {
        // The watchdog must not touch the descriptor once the library may have closed it.
        guarded.attach(-1)
        amqp_destroy_connection(state)
    }

    /// Says goodbye, so that the broker does not report a lost connection.
    func close() {
        guarded.begin()
        defer { guarded.end() }
        amqp_connection_close(state, CInt(AMQP_REPLY_SUCCESS))
    }

    /// Whether bytes are waiting inside the library, where no poll on the socket sees them.
    var hasBufferedInput: Bool {
        amqp_frames_enqueued(state) != 0 || amqp_data_in_buffer(state) != 0
    }

    /// Gives back the memory of the frames that were read; everything needed has been copied out.
    func releaseBuffers() { amqp_maybe_release_buffers(state) }

    /// Holds small writes back until they fill a segment, or lets them go.
    func setCork(_ on: Bool) { _ = cr_set_cork(descriptor, on ? 1 : 0) }

    /// Makes one library call under the watchdog.
    func call<Result>(_ body: () -> Result) -> Result {
        guarded.begin()
        defer { guarded.end() }
        return body()
    }

    /// Throws if a call that sends only failed.
    func expect(_ status: CInt, _ what: StaticString) throws(AMQPError) {
        guard status == AMQP_STATUS_OK.rawValue else { throw lost(status, what) }
    }

    /// Throws if the last call that waits for an answer failed.
    func check(_ what: StaticString) throws(AMQPError) {
        try check(amqp_get_rpc_reply(state), what)
    }

    func check(_ reply: amqp_rpc_reply_t, _ what: StaticString) throws(AMQPError) {
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            throw closeError(reply.reply.id, reply.reply.decoded, what)
        default: throw lost(reply.library_error, what)
        }
    }

    func lost(_ status: CInt, _ what: StaticString) -> AMQPError {
        let text = String(cString: amqp_error_string2(status))
        return guarded.hasFired
            ? AMQPError(code: .callTimedOut, message: "\(what): \(text)")
            : AMQPError(code: .connectionLost, message: "\(what): \(text)")
    }

    /// The reason that the broker gave for closing the channel or the connection.
    func closeError(
        _ method: amqp_method_number_t, _ decoded: UnsafeMutableRawPointer?, _ what: StaticString
    ) -> AMQPError {
        if method == AMQP_CHANNEL_CLOSE_METHOD,
            let close = decoded?.assumingMemoryBound(to: amqp_channel_close_t.self).pointee
        {
            return AMQPError(
                code: .channelClosed(Int(close.reply_code)), message: "\(what): \(String(close.reply_text))")
        }
        if method == AMQP_CONNECTION_CLOSE_METHOD,
            let close = decoded?.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
        {
            return AMQPError(
                code: .connectionClosed(Int(close.reply_code)),
                message: "\(what): \(String(close.reply_text))")
        }
        return AMQPError(code: .protocolViolation, message: "\(what): unexpected answer \(method)")
    }
}

extension BrokerConnection {
    private static func openSocket(
        _ state: amqp_connection_state_t, _ configuration: AMQPConfiguration
    ) throws(AMQPError) -> CInt {
        let socket = try makeSocket(state, configuration.tls)
        var timeout = configuration.timing.connectTimeout.asTimeval
        let status = amqp_socket_open_noblock(socket, configuration.host, CInt(configuration.port), &timeout)
        guard status == AMQP_STATUS_OK.rawValue else {
            let text = String(cString: amqp_error_string2(status))
            throw AMQPError(
                code: .connectionFailed, message: "\(configuration.host):\(configuration.port): \(text)")
        }
        let descriptor = amqp_get_sockfd(state)
        let timing = configuration.timing
        let tuned = cr_tune_socket(
            descriptor, UInt32(timing.userTimeout.millisecondsRoundedUp), CInt(timing.keepalive.idleSeconds),
            CInt(timing.keepalive.intervalSeconds), CInt(timing.keepalive.probes))
        guard tuned == 0 else {
            throw AMQPError(code: .connectionFailed, message: "socket options: errno \(errno)")
        }
        return descriptor
    }

    private static func makeSocket(
        _ state: amqp_connection_state_t, _ tls: AMQPConfiguration.TLS?
    ) throws(AMQPError) -> OpaquePointer {
        guard let tls else {
            guard let socket = amqp_tcp_socket_new(state) else {
                throw AMQPError(code: .connectionFailed, message: "out of memory")
            }
            return socket
        }
        guard let socket = amqp_ssl_socket_new(state) else {
            throw AMQPError(code: .connectionFailed, message: "TLS cannot be initialised")
        }
        guard amqp_ssl_socket_set_cacert(socket, tls.caFile) == AMQP_STATUS_OK.rawValue else {
            throw AMQPError(code: .connectionFailed, message: "no authorities can be read from \(tls.caFile)")
        }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, tls.verifyHostname ? 1 : 0)
        guard
            amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) == AMQP_STATUS_OK.rawValue
        else { throw AMQPError(code: .connectionFailed, message: "TLS 1.2 is not available") }
        return socket
    }

    /// Without these capabilities the broker neither says that it is blocking nor that a queue has gone.
    private func login(_ configuration: AMQPConfiguration) throws(AMQPError) {
        var handshake = configuration.timing.handshakeTimeout.asTimeval
        amqp_set_handshake_timeout(state, &handshake)
        arena.reset()
        var properties = arena.table([
            "connection_name": .string(configuration.connectionName),
            "capabilities": .table([
                "connection.blocked": .boolean(true), "consumer_cancel_notify": .boolean(true),
                "publisher_confirms": .boolean(true), "basic.nack": .boolean(true),
            ]),
        ])
        let reply = call {
            cr_login_plain(
                state, configuration.virtualHost, CInt(Self.channel), CInt(configuration.limits.frameBytes),
                CInt(configuration.timing.heartbeatSeconds), &properties, configuration.user,
                configuration.password.reveal())
        }
        do throws(AMQPError) {
            try check(reply, "login")
        } catch {
            throw AMQPError(code: .loginRefused, message: error.message)
        }
    }
}

extension Duration {
    /// The form that the library takes.
    var asTimeval: timeval {
        let parts = components
        return cr_timeval(parts.seconds, parts.attoseconds / 1_000_000_000_000)
    }

    /// Whole milliseconds, rounded up, so that a wait is never shorter than asked for.
    var millisecondsRoundedUp: Int {
        let parts = components
        return Int(parts.seconds) * 1_000
            + Int((parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
