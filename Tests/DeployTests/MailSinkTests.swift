import HTTPClient
import Primitives
import TestKit
import Testing

@Suite("The mail sink", .timeLimit(.minutes(10)))
struct MailSinkTests {
    @Test("a mail arrives with its texts and links; refused and deferred recipients get their codes")
    func mails() async throws {
        let sink = try await MailSink.start()
        let client = SMTPClient(
            configuration: SMTPConfiguration(
                host: "127.0.0.1", port: sink.smtpPort, security: .none, credentials: nil,
                certificateFile: nil,
                clientName: "duely.test", maximumConnections: 1, maximumWaiting: 10,
                connectTimeout: .seconds(2),
                totalTimeout: .seconds(5)))
        func send(to address: String) async throws {
            let sender = try #require(MailAddress(name: "Duely", address: "invoices@duely.test"))
            let recipient = try #require(MailAddress(name: nil, address: address))
            let message = try MIMEMessage(
                from: sender, to: [recipient], replyTo: nil, subject: "Rechnung für Łódź",
                date: Instant(seconds: 1_800_000_000),
                messageID: "1@duely.test", text: "Pay: https://x.test/pay/invoice/abc",
                html: "<a href=\"https://x.test/pay/invoice/abc?a=1&amp;b=2\">Pay</a>", attachments: [],
                extraHeaders: []
            ).compose()
            try await client.send(OutgoingMail(sender: sender, recipients: [recipient], message: message))
        }
        try await send(to: "client@acme.test")
        let mail = try await sink.mail(to: "client@acme.test")
        #expect(mail.subject == "Rechnung für Łódź")
        #expect(
            mail.links == ["https://x.test/pay/invoice/abc", "https://x.test/pay/invoice/abc?a=1&b=2"])
        await #expect(throws: SMTPError.self) { try await send(to: "reject.me@acme.test") }
        for _ in 0..<2 { await #expect(throws: SMTPError.self) { try await send(to: "defer.me@acme.test") } }
        try await send(to: "defer.me@acme.test")
        #expect(try await sink.mails().count == 2)
        client.stop()
        await sink.stop()
    }
}
