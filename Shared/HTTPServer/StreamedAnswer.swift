import CMicrohttpd
import Observability
import Synchronization

/// The body of one answer on its way from the handler's stream to the socket.
///
/// While the next piece is made the connection is suspended, so it holds no thread; while the client takes a piece
/// nothing is made. A client that has gone is noticed when the next piece is to be sent: no other is made after that.
final class StreamedAnswer: Awaited {
    private enum State {
        /// What the client has not taken yet begins at the offset.
        case ready([UInt8], offset: Int)
        case making(Task<Void, Never>?)
        case ended
        case broken
    }

    /// Safe to share: it lives until the answer is released, and what other threads do with it, resuming, libmicrohttpd
    /// locks itself.
    private nonisolated(unsafe) let connection: OpaquePointer
    private let peer: Connection
    private let core: ServerCore
    private let stream: BodyStream
    private let state: Mutex<State>

    /// How much libmicrohttpd asks for at once; its own buffer for a connection is of this order.
    private static let blockByteCount = 32 << 10
    private static let endOfStream = -1
    private static let endWithError = -2

    init(_ stream: BodyStream, connection: OpaquePointer, peer: Connection, core: ServerCore) {
        self.stream = stream
        self.connection = connection
        self.peer = peer
        self.core = core
        state = Mutex(.ready(stream.first, offset: 0))
    }

    /// A response of libmicrohttpd that reads from here and keeps this alive for as long.
    func response() -> OpaquePointer? {
        let reference = Unmanaged.passRetained(self)
        let created = MHD_create_response_from_callback(
            .max, Self.blockByteCount,
            { context, _, buffer, count in
                guard let context, let buffer else { return StreamedAnswer.endWithError }
                return Unmanaged<StreamedAnswer>.fromOpaque(context).takeUnretainedValue()
                    .read(into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
            }, reference.toOpaque(),
            { context in
                if let context { Unmanaged<StreamedAnswer>.fromOpaque(context).release() }
            })
        if created == nil { reference.release() }
        return created
    }

    /// Gives up on a piece that is late, or because the server ends.
    func expire() {
        move(to: .broken)
    }

    /// Hands over what there is, or lets the next piece be made; runs on the socket thread.
    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let result = state.withLock { state -> Int? in
            switch state {
            case .ended: return Self.endOfStream
            case .broken: return Self.endWithError
            // Not asked while it is suspended.
            case .making: return 0
            case .ready(let bytes, let offset):
                let piece = bytes[offset...].prefix(buffer.count)
                guard !piece.isEmpty else { return nil }
                buffer.copyBytes(from: piece)
                state = .ready(bytes, offset: offset + piece.count)
                return piece.count
            }
        }
        guard let result else { return make() }
        // Whoever goes on taking has all the time that the whole needs.
        if result > 0 { peer.arm(core.configuration.readDeadline) }
        return result
    }

    private func make() -> Int {
        // Before anybody can resume it, as in `Exchange`.
        MHD_suspend_connection(connection)
        state.withLock { $0 = .making(nil) }
        peer.beginHandling(self, deadline: core.configuration.handlerDeadline)
        let task = Task {
            do {
                let piece = try await self.stream.next()
                self.move(to: piece.map { .ready($0, offset: 0) } ?? .ended)
            } catch {
                self.core.log.error("an answer was cut off", ["error": .string(String(describing: error))])
                self.move(to: .broken)
            }
        }
        let isAwaited = state.withLock { state -> Bool in
            guard case .making(nil) = state else { return false }
            state = .making(task)
            return true
        }
        if !isAwaited { task.cancel() }
        return 0
    }

    private func move(to next: State) {
        let task = state.withLock { state -> Task<Void, Never>?? in
            guard case .making(let task) = state else { return nil }
            state = next
            return .some(task)
        }
        guard let task else { return }
        if case .broken = next { task?.cancel() }
        peer.endHandling(core.configuration.readDeadline)
        MHD_resume_connection(connection)
    }
}
