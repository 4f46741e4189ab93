import Foundation
import TestKit
import Testing

@Suite("Scripts", .timeLimit(.minutes(10)))
struct ScriptTests {
    @Test("bash can read every script")
    func syntax() async throws {
        let files = try await ChildProcess.succeed([
            "bash", "-c", "grep -rlE '^#!(/usr/bin/env bash|/bin/sh)|^# shellcheck shell=bash' deploy .ci",
        ])
        let names = files.split(separator: "\n").map(String.init)
        #expect(names.count > 10)
        for name in names { try await ChildProcess.succeed(["bash", "-n", name]) }
    }

    @Test("an unknown suite, part or option is refused with a sentence that names the known ones")
    func refusals() async throws {
        let home = ["DUELY_HOME": "/tmp/duely-test-none", "DUELY_TEST_HOME": "/tmp/duely-test-none"]
        let test = try await ChildProcess.run(["deploy/test", "everything"], environment: home)
        #expect(test.status == 1)
        #expect(test.errors.contains("the suites are unit"))
        let run = try await ChildProcess.run(["deploy/run", "--fast"], environment: home)
        #expect(run.status == 1)
        #expect(run.errors.contains("--no-demo"))
        let service = try await ChildProcess.run(["deploy/service", "nobody", "start"], environment: home)
        #expect(service.status == 1)
        #expect(service.errors.contains("there is no part nobody"))
    }

    @Test("stopping what does not run is no error")
    func stopNothing() async throws {
        let stop = try await ChildProcess.run(
            ["deploy/stop"], environment: ["DUELY_HOME": "/tmp/duely-test-never-started"])
        #expect(stop.status == 0)
    }

    @Test("a pid file of a process that is gone, or of another one with its number, is not believed")
    func stalePid() async throws {
        let script = """
            . deploy/lib.sh; mkdir -p "$DUELY_HOME/run"
            echo "$$ 1" >"$DUELY_HOME/run/x.pid"; is_running x && echo wrong
            echo "999999 5" >"$DUELY_HOME/run/x.pid"; is_running x && echo wrong
            record_process x $$; is_running x && echo right
            rm -rf "$DUELY_HOME"
            """
        let folder = "/tmp/duely-test-pid-\(UInt64.random(in: 0...UInt64.max))"
        let output = try await ChildProcess.run(["bash", "-c", script], environment: ["DUELY_HOME": folder])
        #expect(output.text == "right\n")
    }
}
