import Foundation
import Glibc
import Observability
import Synchronization
import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(10))) struct BodyStreamTests {
    private static let end = "\r\n0\r\n\r\n"

    private struct Broken: Error {}

    /// Counts the pieces that were made; the first is not made by the step.
    private static func routes(_ made: ServerFixture.Counted, _ gate: Gate) -> (inout Router) -> Void {
        let megabyte = [UInt8](repeating: 0x78, count: 1 << 20)
        return { router in
            router.get("/letters") { _ in
                .stream(
                    "text/plain",
                    BodyStream(first: [0x61], from: UInt8(0x62)) { letter in
                        made.add()
                        defer { letter += 1 }
                        // A piece without bytes is none.
                        return letter > 0x7A ? nil : letter == 0x70 ? [] : [letter]
                    })
            }
            router.get("/broken") { _ in
                .stream("text/plain", BodyStream(first: [0x61], from: 0) { _ in throw Broken() })
            }
            router.get("/slow") { _ in
                .stream(
                    "text/plain",
                    BodyStream(first: [0x61], from: 0) { _ in
                        await gate.wait()
                        return nil
                    })
            }
            router.get("/endless") { _ in
                .stream(
                    "text/plain",
                    BodyStream(first: megabyte, from: 0) { _ in
                        made.add()
                        return megabyte
                    })
            }
            router.get("/long") { _ in
                .stream(
                    "text/plain",
                    BodyStream(first: megabyte, from: 1) { count in
                        defer { count += 1 }
                        return count < 300 ? megabyte : nil
                    })
            }
        }
    }

    private func fixture(
        _ made: ServerFixture.Counted = ServerFixture.Counted(), _ gate: Gate = Gate(),
        _ change: (inout HTTPServerConfiguration) -> Void = { _ in }
    ) -> ServerFixture {
        ServerFixture(change, routes: Self.routes(made, gate))
    }

    private func request(_ path: String, _ method: String = "GET", version: String = "1.1") -> String {
        "\(method) \(path) HTTP/\(version)\r\nHost: a\r\n"
    }

    @Test("all pieces arrive in order, and the connection goes on with the next request")
    func pieces() async throws {
        try await fixture().run { port in
            let answer = await RawClient.send(
                request("/letters") + "\r\n" + request("/letters") + "\r\n" + request("/ping")
                    + "Connection: close\r\n\r\n", to: port)
            #expect(answer.statuses == [200, 200, 200])
            let letters = "abcdefghijklmnoqrstuvwxyz".map { "1\r\n\($0)" }.joined(separator: "\r\n")
            #expect(answer.text.components(separatedBy: "\r\n\r\n" + letters + Self.end).count == 3)
            #expect(answer.text.contains("Transfer-Encoding: chunked"))
        }
    }

    @Test("an error in the middle cuts the connection without the mark of the end")
    func broken() async throws {
        let fixture = fixture()
        try await fixture.run { port in
            let answer = await RawClient.send(request("/broken") + "\r\n", to: port)
            #expect(answer.closed && answer.text.contains("1\r\na"))
            #expect(!answer.text.contains(Self.end))
            #expect(fixture.recorder.lines.contains { $0.contains("an answer was cut off") })
        }
    }

    @Test("a piece that is late cuts the connection")
    func late() async throws {
        let gate = Gate()
        try await fixture(ServerFixture.Counted(), gate) { $0.handlerDeadline = .seconds(1) }.run { port in
            // Where other tests take all threads, the first piece is late as well, which is an answer of another kind.
            var answer = RawClient.Answer()
            while !answer.statuses.contains(200) {
                answer = await RawClient.send(request("/slow") + "\r\n", to: port)
            }
            #expect(answer.closed && !answer.text.contains(Self.end))
            gate.open()
        }
    }

    @Test("HEAD makes no further piece, and a client without chunks is refused")
    func withoutBody() async throws {
        let made = ServerFixture.Counted()
        try await fixture(made).run { port in
            let head = await RawClient.send(
                request("/letters", "HEAD") + "Connection: close\r\n\r\n", to: port)
            #expect(head.statuses == [200] && head.text.hasSuffix("\r\n\r\n"))
            let old = await RawClient.send(request("/letters", version: "1.0") + "\r\n", to: port)
            #expect(old.text.contains(" 505 ") && old.closed)
            #expect(made.value == 0)
        }
    }

    @Test("nothing is made that the client does not take, and a client that takes nothing is cut off")
    func pressure() async throws {
        let made = ServerFixture.Counted()
        let fixture = fixture(made) { $0.readDeadline = .milliseconds(700) }
        try await fixture.run { port in
            let descriptor = try #require(RawClient.connect(port))
            defer { close(descriptor) }
            RawClient.write(descriptor, request("/endless") + "\r\n")
            #expect(await ServerFixture.eventually { fixture.isIdle && made.value > 0 })
            // What the two sockets hold between them, and not a piece more.
            #expect(made.value < 16, "\(made.value)")
        }
    }

    @Test("a client that goes away ends the making")
    func gone() async throws {
        let made = ServerFixture.Counted()
        let fixture = fixture(made)
        try await fixture.run { port in
            let taken = await RawClient.take(request("/endless") + "\r\n", upTo: 20 << 20, from: port)
            #expect(taken >= 20 << 20)
            #expect(await ServerFixture.eventually { fixture.isIdle })
            #expect(made.value < 40, "\(made.value)")
        }
    }

    @Test("three hundred megabytes take the memory of a piece")
    func memory() async throws {
        try await fixture().run { port in
            _ = await RawClient.take(request("/long") + "\r\n", upTo: 50 << 20, from: port)
            let before = try residentBytes()
            let taken = await RawClient.take(
                request("/long") + "Connection: close\r\n\r\n", upTo: .max, from: port)
            #expect(taken > 300 << 20)
            #expect(try residentBytes() - before < 50 << 20)
        }
    }

    @Test("a server that stops lets a stream end, and cuts off one that does not")
    func stopping() async throws {
        let gate = Gate()
        let made = ServerFixture.Counted()
        let fixture = fixture(made, gate) { $0.drainDeadline = .milliseconds(300) }
        try await fixture.server.start()
        let port = fixture.server.port ?? 0
        async let answer = RawClient.send(request("/slow") + "\r\n", to: port)
        #expect(await ServerFixture.eventually { !fixture.isIdle })
        await fixture.server.stop()
        #expect(await answer.closed)
        #expect(await !answer.text.contains(Self.end))
        gate.open()
    }

    private func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(Int(text.split(separator: " ")[1]))
        return pages * 4096
    }
}

extension RawClient {
    /// Sends a request and drops what comes, until there was so much or the server closes; gives how much came.
    fileprivate static func take(_ text: String, upTo limit: Int, from port: Int) async -> Int {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                guard let descriptor = connect(port) else { return continuation.resume(returning: 0) }
                defer { close(descriptor) }
                write(descriptor, text)
                var buffer = [UInt8](repeating: 0, count: 1 << 16)
                var taken = 0
                while taken < limit {
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    guard count > 0 else { break }
                    taken += count
                }
                continuation.resume(returning: taken)
            }
        }
    }
}
