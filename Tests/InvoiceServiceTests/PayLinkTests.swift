import Crypto
import EventContracts
import HTTPServer
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct PayLinkTests {
    private func generation(_ link: String?, in world: InvoiceWorld) throws -> UInt32 {
        let token = try #require(link?.split(separator: "/").last)
        return try world.payLinkKeys.verify(String(token)).generation
    }

    @Test("a sender reads the link of an issued invoice; a draft has none, and no store keeps the answer")
    func show() async throws {
        try await InvoiceWorld.with { world in
            let draft = try await world.draft(try await world.customer())
            #expect(
                try await world.call("GET", "/v1/invoices/\(draft)/payment_link").text("code")
                    == "invoice_is_draft")
            let id = try await world.issued(try await world.customer())
            let link = try await world.call("GET", "/v1/invoices/\(id)/payment_link")
            #expect(link.status == 200)
            #expect(link.response.headers["Cache-Control"] == "no-store")
            #expect(link.text("url") == "https://pay.example/pay/invoice/\(link.text("token") ?? "")")
            #expect(try generation(link.text("token"), in: world) == 1)
            #expect(link["is_expired"]?.bool == false)
            #expect(link["is_payable"]?.bool == true)
        }
    }

    @Test("revoking and renewing let older links die; only renewing says anew how long the next one lives")
    func replace() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let path = "/v1/invoices/\(id)/payment_link"
            let first = try await world.call("GET", path)
            #expect(try await world.call("POST", "\(path)/revoke").status == 200)
            let revoked = try await world.call("GET", path)
            #expect(try generation(revoked.text("url"), in: world) == 2)
            #expect(revoked.text("expires_at") == first.text("expires_at"))
            // Long after its due date a link lives as long as if it were due today.
            world.clock.advance(by: .seconds(400 * 86_400))
            #expect(try await world.call("GET", path)["is_expired"]?.bool == true)
            #expect(try await world.call("POST", "\(path)/renew", #"{"one_time":true}"#).status == 200)
            let renewed = try await world.call("GET", path)
            #expect(try generation(renewed.text("url"), in: world) == 3)
            #expect(renewed["is_expired"]?.bool == false)
            #expect(renewed["one_time"]?.bool == true)
            let end = (world.clock.now() + .seconds(3_600)).rfc3339
            #expect(
                try await world.call("POST", "\(path)/renew", #"{"expires_at":"\#(end)"}"#).status == 200)
            #expect(try await world.call("GET", path).text("expires_at") == end)
            #expect(
                try await world.types(about: id).suffix(3)
                    == Array(repeating: PayLinkChanged.descriptor.type, count: 3))
        }
    }

    @Test("an end that is past or far away is refused, and a voided invoice has no link to renew")
    func refused() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let path = "/v1/invoices/\(id)/payment_link"
            for end in ["2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z", "tomorrow"] {
                let answer = try await world.call("POST", "\(path)/renew", #"{"expires_at":"\#(end)"}"#)
                #expect(answer.status == 422, "\(end)")
                #expect(answer["errors"]?.elements.first?["field"]?.string == "expires_at")
            }
            #expect(try await world.call("POST", "/v1/invoices/\(id)/void").status == 200)
            #expect(try await world.call("POST", "\(path)/renew").text("code") == "invoice_voided")
            #expect(try await world.call("POST", "\(path)/revoke").text("code") == "invoice_voided")
        }
    }

    @Test("a wish for a fresh link is fulfilled once, by a mail to the address on file")
    func renewal() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let wish = PayLinkRenewalRequested(
                renewalID: LinkRenewalID(.v7()), invoiceID: id, organizationID: world.organizationID,
                generation: 1)
            try await world.deliver([wish, wish])
            try await world.deliver([wish])
            let mails = try await world.published().filter { $0.type == "mail.requested.v1" }
                .map { try JSON.decode(InvoiceMailRequested.self, from: $0.data) }
            #expect(mails.map(\.kind) == [.renewedLink])
            let mail = try #require(mails.first)
            #expect(mail.to == "client@example.com")
            let sealed = try #require(Base64URL.decode(mail.sealedLink))
            let link = String(decoding: try #require(world.unsealing.open(sealed)), as: UTF8.self)
            #expect(try generation(link, in: world) == 2)
            #expect(try await world.types(about: id).last == PayLinkChanged.descriptor.type)
        }
    }

    @Test("a wish for an invoice that is voided, somebody else's or without an address changes nothing")
    func idleWishes() async throws {
        try await InvoiceWorld.with { world in
            let voided = try await world.issued(try await world.customer())
            try await world.call("POST", "/v1/invoices/\(voided)/void")
            let mute = try await world.issued(try await world.customer(email: nil))
            let foreign = try await world.issued(try await world.customer())
            let other = OrganizationID(.v7())
            try await world.deliver(
                [(voided, world.organizationID), (mute, world.organizationID), (foreign, other)].map {
                    PayLinkRenewalRequested(
                        renewalID: LinkRenewalID(.v7()), invoiceID: $0.0, organizationID: $0.1, generation: 1)
                })
            let types = try await world.published().map(\.type)
            #expect(!types.contains(PayLinkChanged.descriptor.type))
            #expect(!types.contains("mail.requested.v1"))
        }
    }
}
