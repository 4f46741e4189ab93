import EventContracts
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct PaymentHandlersTests {
    @Test("a payment of everything makes the invoice paid, and the events tell it in order")
    func paidInFull() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let paymentID = PaymentID(.v7())
            try await world.pay(11_999, id, id: paymentID)
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("status") == "paid")
            #expect(invoice.text("payment_status") == "paid")
            #expect(invoice["is_paid"]?.bool == true)
            #expect(invoice.number("amount_paid") == "119.99")
            #expect(invoice.number("amount_due") == "0")
            let events = try await world.published().filter { $0.subject == id.description }
            #expect(
                events.map(\.type) == [
                    "invoice.created.v1", "invoice.finalized.v1", "invoice.payment_applied.v1",
                    "invoice.paid.v1",
                ])
            #expect(events.map(\.sequence) == [1, 2, 3, 4])
            let applied = try JSON.decode(InvoicePaymentApplied.self, from: events[2].data)
            #expect(applied.payment.paymentID == paymentID)
            #expect(applied.payment.amountMinor == 11_999)
            let paid = try JSON.decode(InvoicePaid.self, from: events[3].data).invoice
            #expect(paid.status == .paid && paid.paymentStatus == .paid)
            #expect(paid.amountDueMinor == 0 && paid.totalMinor == 11_999)
            #expect(paid.lines.map(\.totalMinor) == [10_000, 1_999])
            #expect(paid.payLink?.expiresAt.rfc3339 == "2027-03-30T22:00:00.000Z")
            #expect(events[3].causationID != nil)
        }
    }

    @Test("the same payment counts once, in one batch and in two")
    func repeated() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let event = try InvoiceWorld.received(
                PaymentSucceeded(
                    payment: try world.payment(4_000, for: [id]), succeededAt: world.clock.now()),
                at: world.clock.now())
            try await world.deliver([event, event])
            try await world.deliver([event])
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.number("amount_paid") == "40")
            #expect(invoice.text("payment_status") == "partially_paid")
            #expect(try await world.violations() == [])
        }
    }

    @Test("several payments for one invoice in one batch are applied one after the other")
    func several() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let parts = try [4_000, 7_999, 500].map { (amount: Int64) in
                PaymentSucceeded(
                    payment: try world.payment(amount, for: [id]), succeededAt: world.clock.now())
            }
            try await world.deliver(parts)
            #expect(
                try await world.types(about: id).dropFirst(2) == [
                    "invoice.payment_applied.v1", "invoice.partially_paid.v1", "invoice.payment_applied.v1",
                    "invoice.paid.v1", "invoice.payment_applied.v1",
                ])
            #expect(try await world.call("GET", "/v1/invoices/\(id)").text("payment_status") == "overpaid")
            let sequences = try await world.published().filter { $0.subject == id.description }.map(
                \.sequence)
            #expect(sequences == (1...7).map { Int64($0) })
        }
    }

    @Test("one payment for several invoices pays each of them")
    func allocations() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let ids = [try await world.issued(customer), try await world.issued(customer)]
            try await world.deliver([
                PaymentSucceeded(payment: try world.payment(11_999, for: ids), succeededAt: world.clock.now())
            ])
            for id in ids {
                #expect(try await world.call("GET", "/v1/invoices/\(id)").text("status") == "paid")
            }
        }
    }

    @Test("money on a voided invoice is kept, the invoice stays voided, and its refund shows")
    func voided() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            try await world.call("POST", "/v1/invoices/\(id)/void")
            let paymentID = PaymentID(.v7())
            try await world.pay(11_999, id, id: paymentID)
            var invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("status") == "voided")
            #expect(invoice.number("amount_paid") == "119.99")
            let refund = RefundFacts(
                refundID: RefundID(.v7()), organizationID: world.organizationID, paymentID: paymentID,
                invoiceID: id,
                currency: try #require(Currency(code: "USD")), amountMinor: 11_999, reason: "surplus")
            let event = RefundSucceeded(refund: refund, succeededAt: world.clock.now())
            try await world.deliver([event, event])
            invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("status") == "voided")
            #expect(invoice.text("payment_status") == "refunded")
            #expect(invoice.number("amount_refunded") == "119.99")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "a dispute shows until it is decided; one that is lost counts as given back, and nothing is open again",
        arguments: [
            ([DisputeState.opened], "disputed", "0"), ([.opened, .won], "paid", "0"),
            ([.opened, .lost], "refunded", "119.99"), ([.lost, .opened], "refunded", "119.99"),
            ([.won, .opened, .opened], "paid", "0"),
        ])
    func disputes(told: [DisputeState], status: String, refunded: String) async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let paymentID = PaymentID(.v7())
            try await world.pay(11_999, id, id: paymentID)
            let dispute = DisputeID(.v7())
            let events = try told.map { state in
                DisputeChanged(
                    disputeID: dispute, organizationID: world.organizationID, paymentID: paymentID,
                    invoiceID: id, currency: try #require(Currency(code: "USD")), amountMinor: 11_999,
                    withheldMinor: 11_999, reason: "fraudulent", status: state, changedAt: world.clock.now())
            }
            for event in events { try await world.deliver([event]) }
            try await world.deliver(events)
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("status") == "paid")
            #expect(invoice.text("payment_status") == status)
            #expect(invoice.number("amount_refunded") == refunded)
            #expect(invoice.number("amount_due") == "0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice with money on it cannot be voided, an open one can be given up and still be paid")
    func voidAndGiveUp() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let partly = try await world.issued(customer)
            try await world.pay(1, partly)
            let refused = try await world.call("POST", "/v1/invoices/\(partly)/void")
            #expect(refused.status == 409)
            #expect(refused.text("code") == "money_received")
            let given = try await world.issued(customer)
            #expect(try await world.call("POST", "/v1/invoices/\(given)/mark_uncollectible").status == 200)
            try await world.pay(11_999, given)
            #expect(try await world.call("GET", "/v1/invoices/\(given)").text("status") == "paid")
        }
    }

    @Test("a payment for an invoice that is not known yet is tried again and leaves no receipt")
    func unknownInvoice() async throws {
        try await InvoiceWorld.with { world in
            let known = try await world.issued(try await world.customer())
            let events = [
                PaymentSucceeded(
                    payment: try world.payment(11_999, for: [known]), succeededAt: world.clock.now()),
                PaymentSucceeded(
                    payment: try world.payment(5, for: [InvoiceID(.v7())]), succeededAt: world.clock.now()),
            ]
            do {
                try await world.deliver(events)
                Issue.record("an unknown invoice was accepted")
            } catch HandlingFailure.transient {
                // As it has to be.
            }
            let receipts = try await world.pool.transaction { tx in
                try tx.query("SELECT count(*) FROM receipts").scalar(as: Int.self)
            }
            #expect(receipts == 0)
        }
    }

    @Test("a payment in another currency is a dead letter, not a conversion")
    func otherCurrency() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let payment = try world.payment(11_999, for: [id], currency: "EUR")
            do {
                try await world.deliver([PaymentSucceeded(payment: payment, succeededAt: world.clock.now())])
                Issue.record("another currency was accepted")
            } catch HandlingFailure.permanent {
                #expect(try await world.call("GET", "/v1/invoices/\(id)").number("amount_paid") == "0")
            }
        }
    }

    @Test("a payment under way shows until it fails or arrives, and a late notice of it changes nothing")
    func processing() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let paymentID = PaymentID(.v7())
            let facts = try world.payment(11_999, for: [id], id: paymentID)
            let begin = PaymentProcessing(payment: facts, isUnknown: false)
            func debt() async throws -> String? {
                try await world.call("GET", "/v1/invoices/\(id)").text("payment_status")
            }
            try await world.deliver([begin])
            #expect(try await debt() == "processing")
            let other = try world.payment(11_999, for: [id])
            try await world.deliver([PaymentFailed(payment: other, declineClass: .notAttempted, code: "x")])
            #expect(try await debt() == "processing")
            try await world.deliver([PaymentFailed(payment: facts, declineClass: .notAttempted, code: "x")])
            #expect(try await debt() == "unpaid")
            try await world.pay(11_999, id, id: paymentID)
            try await world.deliver([begin])
            #expect(try await debt() == "paid")
        }
    }

    /// An update that changes no indexed column rewrites one page and no index (heap-only tuples).
    @Test("no index of invoices holds or depends on what a payment changes")
    func noIndexOnChanges() async throws {
        try await InvoiceWorld.with { world in
            let columns = try await world.pool.transaction { tx in
                try tx.query(
                    """
                    SELECT a.attname::text FROM pg_index x
                    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum > 0 AND (a.attnum = ANY (x.indkey)
                        OR EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                            AND d.objid = x.indexrelid AND d.refobjid = x.indrelid AND d.refobjsubid = a.attnum))
                    WHERE x.indrelid = 'invoices'::regclass
                    """
                ).column(0, as: String.self)
            }
            #expect(columns.contains("organization_id") && columns.contains("number"))
            let changed = [
                "state", "debt", "is_processing", "processing_payment_id", "amount_paid", "amount_refunded",
                "amount_credited", "paid_at", "updated_at", "sequence",
            ]
            #expect(columns.filter { changed.contains($0) } == [])
        }
    }
}
