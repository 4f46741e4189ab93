import Foundation
import Glibc

/// Sends bytes as they are and tells what came back; runs on a thread of its own, never on those of tasks.
enum RawClient {
    struct Answer: Sendable {
        var bytes: [UInt8] = []
        /// Whether the server closed the connection.
        var closed = false
        var took: Duration = .zero

        var text: String { String(decoding: bytes, as: UTF8.self) }

        /// The status codes of all answers on the connection.
        var statuses: [Int] {
            text.split(separator: "HTTP/1.1 ").dropFirst(text.hasPrefix("HTTP/1.1 ") ? 0 : 1)
                .compactMap { Int($0.prefix(3)) }
        }
    }

    /// Sends pieces with pauses between them and reads until the server closes; gives up when nothing came for `patience`.
    static func send(
        _ pieces: [[UInt8]], to port: Int, pause: Duration = .zero, patience: Duration = .seconds(10)
    ) async -> Answer {
        await withCheckedContinuation { continuation in
            // Not a dispatch queue: blocked there, clients would keep the server's tasks from running.
            Thread.detachNewThread {
                continuation.resume(returning: exchange(pieces, port, pause, patience))
            }
        }
    }

    static func send(_ text: String, to port: Int, patience: Duration = .seconds(10)) async -> Answer {
        await send([Array(text.utf8)], to: port, patience: patience)
    }

    /// A connected socket, or nil when nobody listens any more.
    static func connect(_ port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var bytes = [UInt8](repeating: 0, count: 16)
        bytes[0] = UInt8(AF_INET)
        bytes[2] = UInt8(port >> 8)
        bytes[3] = UInt8(port & 255)
        bytes.replaceSubrange(4..<8, with: [127, 0, 0, 1])
        let connected = bytes.withUnsafeBytes { raw in
            raw.withMemoryRebound(to: sockaddr.self) { Glibc.connect(descriptor, $0.baseAddress, 16) }
        }
        guard connected == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Sends the same request again and again on one connection, each after the answer to the last, until the server
    /// closes it; gives the number of answers.
    static func repeatUntilClosed(_ text: String, to port: Int) async -> Int {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: conversation(Array(text.utf8), port))
            }
        }
    }

    private static func conversation(_ request: [UInt8], _ port: Int) -> Int {
        guard let descriptor = connect(port) else { return 0 }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var answers = 0
        while writeAll(descriptor, request), recv(descriptor, &buffer, buffer.count, 0) > 0 { answers += 1 }
        return answers
    }

    private static func exchange(_ pieces: [[UInt8]], _ port: Int, _ pause: Duration, _ patience: Duration)
        -> Answer
    {
        signal(SIGPIPE, SIG_IGN)
        let begin = ContinuousClock.now
        var answer = Answer()
        guard let descriptor = connect(port) else {
            answer.closed = true
            return answer
        }
        defer { close(descriptor) }
        for (index, piece) in pieces.enumerated() {
            if index > 0, pause > .zero {
                receive(descriptor, pause, into: &answer)
                if answer.closed { break }
            }
            if !writeAll(descriptor, piece) { break }
        }
        if !answer.closed { receive(descriptor, patience, into: &answer) }
        answer.took = ContinuousClock.now - begin
        return answer
    }

    @discardableResult static func write(_ descriptor: Int32, _ text: String) -> Bool {
        writeAll(descriptor, Array(text.utf8))
    }

    private static func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: offset), bytes.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    /// Reads until nothing came for the given time or the connection is closed.
    private static func receive(_ descriptor: Int32, _ patience: Duration, into answer: inout Answer) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let milliseconds = Int32(
            patience.components.seconds * 1_000 + patience.components.attoseconds / 1_000_000_000_000_000)
        while true {
            var descriptorState = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptorState, 1, milliseconds) > 0 else { return }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else {
                answer.closed = true
                return
            }
            answer.bytes += buffer[..<count]
        }
    }
}
