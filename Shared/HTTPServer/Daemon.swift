import CMicrohttpd
import Glibc

/// A running libmicrohttpd daemon.
///
/// `HTTPServer` calls each of the stops once, in order: its state keeps a second stop from getting here.
final class Daemon: Sendable {
    let port: Int
    /// Safe to share: libmicrohttpd locks its daemon itself.
    private nonisolated(unsafe) let raw: OpaquePointer
    private let coreReference: Unmanaged<ServerCore>

    init(_ configuration: HTTPServerConfiguration, core: ServerCore) throws(HTTPServerError) {
        let socket = try ListeningSocket(address: configuration.address, port: configuration.port)
        let reference = Unmanaged.passRetained(core)
        var options = [
            Self.option(.LISTEN_SOCKET, Int(socket.descriptor)),
            Self.option(.CONNECTION_LIMIT, configuration.connectionLimit),
            Self.option(.PER_IP_CONNECTION_LIMIT, configuration.connectionLimitPerAddress),
            // A second line behind the reaper, for connections that are silent altogether.
            Self.option(.CONNECTION_TIMEOUT, Int(configuration.idleDeadline.components.seconds) + 5),
            Self.option(.CONNECTION_MEMORY_LIMIT, configuration.headerLimit),
            Self.option(.STRICT_FOR_CLIENT, 1),
            Self.option(.THREAD_POOL_SIZE, configuration.threadCount),
            Self.option(.END, 0),
        ]
        let flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        let started = options.withUnsafeMutableBufferPointer { buffer in
            duely_mhd_start(
                flags, reference.toOpaque(), Callbacks.access, Callbacks.target, Callbacks.completed,
                Callbacks.connection, buffer.baseAddress)
        }
        guard let started else {
            reference.release()
            close(socket.descriptor)
            throw HTTPServerError(code: .cannotListen, message: "libmicrohttpd does not start")
        }
        raw = started
        port = socket.port
        coreReference = reference
    }

    /// Closes the listening socket; open connections go on.
    func stopListening() {
        let descriptor = MHD_quiesce_daemon(raw)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Ends the socket threads; no connection may be suspended any more.
    func stop() {
        MHD_stop_daemon(raw)
        coreReference.release()
    }

    private static func option(_ option: MHD_OPTION, _ value: Int) -> MHD_OptionItem {
        MHD_OptionItem(option: option, value: value, ptr_value: nil)
    }
}

/// The functions that libmicrohttpd calls on its socket threads.
private enum Callbacks {
    /// The request line is there: the exchange begins, and lives until `completed`.
    static let target: duely_mhd_target_callback = { context, target, connection in
        guard let context, let target, let connection,
            let slot = duely_mhd_connection_context(connection)
        else { return nil }
        let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        let peer = Unmanaged<Connection>.fromOpaque(slot).takeUnretainedValue()
        let bytes = UnsafeRawBufferPointer(start: target, count: strlen(target))
        peer.arm(core.configuration.readDeadline)
        let exchange = Exchange(target: Array(bytes), connection: connection, peer: peer, core: core)
        return Unmanaged.passRetained(exchange).toOpaque()
    }

    /// Headers, then each piece of the body, then the whole request, then once more after it was resumed.
    static let access: MHD_AccessHandlerCallback = { _, _, _, method, version, data, size, slot in
        guard let opaque = slot?.pointee, let method, let version, let size else { return .NO }
        let exchange = Unmanaged<Exchange>.fromOpaque(opaque).takeUnretainedValue()
        let piece = UnsafeRawBufferPointer(start: data, count: size.pointee)
        size.pointee = 0
        return exchange.proceed(
            method: String(cString: method), version: String(cString: version), piece: piece)
    }

    static let completed: MHD_RequestCompletedCallback = { _, _, slot, _ in
        guard let opaque = slot?.pointee else { return }
        slot?.pointee = nil
        Unmanaged<Exchange>.fromOpaque(opaque).takeRetainedValue().end()
    }

    static let connection: MHD_NotifyConnectionCallback = { context, connection, slot, event in
        guard let context, let connection, let slot else { return }
        let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
        switch event {
        case .CONNECTION_NOTIFY_STARTED:
            let address = duely_mhd_address(connection).map { text(of: $0) } ?? "unknown"
            let peer = Connection(descriptor: duely_mhd_socket(connection), address: address)
            peer.arm(core.configuration.readDeadline)
            core.connections.add(peer)
            slot.pointee = Unmanaged.passRetained(peer).toOpaque()
        case .CONNECTION_NOTIFY_CLOSED:
            guard let opaque = slot.pointee else { return }
            slot.pointee = nil
            core.connections.remove(Unmanaged<Connection>.fromOpaque(opaque).takeRetainedValue())
        @unknown default:
            return
        }
    }

    /// The numeric text of a socket address.
    private static func text(of address: UnsafePointer<sockaddr>) -> String {
        let isSix = Int32(address.pointee.sa_family) == AF_INET6
        let length = isSix ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
            address, socklen_t(length), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return "unknown" }
        return String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
