import Foundation
import GatewaySimulatorCore
import HTTPClient
import HTTPServer
import Observability
import PaymentDomain
import Primitives
import Settings
import TestKit

@testable import PaymentService

/// The implementations of the Stripe API that the adapter is checked against: ours, and one by other people.
enum GatewayImplementation: String, CaseIterable, Sendable {
    case simulator
    /// PyPI's `localstripe`.
    ///
    /// Where it deviates from the documented API: it knows no `Idempotency-Key`, has no search, answers an
    /// `off_session` charge that needs its payer with `requires_action` instead of a refusal, gives back more than
    /// was charged, and calls every card a Visa.
    case localstripe

    private static let program = Repository.root + "/.build-tools/bin/localstripe"

    static var isForeignOneInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    /// Those that can be started here.
    static var installed: [GatewayImplementation] { isForeignOneInstalled ? allCases : [.simulator] }

    var honoursIdempotencyKeys: Bool { self == .simulator }
    var limitsRefunds: Bool { self == .simulator }
    var canSearch: Bool { self == .simulator }

    /// Starts it, and hands over the adapter of the payment service and the address.
    func with(_ body: (StripeGateway, StripeBrowser) async throws -> Void) async throws {
        let client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 16, maximumWaiting: 64, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
        defer { client.stop() }
        let limits = ClientRequest.Limits(
            connect: .seconds(2), total: .seconds(10), responseBytes: 1 << 20)
        func run(at url: String) async throws {
            let adapter = StripeGateway(
                client: client, baseURL: url, secretKey: Secret("sk_test_12345"), limits: limits)
            // The foreign one wants the secret key from browsers as well.
            let key = self == .simulator ? "pk_test_12345" : "sk_test_12345"
            try await body(adapter, StripeBrowser(client: client, url: url, key: key, limits: limits))
        }
        switch self {
        case .simulator:
            var options = SettingsReader([:])
            let simulator = Simulator(Simulator.Options(&options), clock: SystemClock(), log: .silent)
            try await simulator.server.start()
            let outcome = await Result(catching: {
                try await run(at: "http://127.0.0.1:\(simulator.server.port ?? 0)")
            })
            await simulator.server.stop()
            try outcome.get()
        case .localstripe:
            let port = try FreePort.find()
            let child = try await ChildProcess.start(
                [Self.program, "--port", String(port), "--from-scratch"], folder: "/tmp")
            let url = "http://127.0.0.1:\(port)"
            let outcome = await Result(catching: {
                try await eventually("localstripe") {
                    let question = ClientRequest(
                        method: "GET", url: url + "/v1/customers",
                        headers: [(name: "Authorization", value: "Bearer sk_test_12345")], body: [],
                        limits: limits)
                    guard case .success = await Result(catching: { try await client.send(question) }) else {
                        return false
                    }
                    return true
                }
                try await run(at: url)
            })
            await child.kill()
            try outcome.get()
        }
    }
}

/// What a payer's browser sends to the gateway.
struct StripeBrowser: Sendable {
    let client: HTTPClient
    let url: String
    let key: String
    let limits: ClientRequest.Limits

    func card(_ number: String) async throws -> String {
        let answer = try await post(
            "/v1/payment_methods",
            "type=card&card[number]=\(number)&card[exp_month]=12&card[exp_year]=2031&card[cvc]=123")
        guard let id = answer["id"]?.string else { throw TestFailure(description: "no card: \(answer)") }
        return id
    }

    func confirm(_ setup: CardSetup, with card: String) async throws {
        _ = try await post(
            "/v1/setup_intents/\(setup.reference)/confirm",
            "payment_method=\(card)&client_secret=\(setup.clientSecret)")
    }

    private func post(_ path: String, _ body: String) async throws -> JSONNode {
        let response = try await client.send(
            ClientRequest(
                method: "POST", url: url + path,
                headers: [
                    (name: "Authorization", value: "Bearer \(key)"),
                    (name: "Content-Type", value: "application/x-www-form-urlencoded"),
                ], body: Array(body.utf8), limits: limits))
        return try JSONDocument(parsing: response.body).root
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
