import EventContracts
import Postgres
import Primitives
import Testing

@testable import InvoiceService

@Suite("Invoices that top up wallets", .timeLimit(.minutes(10))) struct TopUpInvoiceTests {
    private func request(
        _ customer: CustomerID, _ amount: Int64 = 5_000, isSent: Bool = false, in world: InvoiceWorld
    ) throws -> InvoiceRequested {
        InvoiceRequested(
            topUpID: TopUpID(.v7()), walletID: WalletID(.v7()), invoiceID: InvoiceID(.v7()),
            organizationID: world.organizationID, customerID: customer,
            currency: try #require(Currency(code: "USD")), amountMinor: amount, isSent: isSent)
    }

    @Test("a request makes one issued invoice under the id that it names, however often it comes")
    func once() async throws {
        try await InvoiceWorld.with { world in
            let request = try request(try await world.customer(), in: world)
            try await world.deliver([request, request])
            try await world.deliver([request])
            let invoice = try await world.call("GET", "/v1/invoices/\(request.invoiceID)")
            #expect(invoice.text("status") == "finalized")
            #expect(invoice.text("wallet_id") == request.walletID.description)
            #expect(invoice.number("total") == "50")
            #expect(invoice["line_items"]?.elements.first?["description"]?.string == "Wallet top-up")
            #expect(
                try await world.types(about: request.invoiceID) == [
                    "invoice.created.v1", "invoice.finalized.v1",
                ])
            #expect(try await world.violations() == [])
        }
    }

    @Test("many requests in one batch are issued one after the other, without a gap in the numbers")
    func many() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let requests = try (1...5).map { try request(customer, Int64($0) * 100, in: world) }
            try await world.deliver(requests)
            var numbers: Set<String> = []
            for request in requests {
                let invoice = try await world.call("GET", "/v1/invoices/\(request.invoiceID)")
                numbers.insert(invoice.text("number") ?? "")
            }
            #expect(numbers == Set((1...5).map { "ACME-00000\($0)" }))
        }
    }

    @Test(
        "one that the sender asks for is mailed, if there is an address",
        arguments: ["client@example.com", nil])
    func mailed(email: String?) async throws {
        try await InvoiceWorld.with { world in
            let request = try request(
                try await world.customer(email: email), isSent: true, in: world)
            try await world.deliver([request])
            let types = try await world.types(about: request.invoiceID)
            #expect(types.contains("invoice.finalized.v1"))
            #expect(types.contains("invoice.sent.v1") == (email != nil))
        }
    }

    @Test("one for a customer that is not known yet is tried again")
    func unknownCustomer() async throws {
        try await InvoiceWorld.with { world in
            let request = try request(CustomerID(.v7()), in: world)
            await #expect(throws: (any Error).self) { try await world.deliver([request]) }
            #expect(try await world.published().isEmpty)
        }
    }
}
