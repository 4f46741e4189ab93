import HTTPClient
import Primitives
import TestKit
import Testing

/// What an error says about delivery decides whether money may be asked for again.
@Suite(.timeLimit(.minutes(10))) struct DeliveryTests {
    private let client = HTTPClient.forTests()

    @Test("nobody listens: not sent")
    func refused() async throws {
        let port = try FreePort.find()
        let error = await client.failure(.get("http://127.0.0.1:\(port)/"))
        #expect(error?.isNotSent == true && error?.failure.reason == .connect)
    }

    @Test("a name without an address: not sent")
    func unknownHost() async {
        let error = await client.failure(.get("http://no-such-host.invalid/"))
        #expect(error?.isNotSent == true && error?.failure.reason == .nameResolution)
    }

    @Test("an untrusted certificate, a wrong name, plain text on a TLS port: not sent")
    func tls() async throws {
        let peer = try await HTTPPeer.shared()
        let trusting = HTTPClient.forTests(certificateFile: peer.certificate)
        #expect(try await trusting.send(.get("https://localhost:\(peer.secure)/ping")).status == 200)
        let untrusted = await client.failure(.get("https://localhost:\(peer.secure)/ping"))
        #expect(untrusted?.isNotSent == true && untrusted?.failure.reason == .tls)
        let wrongName = await trusting.failure(.get("https://127.0.0.1:\(peer.secure)/ping"))
        #expect(wrongName?.isNotSent == true && wrongName?.failure.reason == .tls)
        let noTLS = await trusting.failure(
            .get("https://localhost:\(peer.plain)/ping", connect: .milliseconds(500)))
        #expect(noTLS?.isNotSent == true)
    }

    @Test("a handshake that never ends stops at the connect time-out: not sent")
    func silentHandshake() async throws {
        let peer = try await HTTPPeer.shared()
        let request = ClientRequest.get("https://localhost:\(peer.silent)/", connect: .milliseconds(300))
        let elapsed = await ContinuousClock().measure {
            let error = await client.failure(request)
            #expect(error?.isNotSent == true && error?.failure.reason == .timeout)
        }
        #expect(elapsed >= .milliseconds(250))
    }

    @Test("a time-out after the request was written: outcome unknown")
    func timeoutAfterWrite() async throws {
        let peer = try await HTTPPeer.shared()
        let error = await client.failure(.post(peer.url("hang"), "charge", total: .milliseconds(300)))
        #expect(error?.isNotSent == false && error?.failure.reason == .timeout)
    }

    @Test(
        "an answer that is missing, cut, reset or no HTTP: outcome unknown",
        arguments: [
            ("close", HTTPClientError.Reason.connectionLost), ("half", .connectionLost),
            ("reset", .connectionLost),
            ("garbage", .malformedResponse),
        ])
    func broken(_ path: String, _ reason: HTTPClientError.Reason) async throws {
        let peer = try await HTTPPeer.shared()
        let error = await client.failure(.post(peer.url(path), "charge"))
        #expect(error?.isNotSent == false && error?.failure.reason == reason, "\(String(describing: error))")
    }

    @Test("an answer over the limit: outcome unknown, and at the limit it is read")
    func tooLarge() async throws {
        let peer = try await HTTPPeer.shared()
        let error = await client.failure(.get(peer.url("big/4097"), responseBytes: 4096))
        #expect(error?.isNotSent == false && error?.failure.reason == .responseTooLarge)
        #expect(try await client.send(.get(peer.url("big/4096"), responseBytes: 4096)).body.count == 4096)
        let headers = await client.failure(.get(peer.url("headers/70")))
        #expect(headers?.failure.reason == .responseTooLarge)
    }

    @Test(
        "a server that dies with a repeated request in its hands: outcome unknown, though the last failure is a refused connection"
    )
    func diedWhenKept() async throws {
        let peer = try await HTTPPeer.own()
        let single = HTTPClient.forTests(transfers: 1)
        let url = "http://127.0.0.1:\(peer.mortal)/die-when-kept"
        #expect(try await single.send(.post(url, "first")).status == 200)
        let error = await single.failure(.post(url, "second"))
        #expect(error?.isNotSent == false, "\(String(describing: error))")
        // It was read: saying "not sent" would charge a card twice.
        #expect(try await peer.counts(single).bodies.contains("second"))
    }

    @Test("the count of sent bytes starts anew with each request on a reused handle")
    func countStartsAnew() async throws {
        let peer = try await HTTPPeer.shared()
        let single = HTTPClient.forTests(transfers: 1)
        let port = try FreePort.find()
        for _ in 0..<3 {
            #expect(try await single.send(.post(peer.url("echo"), "delivered")).status == 200)
            let error = await single.failure(.post("http://127.0.0.1:\(port)/", "refused"))
            #expect(error?.isNotSent == true)
        }
    }

    @Test("cancelled before it was sent: not sent; cancelled while the server works: outcome unknown")
    func cancellation() async throws {
        let peer = try await HTTPPeer.own()
        let before = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await client.failure(.post(peer.url("echo"), "never sent"))
        }
        let unsent = await before.value
        #expect(unsent?.isNotSent == true && unsent?.failure.reason == .cancelled)
        let during = Task { await client.failure(.post(peer.url("hang"), "under way")) }
        try await eventually("the request arrives") {
            try await peer.counts(client).bodies.contains("under way")
        }
        during.cancel()
        let error = await during.value
        #expect(error?.isNotSent == false && error?.failure.reason == .cancelled)
        #expect(try await peer.counts(client).bodies.contains("never sent") == false)
    }

    @Test("cancellations at any moment end every request exactly once and leave the client usable")
    func cancellationStorm() async throws {
        let peer = try await HTTPPeer.own()
        let storm = HTTPClient.forTests(transfers: 32, waiting: 1000)
        let tasks = (0..<400).map { number in
            Task { await storm.failure(.get(peer.url(number % 2 == 0 ? "ping" : "slow/50"))) }
        }
        for (index, task) in tasks.enumerated() where index % 3 != 0 {
            if index % 5 == 0 { await Task.yield() }
            task.cancel()
        }
        for task in tasks {
            let error = await task.value
            #expect(error == nil || error?.failure.reason == .cancelled)
        }
        #expect(try await storm.send(.get(peer.url("ping"))).status == 200)
    }

    @Test(
        "what would break the request is refused unsent",
        arguments: [
            ("GET", "http://127.0.0.1:1/a b", "X", "y"), ("GET", "http://127.0.0.1:1/\r\nX: y", "X", "y"),
            ("GET", "http://127.0.0.1:1/", "X", "a\r\nEvil: 1"),
            ("GET", "http://127.0.0.1:1/", "X: y\r\nEvil", "1"),
            ("GET", "http://127.0.0.1:1/", "X", "a\u{0}b"),
            ("GET /x HTTP/1.1\r\n", "http://127.0.0.1:1/", "X", "y"),
            ("", "http://127.0.0.1:1/", "X", "y"), ("GET", "", "X", "y"), ("GET", "not an address", "X", "y"),
            ("GET", "ftp://127.0.0.1/", "X", "y"), ("GET", "file:///etc/passwd", "X", "y"),
            ("GET", "http://127.0.0.1:99999/", "X", "y"), ("GET", "http://127.0.0.1:1/", "", "y"),
        ])
    func invalidRequests(_ method: String, _ url: String, _ name: String, _ value: String) async {
        let request = ClientRequest(
            method: method, url: url, headers: [(name, value)], body: [],
            limits: .init(connect: .seconds(1), total: .seconds(1), responseBytes: 10))
        let error = await client.failure(request)
        #expect(error?.isNotSent == true && error?.failure.reason == .invalidRequest)
    }

    @Test("plain text is refused by a client that wants TLS")
    func tlsOnly() async throws {
        let peer = try await HTTPPeer.shared()
        let strict = HTTPClient.forTests(certificateFile: peer.certificate, allowsPlainText: false)
        let error = await strict.failure(.get(peer.url("ping")))
        #expect(error?.isNotSent == true && error?.failure.reason == .invalidRequest)
        #expect(try await strict.send(.get("https://localhost:\(peer.secure)/ping")).status == 200)
    }

    @Test(
        "a client for users' addresses does not reach the operator's network",
        arguments: ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433", "[::ffff:127.0.0.1]"])
    func privateAddresses(_ host: String) async throws {
        let peer = try await HTTPPeer.shared()
        let outside = HTTPClient.forTests(destinations: .publicInternet)
        let error = await outside.failure(.get("http://\(host):\(peer.plain)/ping"))
        #expect(
            error?.isNotSent == true && error?.failure.reason == .forbiddenAddress,
            "\(String(describing: error))")
    }
}
