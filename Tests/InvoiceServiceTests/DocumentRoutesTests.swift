import Crypto
import Documents
import EventContracts
import HTTPServer
import Postgres
import Primitives
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct DocumentRoutesTests {
    private static func pdf(
        _ world: InvoiceWorld, _ id: InvoiceID, query: String = "", token: String? = nil,
        known tag: String? = nil
    ) async -> HTTPResponse {
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(token ?? world.token(of: world.organizationID))")
        if let tag { headers.add("If-None-Match", tag) }
        return await world.pipeline.respond(
            "GET", "/v1/invoices/\(id)/pdf\(query)", headers: headers, body: [])
    }

    private static func isFile(_ response: HTTPResponse) -> Bool {
        response.status == 200 && response.body.starts(with: Array("%PDF-".utf8))
            && response.headers["content-type"] == "application/pdf"
    }

    @Test("the sender gets the invoice as a file with its number, and the same one again")
    func sender() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let first = await Self.pdf(world, id)
            #expect(Self.isFile(first))
            #expect(
                first.headers["content-disposition"]
                    == "attachment; filename=\"ACME-000001.pdf\"; filename*=UTF-8''ACME-000001.pdf")
            #expect(first.headers["cache-control"] == "private, no-cache")
            #expect(first.headers["x-content-type-options"] == "nosniff")
            let again = await Self.pdf(world, id)
            #expect(again.body == first.body)
            #expect(again.headers["etag"] == first.headers["etag"])
        }
    }

    @Test("who has the file already is told so, until something on it changes")
    func entityTag() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let tag = try #require(await Self.pdf(world, id).headers["etag"])
            for known in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let answer = await Self.pdf(world, id, known: known)
                #expect(answer.status == 304, "\(known)")
                #expect(answer.body.isEmpty)
                #expect(answer.headers["etag"] == tag)
            }
            #expect(Self.isFile(await Self.pdf(world, id, known: "\"other\"")))
            try await world.pay(1_999, id)
            let paid = await Self.pdf(world, id, known: tag)
            #expect(Self.isFile(paid))
            #expect(paid.headers["etag"] != tag)
        }
    }

    @Test("the sender's colour and tax number are on it, as identity tells them")
    func branding() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let plain = await Self.pdf(world, id)
            try await world.deliver([
                PersonChanged(
                    kind: .organization, organizationID: world.organizationID, name: "Northwind Studio",
                    email: "billing@northwind.example", address: "Torstraße 12\n10119 Berlin",
                    accentColor: "#0f6b5c", taxID: "DE 812 345 678")
            ])
            let branded = await Self.pdf(world, id)
            #expect(Self.isFile(branded))
            #expect(branded.headers["etag"] != plain.headers["etag"])
            let sender = try await world.pool.transaction { tx in
                try Sender.find(world.organizationID, in: tx)
            }
            #expect(sender?.accentColor == "#0f6b5c")
            #expect(sender?.taxID == "DE 812 345 678")
        }
    }

    @Test("the sender's logo is on it until it is taken away, and an older event does not bring it back")
    func logo() async throws {
        try await InvoiceWorld.with { world in
            let organizationID = world.organizationID
            let id = try await world.issued(try await world.customer())
            try await world.deliver([
                PersonChanged(kind: .organization, organizationID: organizationID, name: "Northwind Studio")
            ])
            let plain = await Self.pdf(world, id)
            // A file of three parts, of which the last one comes last.
            let image = Self.logo + [UInt8](repeating: 0, count: 2 * LogoChanged.partBytesMaximum)
            let given = try LogoChanged.parts(
                of: image, hash: SHA256.hash(image), organizationID: organizationID
            ).map { try InvoiceWorld.received($0, at: world.clock.now() + .seconds(1)) }
            #expect(given.count == 3)
            try await world.deliver(Array(given.prefix(2)))
            #expect(await Self.pdf(world, id).body == plain.body)
            try await world.deliver(Array(given.suffix(1)))
            let branded = await Self.pdf(world, id)
            #expect(Self.isFile(branded))
            #expect(String(decoding: branded.body, as: UTF8.self).contains("/Subtype /Image"))
            #expect(!String(decoding: plain.body, as: UTF8.self).contains("/Subtype /Image"))
            let taken = try InvoiceWorld.received(
                LogoChanged(organizationID: organizationID), at: world.clock.now() + .seconds(2))
            try await world.deliver([taken])
            try await world.deliver(given)
            #expect(await Self.pdf(world, id).body == plain.body)
        }
    }

    /// A red pixel.
    private static let logo =
        Hex.decode(
            "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
                + "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082") ?? []

    @Test("a draft is for the sender alone, an issued invoice for the client who is billed as well")
    func readers() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let account = AccountID(.v7())
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account,
                    customerID: customer)
            ])
            let client = world.token(of: nil, account: account, role: .client)
            let draft = try await world.draft(customer)
            #expect(Self.isFile(await Self.pdf(world, draft)))
            #expect(await Self.pdf(world, draft, token: client).status == 404)
            let issued = try await world.issued(customer)
            #expect(Self.isFile(await Self.pdf(world, issued, token: client)))
            let stranger = world.token(of: nil, role: .client)
            #expect(await Self.pdf(world, issued, token: stranger).status == 404)
            #expect(
                await Self.pdf(world, issued, token: world.token(of: OrganizationID(.v7()))).status == 404)
            let nobody = await world.pipeline.respond(
                "GET", "/v1/invoices/\(issued)/pdf", headers: HTTPHeaders(), body: [])
            #expect(nobody.status == 401)
        }
    }

    @Test("there is a receipt as soon as something was paid, and not before")
    func receipt() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let refused = try await world.call("GET", "/v1/invoices/\(id)/pdf?kind=receipt")
            #expect(refused.status == 409)
            #expect(refused.text("code") == "nothing_received")
            try await world.pay(1_999, id)
            let receipt = await Self.pdf(world, id, query: "?kind=receipt")
            #expect(Self.isFile(receipt))
            #expect(receipt.headers["content-disposition"]?.contains("ACME-000001-receipt.pdf") == true)
            #expect(receipt.body != (await Self.pdf(world, id, query: "?kind=invoice")).body)
            let unknown = try await world.call("GET", "/v1/invoices/\(id)/pdf?kind=letter")
            #expect(unknown.status == 422)
            #expect(unknown["errors"]?.elements.first?["field"]?.string == "kind")
        }
    }

    @Test("the way to pay is on it as long as there is something to pay and the link lives")
    func payLink() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let links = PayLinks(
                keys: world.payLinkKeys, sealingKey: world.unsealing.sealingKey,
                publicURL: "https://pay.example")
            func link(at now: Instant) async throws -> String? {
                let paper = try await world.pool.transaction { tx -> InvoicePaper? in
                    guard let invoice = try InvoiceStore.find(id, of: world.organizationID, in: tx) else {
                        return nil
                    }
                    return try InvoicePaper(of: invoice, in: tx)
                }
                return try #require(paper).document(.invoice, links: links, at: now).payLink
            }
            let now = world.clock.now()
            #expect(
                try await link(at: now)?.hasPrefix("https://pay.example/pay/invoice/INV-ACME-000001-") == true
            )
            #expect(try await link(at: now + .seconds(86_400 * 365)) == nil)
            try await world.pay(11_999, id)
            #expect(try await link(at: now) == nil)
        }
    }
}
