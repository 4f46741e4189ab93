import Foundation
import Primitives

/// The whole of Duely on real servers, started by `deploy/run` in a folder of its own; it stops when the test process
/// ends, however that ends.
public final class RunningSystem: Sendable {
    /// The web address, behind which every service stands.
    public let url: String
    /// Where all mails end.
    public let mail: MailSink
    /// The card gateway.
    public let gateway: Gateway
    /// The folder of the instance: logs, pid files, clock.
    public let home: String
    private let script: ChildProcess

    /// Settings under which an hour passes in seconds, so that waiting for retries costs little.
    public static let quick: [String: String] = [
        "DUELY_RETRY_DELAYS_MS": "200,500,1000,2000",
        "DUELY_LOOK_UP_DELAYS_MS": "300,500,1000,2000,5000,5000,5000",
        "DUELY_GATEWAY_TIMEOUT_MS": "1500", "DUELY_ATTEMPT_LEASE_MS": "3000",
        "DUELY_NOT_EXECUTED_DELAY_MS": "500",
        "DUELY_CONFIRMATION_MS": "5000", "DUELY_CLAIM_MS": "100", "DUELY_SWEEP_MS": "200",
        "DUELY_REFUND_RETRY_MS": "300", "DUELY_RELAY_POLL_MS": "200", "DUELY_RELAY_LEADER_MS": "200",
        "DUELY_RELAY_QUEUE_CHECK_MS": "500", "DUELY_PROBE_MS": "200", "DUELY_PROBE_MAX_MS": "1000",
        "DUELY_AMQP_RECONNECT_MAX_MS": "500", "DUELY_STARTS_PER_LINK": "1000", "DUELY_EDGE_RATE": "5000",
        "DUELY_EDGE_BURST": "5000", "DUELY_EDGE_CREDENTIALS_RATE": "1000",
        "DUELY_EDGE_CREDENTIALS_BURST": "1000",
        "DUELY_EDGE_CONNECTIONS": "2000", "DUELY_MAIL_POLL_MS": "100",
        "DUELY_MAIL_LEASE_MS": "5000", "DUELY_MAIL_RETRY_DELAYS_MS": "500,1000,2000,4000",
        "DUELY_MAIL_UNREACHABLE_DELAY_MS": "500", "DUELY_SMTP_CONNECT_TIMEOUT_MS": "2000",
        "DUELY_SMTP_TIMEOUT_MS": "4000", "DUELY_SIGN_UPS_PER_ADDRESS": "100000",
        "DUELY_FAILED_LOGINS_PER_ADDRESS": "100000", "DUELY_GUESSED_SECRETS_PER_ADDRESS": "100000",
        "DUELY_API_USAGE_MS": "500", "DUELY_API_USE_REPORT_MS": "1000", "DUELY_LOG_LEVEL": "info",
    ]

    /// Starts a system with these settings on top of the quick ones.
    public static func start(_ settings: [String: String] = [:]) async throws -> RunningSystem {
        let home = "/tmp/duely-test-system-\(UInt64.random(in: 0...UInt64.max))"
        var environment = quick.merging(settings) { $1 }
        environment["DUELY_HOME"] = home
        environment["DUELY_EDGE_PORT"] = "\(try FreePort.find())"
        if environment["DUELY_PROGRAM_FOLDER"] == nil,
            ProcessInfo.processInfo.environment["DUELY_PROGRAM_FOLDER"] == nil
        {
            environment["DUELY_PROGRAM_FOLDER"] = Repository.root + "/.build/debug"
        }
        let script = try await ChildProcess.start(
            ["deploy/until-closed"], environment: environment, leash: .watchesStandardInput)
        var values: [String: String] = [:]
        for await line in script.lines() {
            if line == "end" { break }
            guard let separator = line.firstIndex(of: "=") else { continue }
            values[String(line[..<separator])] = String(line[line.index(after: separator)...])
        }
        guard let url = values["URL"], let mail = values["MAIL"], let gateway = values["GATEWAY"] else {
            throw ChildProcess.Failure(
                description: "the system did not start: \(await script.output().errors)")
        }
        return RunningSystem(
            url: url, mail: MailSink(url: mail), gateway: Gateway(url: gateway), home: home, script: script)
    }

    private init(url: String, mail: MailSink, gateway: Gateway, home: String, script: ChildProcess) {
        self.url = url
        self.mail = mail
        self.gateway = gateway
        self.home = home
        self.script = script
    }

