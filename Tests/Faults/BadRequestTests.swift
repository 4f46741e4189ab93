import HTTPClient
import Primitives
import TestKit
import Testing

@Suite("Bad requests are answered as such", .serialized)
struct BadRequestTests {
    @Test(
        "whatever comes through the edge, a service answers with problem details and a code, and not with its own fault",
        .timeLimit(.minutes(10)))
    func throughTheEdge() async throws {
        let system = try await RunningSystem.start(["DUELY_LOG_LEVEL": "warning"])
        let outcome: Result<Void, any Error>
        do {
            try await Self.check(system)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await system.stop()
        try outcome.get()
    }

    /// A route and a body that it takes, in which single members are spoilt.
    private struct Route {
        let method: String
        let path: String
        var spoilt: [String] = []
    }

    private static func check(_ system: RunningSystem) async throws {
        let sender = try await Sender(system)
        for route in Self.routes(sender) {
            for body in broken + route.spoilt.map({ Array($0.utf8) }) {
                try await expectProblem(route.method, route.path, body, sender)
            }
        }
        for path in addresses(sender) { try await expectProblem("GET", path, [], sender) }
        // What was refused has left nothing behind, and everything still works.
        #expect(try await system.query("SELECT count(*) FROM invoice.invoices").contains("1"))
        try await sender.api.get("/v1/invoices/\(sender.invoice)").require(200)
        for service in ["identity", "invoice", "payment", "scheduler", "notification"] {
            #expect(try await system.part(service, "status").contains("running"))
        }
    }

    /// Bodies that no route can read.
    private static let broken: [[UInt8]] =
        [
            #"{"name":"#, #"{"name":"a",}"#, #"{"name":"a","name":"b"}"#, "name=a", "[]", "null", "7",
            #""text""#, "{}",
            "{\"name\":\"a\u{1}b\"}", #"{"name":"\ud800"}"#, #"{"amount_paid":01}"#, "{} {}", "\u{FEFF}{}",
        ].map { Array($0.utf8) } + [
            [], Array(#"{"name":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8), [0xFF, 0xFE, 0x00],
            Array(repeating: UInt8(ascii: "["), count: 100_000),
            Array(#"{"name":""#.utf8) + Array(repeating: UInt8(ascii: "x"), count: 700_000),
            Array(#"{"name":""#.utf8) + Array(repeating: UInt8(ascii: "x"), count: 3_000_000)
                + Array(#""}"#.utf8),
        ]

    private static func routes(_ sender: Sender) -> [Route] {
        let (customer, password) = (sender.customer, Sender.password)
        func signUp(_ members: String, email: String = #""new@sender.test""#) -> String {
            #"{"email":\#(email),"password":"\#(password)","name":"New","organization":{"name":"New",\#(members)}}"#
        }
        func invoice(_ line: String, _ members: String = "") -> String {
            #"{"customer_id":"\#(customer)","due_date":"2027-02-28",\#(members)"line_items":[{"description":"A",\#(line)}]}"#
        }
        return [
            Route(
                method: "POST", path: "/v1/sign-up",
                spoilt: [
                    signUp(#""currency":"ZZZ","zone":"UTC""#), signUp(#""currency":7,"zone":"UTC""#),
                    signUp(#""currency":"USD","zone":"Mars/Olympus""#),
                    signUp(#""currency":"USD","zone":null"#),
                    signUp(#""currency":"USD","zone":"UTC","address":"a\u0000b""#),
                    signUp(#""currency":"USD","zone":"UTC""#, email: "{}"),
                    signUp(#""currency":"USD","zone":"UTC""#, email: #""not an address""#),
                ]),
            Route(
                method: "POST", path: "/v1/invoices",
                spoilt: [
                    invoice(#""amount":"-1.00""#), invoice(#""amount":-1"#), invoice(#""amount":true"#),
                    invoice(#""amount":"1.001""#), invoice(#""amount":1e400"#), invoice(#""amount":"NaN""#),
                    invoice(#""amount":"99999999999999999999""#), invoice(#""amount":"1","quantity":-2"#),
                    invoice(#""amount":"1","quantity":"many""#),
                    invoice(#""amount":"1""#, #""currency":"ZZZ","#),
                    invoice(#""amount":"1""#, #""currency":[],"#),
                    invoice(#""amount":"1""#, #""title":"a\u0000b","#),
                    invoice(#""amount":"1""#, #""title":{},"#),
                    #"{"customer_id":"cus_x","due_date":"2027-02-30","line_items":{}}"#,
                ]),
            Route(
                method: "PUT", path: "/v1/invoices/\(sender.invoice)/payment",
                spoilt: [
                    #"{"amount_paid":-5}"#, #"{"amount_paid":"-0.01"}"#, #"{"amount_paid":"much"}"#,
                    #"{"amount_paid":1e400}"#, #"{"amount_paid":"0.001"}"#, #"{"amount_paid":null}"#,
                    #"{"amount_paid":[1]}"#, #"{"amount_paid":"99999999999999999999999"}"#,
                ]),
            Route(
                method: "PUT", path: "/v1/mandates/\(sender.organization)",
                spoilt: [
                    #"{"enabled":"yes"}"#, #"{"enabled":true,"payment_method_id":1,"currency":"ZZZ"}"#,
                    #"{"enabled":true,"charge_after_days":-1,"currency":"USD","cap_per_charge":"-1"}"#,
                ]),
            Route(method: "POST", path: "/v1/invoices/pay/no-such-token"),
            Route(method: "POST", path: "/v1/schedules"),
            Route(method: "POST", path: "/v1/schedules/sch_x"),
            Route(method: "POST", path: "/v1/notices/ntc_x/read"),
            Route(method: "POST", path: "/v1/events"),
        ]
    }

    private static func addresses(_ sender: Sender) -> [String] {
        [
            "/v1/schedules?limit=many", "/v1/schedules?state=%FF%FE", "/v1/schedules?cursor=%00",
            "/v1/schedules/%00", "/v1/schedules?state=no_such_state",
            "/v1/events?limit=-1", "/v1/events?after=%F0%28", "/v1/events?after=a%00b",
            "/v1/notices?limit=0x10",
            "/v1/notices?cursor=ntc_%C3%28", "/v1/invoices?limit=99999999999999999999",
            "/v1/invoices?cursor=%00",
            "/v1/invoices?status=%C3%28", "/v1/invoices/%2e%2e%2f", "/v1/invoices/inv_%00",
            "/v1/customers/\(sender.invoice)", "/v1/charges?cursor=none", "/v1/invitations/%FF",
        ]
    }

    private static func expectProblem(
        _ method: String, _ path: String, _ body: [UInt8], _ sender: Sender
    ) async throws {
        let answer = try await sender.send(method, path, body)
        let shown =
            "\(method) \(path) \(String(decoding: body.prefix(160), as: UTF8.self)) \(body.count) bytes: "
            + "\(answer.status) \(String(decoding: answer.body.prefix(200), as: UTF8.self))"
        #expect((400...499).contains(answer.status), "\(shown)")
        // Too many requests would hide what the service itself says.
        #expect(answer.status != 429, "\(shown)")
        let type = answer.headers.first { $0.name.lowercased() == "content-type" }?.value ?? ""
        #expect(type.hasPrefix("application/problem+json"), "\(shown)")
        let problem = try? JSONDocument(parsing: answer.body).root
        #expect(problem?["code"]?.string?.isEmpty == false, "\(shown)")
        #expect(problem?["status"]?.int64 == Int64(answer.status), "\(shown)")
    }
}
