import HTTPClient
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct SMTPClientTests {
    private func mail(to recipients: [String], subject: String, text: String = "Hello") throws -> OutgoingMail
    {
        let sender = try #require(MailAddress(name: "Billing", address: "billing@example.test"))
        let to = try recipients.map { try #require(MailAddress(name: nil, address: $0)) }
        let message = MIMEMessage(
            from: sender, to: to, replyTo: nil, subject: subject, date: Instant(seconds: 1_774_940_400),
            messageID: "\(RawID.random().uuidString)@example.test", text: text, html: nil, attachments: [],
            extraHeaders: [])
        return OutgoingMail(sender: sender, recipients: to, message: try message.compose())
    }

    private func failure(_ client: SMTPClient, _ mail: OutgoingMail) async -> SMTPError? {
        do throws(SMTPError) {
            try await client.send(mail)
            return nil
        } catch {
            return error
        }
    }

    @Test("a mail arrives with its envelope, and lines that begin with a dot survive")
    func delivery() async throws {
        let peer = try await SMTPPeer.own()
        let client = peer.client(port: peer.ports.plain)
        let text = "first\n.\n..dots\nlast"
        try await client.send(mail(to: ["a@example.test", "b@example.test"], subject: "Dots", text: text))
        let received = try await peer.mail(subject: "Dots")
        #expect(received["sender"]?.string == "billing@example.test")
        #expect(
            received["recipients"]?.elements.compactMap(\.string) == ["a@example.test", "b@example.test"])
        let body = received["message"]?["parts"]?.elements.first?["text"]?.string
        #expect(
            body?.split(separator: "\n", omittingEmptySubsequences: false).prefix(4) == [
                "first", ".", "..dots", "last",
            ])
    }

    @Test("one connection carries many mails")
    func reuse() async throws {
        let peer = try await SMTPPeer.own()
        let client = peer.client(port: peer.ports.plain, connections: 1)
        for number in 0..<20 {
            try await client.send(mail(to: ["a@example.test"], subject: "Mail \(number)"))
        }
        let last = try await peer.mail(subject: "Mail 19")
        #expect(last["connections"]?.int64 == 1)
        #expect(peer.mails.count == 20)
    }

    @Test("a connection that the server closed while it was idle is replaced")
    func idleClose() async throws {
        let peer = try await SMTPPeer.own()
        let client = peer.client(port: peer.ports.plain, connections: 4)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                let mail = try mail(to: ["a@example.test"], subject: "Parallel \(number)")
                group.addTask { try await client.send(mail) }
            }
            try await group.waitForAll()
        }
        let last = try await peer.mail(subject: "Parallel 199")
        try await eventually("all arrive") { peer.mails.count == 200 }
        #expect((last["connections"]?.int64 ?? 0) <= 4)
    }

    @Test("STARTTLS with a password, and TLS from the first byte")
    func security() async throws {
        let peer = try await SMTPPeer.own()
        let start = peer.client(
            port: peer.ports.startTLS, security: .startTLS, password: "secret",
            certificate: peer.ports.certificate)
        try await start.send(mail(to: ["a@example.test"], subject: "Upgraded"))
        let upgraded = try await peer.mail(subject: "Upgraded")
        #expect(upgraded["isTLS"]?.bool == true && upgraded["isAuthenticated"]?.bool == true)
        let secure = peer.client(
            port: peer.ports.secure, security: .tls, certificate: peer.ports.certificate)
        try await secure.send(mail(to: ["a@example.test"], subject: "Secure"))
        _ = try await peer.mail(subject: "Secure")
    }

    @Test(
        "the server's answer about a mail has its class and code",
        arguments: [
            ("later@example.test", 451), ("full@example.test", 452), ("nobody@example.test", 550),
            ("spam@example.test", 554),
        ])
    func replies(_ address: String, _ code: Int) async throws {
        let peer = try await SMTPPeer.own()
        let client = peer.client(port: peer.ports.plain)
        switch await failure(client, try mail(to: [address], subject: "Refused")) {
        case .transient(let actual, let reply):
            #expect(actual == code && code < 500 && reply.contains(String(code)), "\(reply)")
        case .permanent(let actual, let reply):
            #expect(actual == code && code >= 500 && reply.contains(String(code)), "\(reply)")
        case let other: Issue.record("unexpected \(String(describing: other))")
        }
        // The next mail is not harmed.
        try await client.send(mail(to: ["a@example.test"], subject: "Next"))
        _ = try await peer.mail(subject: "Next")
    }

    @Test("a refused sender is about the mail")
    func refusedSender() async throws {
        let peer = try await SMTPPeer.own()
        let sender = try #require(MailAddress(name: nil, address: "blocked@example.test"))
        let mail = OutgoingMail(
            sender: sender, recipients: [sender], message: Array("Subject: x\r\n\r\nx\r\n".utf8))
        guard case .permanent(550, _) = await failure(peer.client(port: peer.ports.plain), mail) else {
            Issue.record("not permanent")
            return
        }
    }

    @Test("what says nothing about the mail is a matter of the connection: it must not burn the mail")
    func connectionFailures() async throws {
        let peer = try await SMTPPeer.own()
        let certificate = peer.ports.certificate
        let clients = [
            "nobody listens": peer.client(port: try FreePort.find()),
            "greeting refused": peer.client(port: peer.ports.refusing),
            "wrong password": peer.client(
                port: peer.ports.startTLS, security: .startTLS, password: "wrong", certificate: certificate),
            "untrusted certificate": peer.client(
                port: peer.ports.startTLS, security: .startTLS, password: "secret"),
            "no STARTTLS offered": peer.client(
                port: peer.ports.plain, security: .startTLS, certificate: certificate),
            "TLS on a plain port": peer.client(port: peer.ports.plain, security: .tls, total: .seconds(3)),
        ]
        for (name, client) in clients {
            let error = await failure(client, try mail(to: ["a@example.test"], subject: "Never"))
            guard case .connection(_, mayHaveBeenTaken: false) = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
        }
        #expect(peer.mails.isEmpty)
    }

    @Test("a time-out while the server thinks about a whole message: it may have been taken")
    func silence() async throws {
        let peer = try await SMTPPeer.own()
        let client = peer.client(port: peer.ports.plain, total: .seconds(4))
        guard
            case .connection(_, mayHaveBeenTaken: true) = await failure(
                client, try mail(to: ["silent@example.test"], subject: "Silence"))
        else {
            Issue.record("not a connection failure")
            return
        }
    }

    @Test("a cancelled task ends its mail")
    func cancellation() async throws {
        let peer = try await SMTPPeer.own()
        let client = peer.client(port: peer.ports.plain)
        let silent = try mail(to: ["silent@example.test"], subject: "Silence")
        let task = Task { await failure(client, silent) }
        task.cancel()
        guard case .cancelled = await task.value else {
            Issue.record("not cancelled")
            return
        }
        try await client.send(mail(to: ["a@example.test"], subject: "Afterwards"))
        client.stop()
        guard case .stopped(false) = await failure(client, silent) else {
            Issue.record("not stopped")
            return
        }
    }
}