    /// Starts, stops or kills one part: `try await system.part("payment", "kill")`.
    @discardableResult
    public func part(_ name: String, _ order: String) async throws -> String {
        let environment = ["DUELY_HOME": home, "DUELY_PROGRAM_FOLDER": programFolder]
        return try await ChildProcess.succeed(["deploy/service", name, order], environment: environment)
    }

    /// Takes the tour of that name and returns what it told.
    public func tour(_ name: String) async throws -> String {
        let result = try await ChildProcess.run(
            ["deploy/tour", name], environment: ["DUELY_HOME": home, "DUELY_PROGRAM_FOLDER": programFolder])
        guard result.status == 0 else {
            throw ChildProcess.Failure(description: "\(result.text.suffix(2_000))\n\(result.errors)")
        }
        return result.text + result.errors
    }

    private var programFolder: String {
        ProcessInfo.processInfo.environment["DUELY_PROGRAM_FOLDER"] ?? Repository.root + "/.build/debug"
    }

    /// Lets that much time pass for every rule of the system, and returns when every running service has seen it.
    ///
    /// Otherwise a token could be issued on the old day and be judged on the new one.
    public func advance(by duration: Duration) async throws {
        let path = home + "/clock"
        let shift = Int64(try String(contentsOfFile: path, encoding: .utf8).filter { !$0.isWhitespace }) ?? 0
        try "\(shift + duration.components.seconds)\n".write(toFile: path, atomically: true, encoding: .utf8)
        let moved = SystemClock().now() + .seconds(shift) + duration
        try await eventually("the new time at every service") {
            try await clocks().allSatisfy { $0 >= moved }
        }
    }

    /// What the clocks of the services that answer say.
    private func clocks() async throws -> [Instant] {
        let ask = #"""
            . deploy/lib.sh
            for service in identity invoice payment scheduler notification; do
                curl -fs --max-time 2 "http://127.0.0.1:$(port_for "$service")/live" | jq -r .time || true
            done
            """#
        let answers = try await ChildProcess.succeed(["bash", "-c", ask], environment: ["DUELY_HOME": home])
        return answers.split(separator: "\n").compactMap { Instant(rfc3339: $0) }
    }

    /// Follows the link in the mail that somebody gets who has just signed up; from then on they can sign in.
    public func proveAddress(_ address: String) async throws {
        let mail = try await mail.mail(to: address, "the link of a sign-up") { mail in
            mail.links.contains { $0.contains("/verifications/") }
        }
        let link = mail.links.last { $0.contains("/verifications/") } ?? ""
        let token = link.split(separator: "/").last ?? ""
        try await APIClient(base: url).post("/v1/verifications", #"{"token":"\#(token)"}"#).require(200)
    }

    /// The last lines of a part's log, to explain a failure.
    public func log(_ name: String, lines: Int = 30) async throws -> String {
        try await ChildProcess.succeed(["tail", "-n", "\(lines)", "\(home)/log/\(name).log"])
    }

    /// What the database says, as the superuser, as `a|b` lines.
    public func query(_ sql: String) async throws -> String {
        try await ChildProcess.succeed(
            ["bash", "-c", #". deploy/lib.sh; duely_psql -At -c "$1""#, "query", sql],
            environment: ["DUELY_HOME": home])
    }

    /// A service publishes all it owns as it is now, for projections that were lost.
    public func snapshot(of service: String) async throws { try await command("snapshot", of: service) }

    /// What an operator has done by a service's executable, beside the running one.
    public func command(_ name: String, of service: String) async throws {
        let script = #". deploy/lib.sh; load_environment "$1"; "$(program "duely-$1")" "$2""#
        try await ChildProcess.succeed(
            ["bash", "-c", script, "command", service, name],
            environment: [
                "DUELY_HOME": home,
                "DUELY_PROGRAM_FOLDER": ProcessInfo.processInfo.environment["DUELY_PROGRAM_FOLDER"]
                    ?? Repository.root + "/.build/debug",
            ])
    }

    /// The dead-letter queues that hold something, as `queue messages` each; the broker's totals lag some seconds behind.
    public func deadLetters() async throws -> [String] {
        let script = #"""
            . deploy/lib.sh
            rabbitmq_curl "$(rabbitmq_management_address)/api/queues/duely?disable_stats=true&enable_queue_totals=true" \
                | jq -r '.[] | select(.name | endswith(".dead")) | select(.messages > 0) | "\(.name) \(.messages)"'
            """#
        return try await ChildProcess.succeed(["bash", "-c", script], environment: ["DUELY_HOME": home])
            .split(separator: "\n").map { String($0) }
    }

    /// Stops everything and deletes the data.
    public func stop() async {
        script.closeStandardInput()
        await script.waitForExit()
    }
}
