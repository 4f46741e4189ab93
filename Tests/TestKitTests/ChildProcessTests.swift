import Foundation
import Glibc
import TestKit
import Testing

@Suite("Child processes", .timeLimit(.minutes(10)))
struct ChildProcessTests {
    @Test("output, errors and status come back")
    func output() async throws {
        let output = try await ChildProcess.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
        #expect(output.status == 3)
        #expect(output.text == "out\n")
        #expect(output.errors == "err\n")
    }

    @Test("a program that does not exist is an error with its name")
    func missing() async throws {
        let output = try await ChildProcess.run(["no-such-program-here"])
        #expect(output.status != 0)
        #expect(output.errors.contains("no-such-program-here"))
    }

    @Test("the pid is the program's own, and killing it ends it")
    func kill() async throws {
        let child = try await ChildProcess.start(["sleep", "600"])
        try await eventually {
            try String(contentsOfFile: "/proc/\(child.pid)/comm", encoding: .utf8) == "sleep\n"
        }
        await child.kill()
        #expect(await child.waitForExit() == 128 + SIGKILL)
    }

    @Test("a condition that stays false says what was waited for")
    func timeOut() async throws {
        let error = await #expect(throws: TimedOut.self) {
            try await eventually(within: .milliseconds(30), "the impossible") { false }
        }
        #expect(error?.description.hasPrefix("the impossible did not come true") == true)
    }

    @Test("free ports lie below the range of the kernel's clients")
    func port() throws {
        #expect(try (10_000..<30_000).contains(FreePort.find()))
    }
}
