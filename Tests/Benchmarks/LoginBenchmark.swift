import Foundation
import LoadKit
import Postgres
import Primitives

/// Whether the time of an answer tells if an address has an account: the same requests, one at a time, for addresses
/// that have one and for addresses that have none.
///
/// Both sets have the same size and are asked equally often, as counts by address are rows that exist or do not.
struct LoginBenchmark {
    private static let password = "correct horse battery staple"
    private static let guess = "the phrase of somebody else"
    private static let warmUpRounds = 5

    /// What is asked, with the only status that may be answered.
    private struct Question {
        let name: String
        let path: String
        let status: Int
        let body: @Sendable (String) -> String
    }

    let instance: Instance
    let arguments: Arguments

    private static let questions = [
        Question(name: "login", path: "/v1/sessions", status: 401) {
            #"{"email":"\#($0)","password":"a wrong phrase"}"#
        },
        Question(name: "forgot_password", path: "/v1/password_resets", status: 202) {
            #"{"email":"\#($0)"}"#
        },
        Question(name: "sign_up", path: "/v1/sign-up", status: 201) { signUp($0, guess) },
        // By whoever signed up just now: the password is right unless the address had an account before.
        Question(name: "login_after_sign_up", path: "/v1/sessions", status: 401) {
            #"{"email":"\#($0)","password":"\#(guess)"}"#
        },
    ]

    func run() async throws {
        let samples = arguments.int("samples", default: 500)
        let accounts = arguments.int("accounts", default: 20)
        try await instance.pool.start()
        let unique = RawID.random().uuidString.prefix(8)
        let known = (0..<accounts).map { "known.\($0).\(unique)@sender.test" }
        let unknown = (0..<accounts).map { "other.\($0).\(unique)@sender.test" }
        Report.say("making \(accounts) accounts")
        try await instance.each(known, atOnce: 2) { email in
            try await instance.send(
                "POST", instance.url("identity") + "/v1/sign-up", json: Self.signUp(email, Self.password))
            try await instance.proveAddress(email)
        }
        for question in Self.questions {
            Report.say("asking \(question.name) \(samples) times for each")
            _ = try await measure(question, known, unknown, rounds: Self.warmUpRounds)
            let times = try await measure(question, known, unknown, rounds: samples)
            Self.report(question.name, Distribution(times.known), Distribution(times.unknown))
        }
        await instance.pool.stop()
    }

    private static func signUp(_ email: String, _ password: String) -> String {
        """
        {"email":"\(email)","password":"\(password)","name":"Nora North",
         "organization":{"name":"Northwind","currency":"USD","zone":"UTC","invoice_prefix":"NW"}}
        """
    }

    private func measure(
        _ question: Question, _ known: [String], _ unknown: [String], rounds: Int
    ) async throws -> (known: [Double], unknown: [Double]) {
        var times: (known: [Double], unknown: [Double]) = ([], [])
        for round in 0..<rounds {
            // Whatever slows the machine down for a while hits both alike.
            let isKnownFirst = Bool.random()
            for isKnown in [isKnownFirst, !isKnownFirst] {
                let email = (isKnown ? known : unknown)[round % known.count]
                let time = try await time(question, email)
                if isKnown { times.known.append(time) } else { times.unknown.append(time) }
            }
        }
        return times
    }

    private func time(_ question: Question, _ email: String) async throws -> Double {
        let url = instance.url("identity") + question.path
        let body = question.body(email)
        let start = ContinuousClock.now
        try await instance.send(
            "POST", url, json: body, expecting: question.status...question.status)
        return (ContinuousClock.now - start).inSeconds * 1000
    }

    private static func report(_ name: String, _ known: Distribution, _ unknown: Distribution) {
        for (who, times) in [("known", known), ("unknown", unknown)] {
            Report.figure(
                "logins.\(name).\(who)", times.quantile(0.5), unit: "ms",
                details: [
                    ("p50", times.quantile(0.5)), ("p90", times.quantile(0.9)),
                    ("p99", times.quantile(0.99)), ("samples", Double(times.count)),
                ])
        }
        Report.figure(
            "logins.\(name).distance", known.distance(to: unknown), unit: "KS",
            details: [
                ("probability_if_same", known.probability(ofDistanceTo: unknown)),
                ("p50_difference_ms", known.quantile(0.5) - unknown.quantile(0.5)),
            ])
    }
}
