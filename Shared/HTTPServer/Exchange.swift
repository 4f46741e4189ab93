import CMicrohttpd
import Observability
import Synchronization

/// One request between libmicrohttpd and the pipeline.
///
/// The connection's socket thread reads and sends, before the request is suspended and after it was resumed; in between
/// the handler's task, the reaper and a stop compete for the answer, behind a lock.
final class Exchange: Awaited {
    private enum State {
        case reading
        case handling(RequestPipeline.Prepared, Task<Void, Never>?)
        /// Somebody has the right to answer and is about to.
        case answering
        case answered(HTTPResponse)
    }

    /// What has been read from the socket.
    private struct Reading {
        var hasHeaders = false
        var headers = HTTPHeaders()
        var body: [UInt8] = []
        var receivedBytes = 0
        var refusal: Problem?
        var isActive = false
        var hasChunks = false
    }

    private let target: [UInt8]
    /// Safe to share: it lives until `end`, and what other threads do with it, resuming, libmicrohttpd locks itself.
    private nonisolated(unsafe) let connection: OpaquePointer
    private let peer: Connection
    private let core: ServerCore
    private let state = Mutex(State.reading)
    /// Safe to share: only the socket thread touches it, which one connection has for its whole life.
    private nonisolated(unsafe) var reading = Reading()

    /// A client that goes on sending this many times the limit is not worth an answer.
    private static let overrunFactor = 4

    init(target: [UInt8], connection: OpaquePointer, peer: Connection, core: ServerCore) {
        self.target = target
        self.connection = connection
        self.peer = peer
        self.core = core
    }

    /// Takes the next step that libmicrohttpd reports.
    func proceed(method: String, version: String, piece: UnsafeRawBufferPointer) -> MHD_Result {
        guard reading.hasHeaders else {
            reading.hasHeaders = true
            return receiveHeaders(version: version)
        }
        guard piece.isEmpty else { return receive(piece) }
        if let refusal = reading.refusal { return refuse(refusal) }
        let answer = state.withLock { state -> HTTPResponse? in
            guard case .answered(let response) = state else { return nil }
            return response
        }
        if let answer { return send(answer) }
        return handle(method: method)
    }

    /// Answers in the handler's place, because the handler is late or the server ends.
    func expire() {
        let claimed = state.withLock { state -> (RequestPipeline.Prepared, Task<Void, Never>?)? in
            guard case .handling(let prepared, let task) = state else { return nil }
            state = .answering
            return (prepared, task)
        }
        guard let (prepared, task) = claimed else { return }
        task?.cancel()
        resume(with: core.pipeline.overdue(prepared))
    }

    /// The answer is sent, or the connection gone.
    func end() {
        peer.endHandling(core.configuration.idleDeadline)
        core.release(reading.body.count)
        if reading.isActive { core.active.end() }
    }

    private func receiveHeaders(version: String) -> MHD_Result {
        let headers = Self.headers(of: connection)
        reading.headers = headers
        reading.hasChunks = version == "HTTP/1.1"
        let limit = core.configuration.bodyLimit
        if let problem = FramingRules.violation(version: version, headers: headers, bodyLimit: limit) {
            return refuse(problem)
        }
        return .YES
    }

    private func receive(_ piece: UnsafeRawBufferPointer) -> MHD_Result {
        reading.receivedBytes += piece.count
        let limit = core.configuration.bodyLimit
        // libmicrohttpd takes an answer only before the body or after it, so a body that is refused is read and dropped.
        guard reading.receivedBytes <= limit * Self.overrunFactor else { return .NO }
        if reading.refusal != nil { return .YES }
        if reading.receivedBytes > limit {
            reading.refusal = FramingRules.tooLarge(limit)
        } else if core.buffer(piece.count) {
            reading.body.append(contentsOf: piece)
        } else {
            reading.refusal = .unavailable("Too many bodies are being received.")
        }
        return .YES
    }

    private func handle(method: String) -> MHD_Result {
        guard core.active.begin() else {
            return refuse(.unavailable("Too many requests are being answered."))
        }
        reading.isActive = true
        let prepared = core.pipeline.prepare(
            method, target, headers: reading.headers, body: reading.body, peer: peer.address)
        // Before anybody knows of it: the task, the reaper or a stop may answer at once, and what is not suspended cannot
        // be resumed.
        MHD_suspend_connection(connection)
        state.withLock { $0 = .handling(prepared, nil) }
        peer.beginHandling(self, deadline: core.configuration.handlerDeadline)
        let task = Task { [core] in
            let response = await core.pipeline.handle(prepared)
            self.finish(prepared, response)
        }
        let isAwaited = state.withLock { state -> Bool in
            guard case .handling(let prepared, nil) = state else { return false }
            state = .handling(prepared, task)
            return true
        }
        // Somebody has answered: the task itself, or one in its place before there was a task to cancel.
        if !isAwaited { task.cancel() }
        return .YES
    }

    private func finish(_ prepared: RequestPipeline.Prepared, _ response: HTTPResponse) {
        let isFirst = state.withLock { state -> Bool in
            guard case .handling = state else { return false }
            state = .answering
            return true
        }
        if isFirst { resume(with: core.pipeline.finished(prepared, response)) }
    }

    private func resume(with response: HTTPResponse) {
        state.withLock { $0 = .answered(response) }
        // A client that does not take the answer must not hold the connection.
        peer.endHandling(core.configuration.readDeadline)
        MHD_resume_connection(connection)
    }

    /// Answers without the pipeline and closes the connection, because what follows on it cannot be trusted.
    private func refuse(_ problem: Problem) -> MHD_Result {
        core.countRefusal(problem)
        core.log.debug("request refused", ["code": .string(problem.code)])
        return send(HTTPResponse.problem(problem).with("Connection", "close"))
    }

    private func send(_ answer: HTTPResponse) -> MHD_Result {
        guard answer.status != HTTPResponse.noAnswer.status else { return .NO }
        // Without chunks nobody sees whether the end is missing.
        if answer.stream != nil, !reading.hasChunks { return refuse(FramingRules.unsupportedVersion) }
        guard let created = response(to: answer) else { return .NO }
        defer { MHD_destroy_response(created) }
        // The library refuses a field with a line break in it; the answer then goes without that field.
        for field in answer.headers.fields { _ = MHD_add_response_header(created, field.name, field.value) }
        if core.isDraining { _ = MHD_add_response_header(created, "Connection", "close") }
        return MHD_queue_response(connection, UInt32(clamping: answer.status), created)
    }

    private func response(to answer: HTTPResponse) -> OpaquePointer? {
        if let stream = answer.stream {
            return StreamedAnswer(stream, connection: connection, peer: peer, core: core).response()
        }
        let body = answer.status == 204 || answer.status == 304 ? [] : answer.body
        return body.withUnsafeBytes { bytes in
            // The library copies the bytes and never writes to them.
            MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
    }

    private static func headers(of connection: OpaquePointer) -> HTTPHeaders {
        var headers = HTTPHeaders()
        withUnsafeMutablePointer(to: &headers) { pointer in
            let iterator: MHD_KeyValueIteratorN = { context, _, name, nameLength, value, valueLength in
                func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
                    String(
                        decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count),
                        as: UTF8.self)
                }
                context?.assumingMemoryBound(to: HTTPHeaders.self).pointee
                    .add(text(name, nameLength), text(value, valueLength))
                return .YES
            }
            _ = MHD_get_connection_values_n(connection, .HEADER_KIND, iterator, pointer)
        }
        return headers
    }
}
