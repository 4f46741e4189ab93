import Foundation

/// A server that `deploy/server` starts in a temporary folder and stops when this object or the process ends.
public actor LocalServer {
    private let kind: String
    /// Where its files are.
    public let folder: String
    private let isTemporary: Bool
    private let environment: [String: String]
    private var child: ChildProcess?
    /// What the script printed: addresses and the process id, by name.
    public private(set) var values: [String: String] = [:]

    /// - Parameters:
    ///   - kind: `postgres` or `rabbitmq`.
    ///   - isTemporary: the files go away when it stops, so it can be started once only.
    ///   - environment: what `deploy/server` finds in its environment besides.
    public init(kind: String, isTemporary: Bool = false, environment: [String: String] = [:]) {
        self.environment = environment
        self.kind = kind
        self.isTemporary = isTemporary
        folder = "/tmp/duely-test-\(kind)-\(UInt64.random(in: 0...UInt64.max))"
    }

    /// Starts it, or starts it again with the data it had.
    public func start() async throws {
        let script = try await ChildProcess.start(
            ["deploy/server", kind, folder] + (isTemporary ? ["--temporary"] : []),
            environment: environment, leash: .watchesStandardInput)
        var values: [String: String] = [:]
        var isReady = false
        for await line in script.lines() {
            if line == "end" {
                isReady = true
                break
            }
            guard let separator = line.firstIndex(of: "=") else { continue }
            values[String(line[..<separator])] = String(line[line.index(after: separator)...])
        }
        guard isReady else {
            throw ChildProcess.Failure(description: "\(kind) did not start: \(await script.output().errors)")
        }
        child = script
        self.values = values
    }

    /// Stops it in order; the data stays for another start.
    public func stop() async {
        child?.closeStandardInput()
        await child?.waitForExit()
        child = nil
    }

    /// Ends the server process without warning, as a power cut would; `start()` brings it back.
    public func crash() async throws {
        guard let text = values["PID"], let pid = pid_t(text) else { return }
        kill(pid, SIGKILL)
        try await eventually("the end of \(kind)") { kill(pid, 0) != 0 }
        await stop()
    }

    /// Stops it and deletes its files.
    public func discard() async {
        await stop()
        // A folder that is already gone needs nothing.
        try? FileManager.default.removeItem(atPath: folder)
    }
}
