import CMicrohttpd
import Dispatch
public import Lifecycle
public import Observability
import Primitives
import Synchronization

/// Serves HTTP/1.1 with libmicrohttpd; TLS and coarse limits are the business of the proxy in front.
///
/// Socket threads only read and write. A complete request is suspended and answered by a task, so a slow handler holds
/// no thread. Stopping closes the listening socket first, then waits for requests in flight.
public final class HTTPServer: Service {
    private enum State {
        case idle
        case running(Daemon, Reaper)
        case stopped
    }

    /// The name in logs.
    public let label = "http"
    private let configuration: HTTPServerConfiguration
    private let core: ServerCore
    private let state = Mutex(State.idle)

    /// A server that answers with this pipeline once it is started.
    public init(
        _ configuration: HTTPServerConfiguration, pipeline: RequestPipeline, log: Log, metrics: Metrics
    ) {
        self.configuration = configuration
        core = ServerCore(configuration, pipeline: pipeline, log: log, metrics: metrics)
    }

    /// The port that the server listens on; nil unless it runs.
    public var port: Int? {
        state.withLock { state in
            guard case .running(let daemon, _) = state else { return nil }
            return daemon.port
        }
    }

    /// Listens.
    ///
    /// - Throws: `HTTPServerError` when the address cannot be listened on.
    public func start() async throws {
        try state.withLock { state in
            guard case .idle = state else { throw HTTPServerError(code: .alreadyStarted, message: "") }
            let daemon = try Daemon(configuration, core: core)
            state = .running(daemon, Reaper(core: core))
            core.log.info(
                "listening", ["address": .string(configuration.address), "port": .int(daemon.port)])
        }
    }

    /// Stops listening, lets requests in flight finish, and closes every connection.
    public func stop() async {
        let running = state.withLock { state -> (Daemon, Reaper)? in
            defer { state = .stopped }
            guard case .running(let daemon, let reaper) = state else { return nil }
            return (daemon, reaper)
        }
        guard let (daemon, reaper) = running else { return }
        core.beginDraining()
        daemon.stopListening()
        var drained = await core.active.drain(within: configuration.drainDeadline)
        if !drained {
            core.log.warning("requests cut off at the drain deadline", ["requests": .int(core.active.count)])
            core.active.close()
            core.abandonAll()
            // Each connection was shut down and each handler answered for, so this ends as soon as the socket
            // threads have seen it.
            drained = await core.active.drain(within: configuration.drainDeadline)
        }
        reaper.end()
        guard drained else {
            // The library ends the process when it is stopped with a suspended request; better to leave its threads
            // behind, since the process is about to end by itself.
            core.log.error("the server was left running", ["requests": .int(core.active.count)])
            return
        }
        await withCheckedContinuation { continuation in
            // Joins the socket threads: never on a thread that tasks run on.
            DispatchQueue.global().async {
                daemon.stop()
                continuation.resume()
            }
        }
    }
}

/// Why a server does not start.
public struct HTTPServerError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable {
        private enum Value: String {
            case malformedAddress, cannotListen, alreadyStarted
        }

        private let value: Value

        /// The address is not a numeric IPv4 or IPv6 address.
        public static let malformedAddress = Code(value: .malformedAddress)
        /// The address is taken, not of this machine, or not allowed.
        public static let cannotListen = Code(value: .cannotListen)
        /// A server starts once.
        public static let alreadyStarted = Code(value: .alreadyStarted)

        fileprivate var word: String { value.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// What the system said.
    public let message: String

    /// Kind and message.
    public var description: String {
        message.isEmpty ? code.word : "\(code.word): \(message)"
    }
}
