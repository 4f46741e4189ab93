import Glibc
import Synchronization

/// Where finished log lines go.
public protocol LogSink: Sendable {
    /// Takes one complete line, without its newline.
    func write(_ line: [UInt8])
}

/// Writes lines to a file descriptor, each line whole.
public final class DescriptorSink: LogSink {
    private let descriptor: Int32
    private let turn = Mutex(())

    /// Writes to standard error, where a container runtime collects logs.
    public static let standardError = DescriptorSink(descriptor: 2)
    /// Writes to standard output.
    public static let standardOutput = DescriptorSink(descriptor: 1)

    /// Writes to a descriptor that stays open for the life of the process.
    public init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes the line; a closed or full descriptor loses it, because logging never stops the service.
    public func write(_ line: [UInt8]) {
        // One call with the newline in it keeps lines of several processes apart in a shared file.
        let whole = line + [UInt8(ascii: "\n")]
        turn.withLock { _ in
            whole.withUnsafeBytes { bytes in
                var offset = 0
                while offset < bytes.count {
                    let written = Glibc.write(
                        descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
                    if written > 0 {
                        offset += written
                    } else if written < 0, errno == EINTR {
                        continue
                    } else {
                        return
                    }
                }
            }
        }
    }
}

/// Keeps lines in memory, for tests that check what is logged and what must not be.
public final class LogRecorder: LogSink {
    private let kept = Mutex<[[UInt8]]>([])

    /// Starts empty.
    public init() {}

    /// Keeps the line.
    public func write(_ line: [UInt8]) {
        kept.withLock { $0.append(line) }
    }

    /// All lines so far as text.
    public var lines: [String] {
        kept.withLock { lines in
            lines.map { line in
                String(decoding: line.last == 0x0A ? line.dropLast() : line[...], as: UTF8.self)
            }
        }
    }
}

/// Drops every line, for benchmarks and for tests that do not look at logs.
public struct SilentSink: LogSink {
    /// There is nothing to set up.
    public init() {}

    /// Drops the line.
    public func write(_ line: [UInt8]) {}
}
