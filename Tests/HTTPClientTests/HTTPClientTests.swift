import HTTPClient
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct HTTPClientTests {
    private let client = HTTPClient.forTests()

    private func echo(_ request: ClientRequest) async throws -> JSONNode {
        try JSONDocument(parsing: try await client.send(request).body).root
    }

    @Test("a request arrives as it was made and the answer comes back whole")
    func echo() async throws {
        let peer = try await HTTPPeer.shared()
        let request = ClientRequest.post(
            peer.url("echo/a%20b?x=1"), #"{"ü":1}"#,
            headers: [("Content-Type", "application/json"), ("Idempotency-Key", "k1"), ("X-Empty", "")])
        let response = try await client.send(request)
        #expect(response.status == 200)
        #expect(response.header("x-twice") == "one")
        #expect(response.headers.filter { $0.name == "x-twice" }.map(\.value) == ["one", "two"])
        #expect(response.header("absent") == nil)
        let root = try JSONDocument(parsing: response.body).root
        #expect(root["method"]?.string == "POST")
        #expect(root["target"]?.string == "/echo/a%20b?x=1")
        let sentBody = try #require(root["body"]?.string)
        #expect(sentBody.unicodeScalars.map { UInt8($0.value) } == Array(#"{"ü":1}"#.utf8))
        let headers = try #require(root["headers"]).elements.map { $0.elements.compactMap(\.string) }
        let names = headers.map { $0[0].lowercased() }
        #expect(headers.contains(["Idempotency-Key", "k1"]))
        #expect(headers.contains(["X-Empty", ""]))
        #expect(
            names.sorted() == [
                "accept", "content-length", "content-type", "host", "idempotency-key", "x-empty",
            ])
    }

    @Test(
        "every method is sent as itself, with a length where servers want one",
        arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func methods(_ method: String) async throws {
        let peer = try await HTTPPeer.shared()
        for body in ["", "{}"] {
            let request = ClientRequest(
                method: method, url: peer.url("echo"), headers: [], body: Array(body.utf8),
                limits: .init(connect: .seconds(2), total: .seconds(5), responseBytes: 4096))
            let root = try await echo(request)
            #expect(root["method"]?.string == method)
            #expect(root["body"]?.string == body)
            let names = try #require(root["headers"]).elements.compactMap { $0.elements[0].string }
            #expect(
                names.contains("Content-Length")
                    == (!body.isEmpty || ["POST", "PUT", "PATCH"].contains(method)))
            #expect(!names.contains("Content-Type"))
        }
    }

    @Test("HEAD has a status and no body")
    func head() async throws {
        let peer = try await HTTPPeer.shared()
        let request = ClientRequest(
            method: "HEAD", url: peer.url("status/204"), headers: [], body: [],
            limits: .init(connect: .seconds(2), total: .seconds(5), responseBytes: 0))
        let response = try await client.send(request)
        #expect(response.status == 204 && response.body.isEmpty)
    }

    @Test(
        "every status is an answer, and a redirect is not followed",
        arguments: [201, 301, 302, 307, 404, 429, 503])
    func statuses(_ status: Int) async throws {
        let peer = try await HTTPPeer.shared()
        let response = try await client.send(.get(peer.url("status/\(status)")))
        #expect(response.status == status)
        #expect(response.header("location") == "/ping")
    }

    @Test("an interim answer is not taken for the answer")
    func interim() async throws {
        let peer = try await HTTPPeer.shared()
        let response = try await client.send(.get(peer.url("interim")))
        #expect(response.status == 200)
        #expect(response.header("x-final") == "yes" && response.header("x-early") == nil)
    }

    @Test("nothing of one request reaches the next on the same handle")
    func isolation() async throws {
        let peer = try await HTTPPeer.shared()
        let single = HTTPClient.forTests(transfers: 1)
        _ = try await single.send(
            .post(peer.url("echo"), "secret", headers: [("Authorization", "Bearer one")]))
        let response = try await single.send(.get(peer.url("echo")))
        let text = String(decoding: response.body, as: UTF8.self)
        #expect(!text.contains("secret") && !text.contains("Bearer"))
        #expect(text.contains(#""method": "GET""#))
    }

    @Test("connections are kept and reused")
    func reuse() async throws {
        let peer = try await HTTPPeer.own()
        let single = HTTPClient.forTests(transfers: 8)
        for _ in 0..<50 { _ = try await single.send(.get(peer.url("ping"))) }
        let counts = try await peer.counts(single)
        #expect(counts.connections == 1)
        #expect(counts.requests == 51)
    }

    @Test("many requests are under way at once on one thread, each with its own answer")
    func concurrency() async throws {
        let peer = try await HTTPPeer.own()
        let wide = HTTPClient.forTests(transfers: 500, waiting: 2000)
        let clock = ContinuousClock()
        let elapsed = try await clock.measure {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<500 {
                    group.addTask {
                        // A second each: one after another they would take minutes.
                        _ = try await wide.send(.get(peer.url("slow/1000")))
                        let response = try await wide.send(.post(peer.url("echo"), "number \(number)"))
                        return String(decoding: response.body, as: UTF8.self).contains(
                            #""number \#(number)""#)
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
        #expect(elapsed < .seconds(30))
        let counts = try await peer.counts(wide)
        #expect(counts.connections <= 501)
    }

    @Test("over the bounds a request is refused unsent, and one that waits too long as well")
    func bounds() async throws {
        let peer = try await HTTPPeer.shared()
        let narrow = HTTPClient.forTests(transfers: 1, waiting: 1)
        let slow = Task { try await narrow.send(.get(peer.url("slow/3000"))) }
        try await eventually("the slow request arrives") {
            await narrow.failure(.get(peer.url("ping"), total: .milliseconds(20)))?.failure.reason == .timeout
        }
        let errors = await withTaskGroup(of: HTTPClientError?.self) { group in
            for _ in 0..<3 {
                group.addTask { await narrow.failure(.get(peer.url("ping"), total: .milliseconds(500))) }
            }
            return await group.reduce(into: [HTTPClientError?]()) { $0.append($1) }
        }
        #expect(errors.allSatisfy { $0?.isNotSent == true })
        #expect(errors.map { $0?.failure.reason } == [.overloaded, .overloaded, .timeout])
        #expect(try await slow.value.status == 200)
        #expect(try await narrow.send(.get(peer.url("ping"))).status == 200)
    }

    @Test("a completion is called once, without a task")
    func completion() async throws {
        let peer = try await HTTPPeer.shared()
        let response = try await withCheckedThrowingContinuation {
            (continuation: CheckedContinuation<ClientResponse, any Error>) in
            client.start(.get(peer.url("ping"))) {
                continuation.resume(with: $0.mapError { $0 as any Error })
            }
        }
        #expect(response.body == Array("pong".utf8))
    }

    @Test("a client that is stopped ends what is under way and refuses what comes later")
    func stop() async throws {
        let peer = try await HTTPPeer.shared()
        let stopped = HTTPClient.forTests(transfers: 1)
        let flight = Task { await stopped.failure(.get(peer.url("hang"))) }
        let queued = Task { await stopped.failure(.get(peer.url("hang"))) }
        try await eventually("one is under way") {
            await stopped.failure(.get(peer.url("hang"), total: .milliseconds(20)))?.failure.reason
                == .timeout
        }
        stopped.stop()
        #expect(await flight.value?.failure.reason == .stopped)
        #expect(await queued.value?.failure.reason == .stopped)
        let late = await stopped.failure(.get(peer.url("ping")))
        #expect(late?.failure.reason == .stopped && late?.isNotSent == true)
    }
}
