import Glibc
import Observability
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(10))) struct HTTPServerTests {
    private let ping = "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test("requests sent together on one connection are answered in order")
    func pipelining() async throws {
        try await ServerFixture().run { port in
            let things = (1...3).map {
                "GET /things/\($0) HTTP/1.1\r\nHost: a\r\n\($0 == 3 ? "Connection: close\r\n" : "")\r\n"
            }.joined()
            let answer = await RawClient.send(things, to: port)
            #expect(answer.statuses == [200, 200, 200])
            let positions = (1...3).compactMap { answer.text.firstRange(of: "\r\n\r\n\($0)")?.lowerBound }
            #expect(positions.count == 3 && positions == positions.sorted())
        }
    }

    @Test("a body sent in chunks and in pieces arrives whole")
    func chunks() async throws {
        try await ServerFixture().run { port in
            let pieces = [
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
                "llo\r\n",
                "6\r\n world\r\n0\r\n\r\n",
            ].map { Array($0.utf8) }
            let answer = await RawClient.send(pieces, to: port, pause: .milliseconds(20))
            #expect(answer.statuses == [200])
            #expect(answer.text.hasSuffix("hello world"))
        }
    }

    @Test("HEAD answers like GET without the body")
    func head() async throws {
        try await ServerFixture().run { port in
            let answer = await RawClient.send(
                "HEAD /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", to: port)
            #expect(answer.statuses == [200])
            #expect(answer.text.contains("Content-Length: 11"))
            #expect(answer.text.hasSuffix("\r\n\r\n"))
        }
    }

    @Test("a chunked body over the limit is answered 413 once it ended, and cut off when it does not end")
    func bodyLimit() async throws {
        try await ServerFixture { $0.bodyLimit = 1_000 }.run { port in
            let head =
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunk = "3e8\r\n\(String(repeating: "x", count: 1_000))\r\n"
            let over = await RawClient.send(head + chunk + chunk + "0\r\n\r\n", to: port)
            #expect(over.statuses == [413])
            #expect(over.text.contains("body_too_large"))
            let endless = await RawClient.send(head + String(repeating: chunk, count: 20), to: port)
            #expect(endless.closed)
        }
    }

    @Test("bodies of all requests together have a limit")
    func bufferedBodies() async throws {
        try await ServerFixture { $0.bufferedBodiesLimit = 100 }.run { port in
            let body = String(repeating: "x", count: 200)
            let answer = await RawClient.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 200\r\n\r\n\(body)",
                to: port)
            #expect(answer.statuses == [503])
            let small = await RawClient.send(
                "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", to: port
            )
            #expect(small.statuses == [200])
        }
    }

    @Test(
        "a client that drips its request is cut off",
        arguments: [
            ["GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"] + (0..<40).map { "X-\($0): y\r\n" },
            ["POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1000\r\n\r\n"]
                + Array(repeating: "x", count: 40),
            ["", ""] + Array(repeating: "", count: 40),
        ])
    func drip(pieces: [String]) async throws {
        try await ServerFixture { $0.readDeadline = .milliseconds(300) }.run { port in
            let answer = await RawClient.send(
                pieces.map { Array($0.utf8) }, to: port, pause: .milliseconds(50))
            #expect(answer.closed)
            #expect(answer.took < .seconds(8))
        }
    }

    @Test("an idle connection is closed after its time, not before")
    func idle() async throws {
        try await ServerFixture { $0.idleDeadline = .milliseconds(600) }.run { port in
            let answer = await RawClient.send("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n", to: port)
            #expect(answer.statuses == [200])
            #expect(answer.closed)
            #expect(answer.took > .milliseconds(500))
        }
    }

    @Test("a handler that takes too long is answered for and cancelled")
    func handlerDeadline() async throws {
        let fixture = ServerFixture { $0.handlerDeadline = .milliseconds(200) }
        try await fixture.run { port in
            let answer = await RawClient.send(
                "GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", to: port)
            #expect(answer.statuses == [503])
            #expect(answer.text.contains("Retry-After: 1"))
        }
        #expect(fixture.recorder.lines.contains { $0.contains("request deadline exceeded") })
        #expect(
            fixture.metrics.prometheusText().contains(
                #"http_requests_total{method="GET",route="/wait",status="503"} 1"#))
    }

    @Test("more requests at once than allowed are told to come back")
    func requestLimit() async throws {
        let fixture = ServerFixture { $0.requestLimit = 1 }
        try await fixture.run { port in
            async let held = RawClient.send(
                "GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", to: port)
            #expect(await ServerFixture.eventually { fixture.waiting.value == 1 })
            let refused = await RawClient.send(ping, to: port)
            #expect(refused.statuses == [503])
            fixture.gate.open()
            #expect(await held.statuses == [200])
        }
    }

    @Test("a stop lets the request in flight finish and refuses new connections")
    func drain() async throws {
        let fixture = ServerFixture()
        try await fixture.server.start()
        let port = try #require(fixture.server.port)
        async let held = RawClient.send(
            "GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", to: port)
        #expect(await ServerFixture.eventually { fixture.waiting.value == 1 })
        async let stopped: Void = fixture.server.stop()
        #expect(await ServerFixture.eventually { fixture.server.port == nil })
        fixture.gate.open()
        let answer = await held
        #expect(answer.statuses == [200])
        #expect(answer.text.contains("Connection: close"))
        await stopped
        #expect(throws: HTTPServerError.self) { try ListeningSocket(address: "192.0.2.1", port: port) }
        // The port is free again.
        let again = try ListeningSocket(address: "127.0.0.1", port: port)
        close(again.descriptor)
    }

    @Test("requests that keep coming on open connections do not disturb a stop")
    func stopUnderLoad() async throws {
        for _ in 0..<20 {
            let fixture = ServerFixture()
            try await fixture.server.start()
            let port = try #require(fixture.server.port)
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        await RawClient.repeatUntilClosed("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n", to: port)
                    }
                }
                let isServing = await ServerFixture.eventually {
                    fixture.metrics.prometheusText().contains(#"route="/ping",status="200"} "#)
                }
                #expect(isServing)
                await fixture.server.stop()
                for await answers in group { #expect(answers >= 0) }
            }
        }
    }

    @Test("a handler that never ends does not keep the server from stopping")
    func stuckHandler() async throws {
        let fixture = ServerFixture { $0.drainDeadline = .milliseconds(200) }
        try await fixture.server.start()
        let port = try #require(fixture.server.port)
        async let held = RawClient.send(
            "GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", to: port)
        #expect(await ServerFixture.eventually { fixture.waiting.value == 1 })
        await fixture.server.stop()
        #expect(await held.statuses == [503])
        fixture.gate.open()
    }

    @Test("clients that go away in the middle leave nothing behind")
    func disconnects() async throws {
        let fixture = ServerFixture()
        try await fixture.run { port in
            for _ in 0..<100 {
                let descriptor = try #require(RawClient.connect(port))
                let bytes = Array("GET /wait HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)
                _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
                close(descriptor)
            }
            fixture.gate.open()
            #expect(
                await ServerFixture.eventually {
                    fixture.metrics.prometheusText().contains("http_requests_in_flight 0\n")
                })
            #expect(await RawClient.send(ping, to: port).statuses == [200])
        }
    }

    @Test("a port that is taken is an error with a reason")
    func takenPort() async throws {
        try await ServerFixture().run { port in
            let second = ServerFixture { $0.port = port }
            do {
                try await second.server.start()
                Issue.record("two servers share a port")
            } catch let error as HTTPServerError {
                #expect(error.code == .cannotListen)
                #expect(error.message.contains("Address already in use"))
            }
        }
    }
}
