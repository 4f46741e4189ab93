import Testing

@testable import HTTPServer

/// Bytes that a client should not send, and what they must lead to.
struct Probe: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// The statuses that are right; an empty list means that closing without an answer is right.
    let statuses: [Int]
    var alsoClosed = false
    var testDescription: String { name }

    init(_ name: String, _ text: String, _ statuses: Int..., mayClose: Bool = false) {
        self.name = name
        bytes = Array(text.utf8)
        self.statuses = statuses
        alsoClosed = mayClose
    }

    init(_ name: String, bytes: [UInt8], _ statuses: Int..., mayClose: Bool = false) {
        self.name = name
        self.bytes = bytes
        self.statuses = statuses
        alsoClosed = mayClose
    }

    private static func post(_ headers: String, _ body: String = "hello") -> String {
        "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\(headers)\r\n\r\n\(body)"
    }

    private static func json(_ body: [UInt8]) -> [UInt8] {
        let head =
            "POST /json HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n"
        return Array(head.utf8) + body
    }

    static let framing = [
        Probe("no Host", "GET /ping HTTP/1.1\r\n\r\n", 400),
        Probe("two Hosts", "GET /ping HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        Probe(
            "length and chunked", post("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
        Probe("unknown coding with length", post("Transfer-Encoding: xchunked\r\nContent-Length: 5"), 501),
        Probe("gzip, chunked", post("Transfer-Encoding: gzip, chunked", "5\r\nhello\r\n0\r\n\r\n"), 501),
        Probe(
            "two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
            400, 501),
        Probe("two lengths", post("Content-Length: 5\r\nContent-Length: 3"), 400),
        Probe("length with sign", post("Content-Length: +5"), 400),
        Probe("negative length", post("Content-Length: -1"), 400),
        Probe("hexadecimal length", post("Content-Length: 0x5"), 400),
        Probe("endless length", post("Content-Length: 99999999999999999999999"), 400, 413),
        Probe("length over the limit", post("Content-Length: 10485760"), 413),
        Probe(
            "expectation over the limit", post("Expect: 100-continue\r\nContent-Length: 10485760", ""), 413),
        Probe(
            "blank before the colon", "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX : y\r\n\r\n",
            400),
        Probe(
            "CR in a value", "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: a\rY: b\r\n\r\n", 400),
        Probe(
            "chunk size with prefix", post("Transfer-Encoding: chunked", "0x5\r\nhello\r\n0\r\n\r\n"), 400,
            mayClose: true),
        Probe("version 9.9", "GET /ping HTTP/9.9\r\nHost: a\r\nConnection: close\r\n\r\n", 400, 505),
        Probe(
            "header of 64 KB",
            "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: \(String(repeating: "a", count: 65_000))\r\n\r\n",
            413, 431,
            mayClose: true),
        Probe(
            "TLS hello", bytes: [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 13, 10, 13, 10], 400, mayClose: true),
    ]

    static let targets = [
        Probe("method BREW", "BREW /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 501),
        Probe("method TRACE", "TRACE /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
        Probe(
            "method of another route", "DELETE /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
        Probe(
            "absolute target", "GET http://evil/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        Probe(
            "percent without digits", "GET /things/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        Probe("percent at the end", "GET /things/a% HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        Probe("encoded NUL", "GET /things/a%00b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 400),
        Probe(
            "broken UTF-8, encoded", "GET /things/%c3%28 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            400),
        Probe(
            "raw byte above ASCII",
            bytes: Array("GET /things/".utf8) + [0xE9]
                + Array(" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8), 400),
        Probe("dot segments", "GET /things/../ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
        Probe(
            "encoded dot segments", "GET /things/%2e%2e HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404
        ),
        Probe("empty segment", "GET //ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
        Probe(
            "too many parameters",
            "GET /ping?\(String(repeating: "a=b&", count: 100)) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
            400),
        Probe(
            "an encoded slash stays in its segment",
            "GET /things/a%2fb HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
    ]

    static let bodies = [
        Probe("truncated JSON", bytes: json(Array(#"{"name":"#.utf8)), 400),
        Probe("trailing comma", bytes: json(Array(#"{"name":"a",}"#.utf8)), 400),
        Probe("duplicate member", bytes: json(Array(#"{"name":"a","name":"b"}"#.utf8)), 400),
        Probe(
            "broken UTF-8", bytes: json(Array(#"{"name":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)), 400),
        Probe("lone surrogate", bytes: json(Array(#"{"name":"\ud800"}"#.utf8)), 400),
        Probe("100 000 levels deep", bytes: json([UInt8](repeating: UInt8(ascii: "["), count: 100_000)), 400),
        Probe("wrong type", bytes: json(Array(#"{"name":7}"#.utf8)), 422),
        Probe("array in place of an object", bytes: json(Array("[1]".utf8)), 422),
        Probe("missing field", bytes: json(Array("{}".utf8)), 422),
        Probe("too long", bytes: json(Array(#"{"name":"12345678901"}"#.utf8)), 422),
        Probe("no body", bytes: json([]), 400),
        Probe(
            "another content type",
            "POST /json HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: text/xml\r\nContent-Length: 2\r\n\r\n{}",
            415),
    ]
}

@Suite(.timeLimit(.minutes(10))) struct HostileProbeTests {
    enum Kind: CaseIterable {
        case framing, targets, bodies

        var probes: [Probe] {
            switch self {
            case .framing: Probe.framing
            case .targets: Probe.targets
            case .bodies: Probe.bodies
            }
        }
    }

    @Test(
        "no probe gets through, crashes the server or keeps it from serving the next",
        arguments: Kind.allCases)
    func probes(_ kind: Kind) async throws {
        let fixture = ServerFixture()
        try await fixture.run { port in
            for probe in kind.probes {
                let answer = await RawClient.send([probe.bytes], to: port)
                let first = answer.statuses.first
                let isRight = first.map(probe.statuses.contains) ?? (probe.alsoClosed && answer.closed)
                #expect(isRight, "\(probe.name): \(answer.text.prefix(200))")
                // libmicrohttpd writes the header of its own refusals twice; nothing but a refusal may follow.
                #expect(
                    answer.statuses.dropFirst().allSatisfy { $0 >= 400 }, "\(probe.name): \(answer.statuses)")
                let next = await RawClient.send(
                    "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", to: port)
                #expect(next.statuses == [200], "after \(probe.name)")
            }
        }
    }

    @Test("every refusal of the server is a problem with a code")
    func problemBodies() async throws {
        try await ServerFixture().run { port in
            for probe in Probe.framing {
                let answer = await RawClient.send([probe.bytes], to: port)
                // libmicrohttpd refuses a missing Host and a malformed length itself, before it asks.
                if answer.text.contains("application/problem+json") {
                    #expect(answer.text.contains(#""code":""#))
                    #expect(answer.text.contains("Connection: close"))
                } else {
                    #expect(answer.closed)
                }
            }
        }
    }

    @Test("a smuggled second request is never answered")
    func smuggling() async throws {
        try await ServerFixture().run { port in
            let text =
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "0\r\n\r\nGET /things/smuggled HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let answer = await RawClient.send(text, to: port)
            #expect(answer.statuses == [400])
            #expect(answer.closed)
            #expect(!answer.text.contains("smuggled"))
        }
    }

    @Test("a handler cannot inject a header field")
    func headerInjection() async throws {
        try await ServerFixture().run { port in
            let answer = await RawClient.send(
                "GET /split HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", to: port)
            #expect(answer.statuses == [200])
            #expect(!answer.text.contains("Injected"))
        }
    }
}
