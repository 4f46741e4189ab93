import Foundation
import Glibc
import Synchronization

/// A program started by a test; it dies with the test process, however that ends.
public final class ChildProcess: Sendable {
    /// What a finished program left behind.
    public struct Output: Sendable {
        /// The exit status, or 128 + the signal that ended it.
        public let status: Int32
        /// Everything it wrote to standard output.
        public let text: String
        /// Everything it wrote to standard error.
        public let errors: String
    }

    /// A program that could not be started, or did not do what it was asked for.
    public struct Failure: Error, CustomStringConvertible {
        /// What went wrong, in one sentence.
        public let description: String

        /// A failure with that sentence.
        public init(description: String) { self.description = description }
    }

    /// Where the standard output and error of a program go.
    public enum Destination: Sendable {
        /// Kept in memory, for `lines()` or `output()`.
        case memory
        /// Appended to the file at this path.
        case file(String)
    }

    /// What ends a program when the test process ends.
    public enum Leash: Sendable {
        /// The kernel kills it.
        case killed
        /// It watches its standard input and cleans up by itself, as `deploy/server` does.
        case watchesStandardInput
    }

    /// The process id; also that of the program itself, no shell stands between.
    public let pid: Int32

    /// Open for as long as this object lives: programs that watch their standard input end with it.
    private let standardInput: FileHandle
    private let outputLines: AsyncStream<String>
    private let collected: Task<String, Never>
    private let collectedErrors: Task<String, Never>
    private let exit: Task<Int32, Never>

    /// Starts a program found on `PATH` or named by its full path.
    ///
    /// - Parameters:
    ///   - command: the program and its arguments.
    ///   - environment: set on top of the environment of the test process.
    ///   - folder: the working directory, the repository by default.
    ///   - destination: what happens to the output.
    ///   - leash: how it ends with the test process.
    /// - Returns: the running program.
    /// - Throws: `Failure` when the system cannot start another process.
    public static func start(
        _ command: [String], environment: [String: String] = [:], folder: String = Repository.root,
        destination: Destination = .memory, leash: Leash = .killed
    ) async throws -> ChildProcess {
        try await SpawningThread.shared.perform {
            try ChildProcess(
                command, environment: environment, folder: folder, destination: destination, leash: leash)
        }
    }

    /// Starts a program and waits for its end.
    @discardableResult
    public static func run(
        _ command: [String], environment: [String: String] = [:], folder: String = Repository.root
    ) async throws -> Output {
        let child = try await start(command, environment: environment, folder: folder)
        return await child.output()
    }

    /// Starts a program, waits for its end and returns its output; any status but 0 is an error with what it said.
    @discardableResult
    public static func succeed(
        _ command: [String], environment: [String: String] = [:], folder: String = Repository.root
    ) async throws -> String {
        let output = try await run(command, environment: environment, folder: folder)
        guard output.status == 0 else {
            throw Failure(
                description:
                    "\(command.joined(separator: " ")) ended with \(output.status): \(output.errors)\(output.text)"
            )
        }
        return output.text
    }

    /// The lines of standard output as they arrive; can be read once.
    public func lines() -> AsyncStream<String> { outputLines }

    /// Waits for the end and returns everything.
    public func output() async -> Output {
        Output(status: await exit.value, text: await collected.value, errors: await collectedErrors.value)
    }

    /// Waits for the end; the status, or 128 + the signal.
    @discardableResult
    public func waitForExit() async -> Int32 { await exit.value }

    /// Sends a signal; a program that already ended is left alone.
    public func signal(_ number: Int32) { _ = Glibc.kill(pid, number) }

    /// Ends it without a chance to clean up, and waits until it is gone.
    public func kill() async {
        signal(SIGKILL)
        await waitForExit()
    }

    /// Closes standard input: the way to ask `deploy/server` for an orderly end.
    public func closeStandardInput() {
        // A pipe that is already closed needs nothing.
        try? standardInput.close()
    }

    private init(
        _ command: [String], environment: [String: String], folder: String, destination: Destination,
        leash: Leash
    ) throws {
        let input = try Pipes.make()
        var output: (read: Int32, write: Int32)?
        var errors: (read: Int32, write: Int32)?
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.read, 0)
        switch destination {
        case .memory:
            let outputPipe = try Pipes.make()
            let errorPipe = try Pipes.make()
            posix_spawn_file_actions_adddup2(&actions, outputPipe.write, 1)
            posix_spawn_file_actions_adddup2(&actions, errorPipe.write, 2)
            (output, errors) = (outputPipe, errorPipe)
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, 1, path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        }
        // Both replace themselves with the program, so the pid is the program's own.
        // A session of its own keeps signals to the group of the test runner away from the clean-up.
        let end = if case .killed = leash { ["setpriv", "--pdeathsig", "KILL", "--"] } else { ["setsid"] }
        let words = ["env", "--chdir=\(folder)"] + end + command
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        pid = try Pipes.spawn(words, variables, &actions)
        close(input.read)
        standardInput = FileHandle(fileDescriptor: input.write, closeOnDealloc: true)
        let (lines, sink) = AsyncStream<String>.makeStream()
        outputLines = lines
        collected = Pipes.collect(output, lines: sink)
        collectedErrors = Pipes.collect(errors, lines: nil)
        let child = pid
        exit = Pipes.reap(child)
    }
}
