import Foundation
import Glibc

/// The system calls under `ChildProcess`; blocking ones run on threads of their own.
enum Pipes {
    /// A pipe that no other child inherits.
    static func make() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw ChildProcess.Failure(description: "no pipe: errno \(errno)")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    static func spawn(
        _ words: [String], _ variables: [String], _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        var arguments = words.map { strdup($0) } + [nil]
        var environment = variables.map { strdup($0) } + [nil]
        defer {
            arguments.forEach { free($0) }
            environment.forEach { free($0) }
        }
        // Test runners block and ignore signals; a child starts with none of that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var pid: pid_t = 0
        let status = posix_spawnp(&pid, words[0], &actions, &attributes, &arguments, &environment)
        guard status == 0 else {
            throw ChildProcess.Failure(
                description: "\(words.joined(separator: " ")) does not start: errno \(status)")
        }
        return pid
    }

    /// Reads a pipe to its end; every full line also goes to the stream.
    static func collect(
        _ pipe: (read: Int32, write: Int32)?, lines: AsyncStream<String>.Continuation?
    ) -> Task<String, Never> {
        guard let pipe else {
            lines?.finish()
            return Task { "" }
        }
        close(pipe.write)
        return onThread {
            var text: [UInt8] = []
            var lineStart = 0
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(pipe.read, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                text.append(contentsOf: buffer[..<count])
                while let end = text[lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
                    lines?.yield(String(decoding: text[lineStart..<end], as: UTF8.self))
                    lineStart = end + 1
                }
            }
            close(pipe.read)
            lines?.finish()
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// Waits for the end of a child, so that it leaves no zombie behind.
    static func reap(_ pid: pid_t) -> Task<Int32, Never> {
        onThread {
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            let signal = status & 0x7f
            return signal == 0 ? (status >> 8) & 0xff : 128 + signal
        }
    }

    private static func onThread<T: Sendable>(_ work: @escaping @Sendable () -> T) -> Task<T, Never> {
        Task {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: work()) }
            }
        }
    }
}
