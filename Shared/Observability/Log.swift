import Primitives

/// Writes one JSON object per line: constant message, values in fields.
///
/// A message is a `StaticString` so that lines of one kind can be counted and searched; everything that varies is a
/// field. Fields given to `with` are rendered once and repeated on every line of the derived log.
public struct Log: Sendable {
    /// The service whose name every line carries.
    public let service: String
    /// Lines below this level are dropped.
    public let level: LogLevel
    private let sink: any LogSink
    /// `"service":"…"` and the inherited fields, already as JSON members.
    private let inherited: [UInt8]

    /// Creates the log of a service.
    public init(service: String, level: LogLevel, sink: any LogSink = DescriptorSink.standardError) {
        self.service = service
        self.level = level
        self.sink = sink
        var members = JSONWriter()
        members.member("service", service)
        self.inherited = members.bytes
    }

    private init(service: String, level: LogLevel, sink: any LogSink, inherited: [UInt8]) {
        self.service = service
        self.level = level
        self.sink = sink
        self.inherited = inherited
    }

    /// A log that writes nothing.
    public static let silent = Log(service: "silent", level: .error, sink: SilentSink())

    /// Derives a log that adds these fields to every line.
    public func with(_ fields: [String: LogValue]) -> Log {
        var members = JSONWriter()
        members.raw(inherited)
        members.members(fields)
        return Log(service: service, level: level, sink: sink, inherited: members.bytes)
    }

    /// Whether a line of this level would be written; guards work that only a line needs.
    public func writes(_ level: LogLevel) -> Bool {
        level >= self.level
    }

    /// Writes a line for developers.
    public func debug(_ message: StaticString, _ fields: [String: LogValue] = [:]) {
        write(.debug, message, fields)
    }

    /// Writes a line about normal work.
    public func info(_ message: StaticString, _ fields: [String: LogValue] = [:]) {
        write(.info, message, fields)
    }

    /// Writes a line about something unexpected that was handled.
    public func warning(_ message: StaticString, _ fields: [String: LogValue] = [:]) {
        write(.warning, message, fields)
    }

    /// Writes a line that a person has to look at.
    public func error(_ message: StaticString, _ fields: [String: LogValue] = [:]) {
        write(.error, message, fields)
    }

    /// Writes a line at a level chosen by the caller.
    public func write(_ level: LogLevel, _ message: StaticString, _ fields: [String: LogValue] = [:]) {
        guard writes(level) else { return }
        var line = JSONWriter()
        line.beginObject()
        // The machine's time: a line says when it was written, whatever an injected clock pretends.
        line.member("time", SystemClock().now())
        line.member("level", level.rawValue)
        line.member("message", message.description)
        line.raw(inherited)
        line.members(fields)
        line.endObject()
        sink.write(line.bytes)
    }
}
