import EventContracts
import HTTPClient
import Lifecycle
import NotificationDomain
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import NotificationService

@Suite(.timeLimit(.minutes(10)))
struct MailTests {
    private func invoiceMail(_ world: NotificationWorld, to: String = "client@example.com") throws
        -> OutgoingEvent
    {
        let mailID = MailID(.v7())
        return try world.event(
            InvoiceMailRequested(
                mailID: mailID, kind: .invoice, invoiceID: InvoiceID(.v7()),
                organizationID: world.organizationID, customerID: world.customerID, number: "ACME-000001",
                title: "Consulting", to: to, recipientName: "Ada Ltd",
                currency: try #require(Currency(code: "EUR")), amountDueMinor: 1999,
                dueDate: try #require(CivilDate("2027-02-01")),
                sealedLink: try world.sealed("https://pay.example/pay/invoice/INV-1"),
                expiresAt: world.clock.now() + .seconds(3_600)), subject: mailID, sequence: nil)
    }

    @Test(
        "a requested mail is sent once, however often it is asked for, and the sender's service hears of it")
    func invoice() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            let request = try invoiceMail(world)
            try await world.deliver([request], to: "notification.invoice")
            try await world.deliver([request], to: "notification.invoice")
            let carrier = ScriptedCarrier()
            let courier = try world.courier(carrier)
            _ = try await courier.round()
            _ = try await courier.round()
            let mail = try #require(carrier.mails.first)
            #expect(carrier.mails.count == 1)
            #expect(mail.contains("Subject: Invoice ACME-000001 from Acme"))
            #expect(mail.contains("Reply-To: Acme <billing@acme.example>"))
            #expect(mail.contains("https://pay.example/pay/invoice/INV-1"))
            let mailID = try #require(MailID(EventEnvelope(parsing: request.body).subject))
            #expect(mail.contains("Message-ID: <\(mailID)@duely.example>"))
            let delivered = try #require(try await world.published().last)
            #expect(delivered.type == "mail.delivered.v1")
            #expect(delivered.subject == mailID.description)
            #expect(delivered.causationID == request.id)
            #expect(try await world.column("SELECT sealed_link FROM mails") == [nil])
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test(
        "a receipt names the parts that the payment went to",
        arguments: [(1_000, 1_000, "1 of 3"), (1_500, 1_000, "2 of 3"), (1_999, 499, "3 of 3")]
            as [(Int64, Int64, String)])
    func receiptOfParts(paid: Int64, amount: Int64, which: String) async throws {
        try await NotificationWorld.with { world in
            let invoice = InvoiceID(.v7())
            var snapshot = world.snapshot(invoice, paid: paid)
            snapshot.parts = [1_000, 500, 499].enumerated().map { index, amount in
                InvoicePartFacts(no: index + 1, dueDate: snapshot.dueDate, amountMinor: amount)
            }
            let applied = AppliedPayment(
                paymentID: PaymentID(.v7()), amountMinor: amount, method: "card", source: .autopay)
            try await world.peopleAreKnown(language: "en")
            try await world.deliver(
                [
                    try world.event(
                        InvoicePaymentApplied(invoice: snapshot, payment: applied), subject: invoice)
                ], to: "notification.invoice")
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.count == 1)
            let mail = try #require(carrier.mails.first)
            #expect("\(mail)".contains(which))
        }
    }

    @Test("a payment has one receipt, sent to the customer's address; what was entered by hand has none")
    func receipt() async throws {
        try await NotificationWorld.with { world in
            let invoice = InvoiceID(.v7())
            func applied(_ id: PaymentID, source: PaymentSource) throws -> OutgoingEvent {
                try world.event(
                    InvoicePaymentApplied(
                        invoice: world.snapshot(invoice, paid: 1999),
                        payment: AppliedPayment(
                            paymentID: id, amountMinor: 1999, method: "card", source: source)),
                    subject: invoice)
            }
            let payment = PaymentID(.v7())
            try await world.deliver(
                [
                    try applied(payment, source: .autopay), try applied(payment, source: .autopay),
                    try applied(PaymentID(.v7()), source: .manual),
                ], to: "notification.invoice")
            let carrier = ScriptedCarrier()
            let courier = try world.courier(carrier)
            // The customer's address is behind: the mail waits for it.
            _ = try await courier.round()
            #expect(carrier.mails.isEmpty)
            try await world.peopleAreKnown(language: "de")
            world.clock.advance(by: .seconds(10))
            _ = try await courier.round()
            #expect(carrier.mails.count == 1)
            #expect(carrier.mails[0].contains("Subject: Beleg zur Rechnung ACME-000001"))
            #expect(carrier.mails[0].contains("To: Ada Ltd <client@example.com>"))
        }
    }

    @Test("a payment that the bank wants confirmed is asked for by mail, once, and not after its time")
    func actionRequired() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            let invoice = InvoiceID(.v7())
            try await world.deliver(
                [try world.event(InvoiceFinalized(invoice: world.snapshot(invoice)), subject: invoice)],
                to: "notification.invoice")
            func required(before moment: Instant) throws -> OutgoingEvent {
                let payment = world.payment(invoice, source: .autopay)
                return try world.event(
                    PaymentActionRequired(
                        payment: payment, confirmBefore: moment, page: "https://duely.test/confirm/att_1"),
                    subject: payment.paymentID)
            }
            let now = world.clock.now()
            let event = try required(before: now + .seconds(3_600))
            try await world.deliver([event, event], to: "notification.payment")
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.count == 1)
            #expect(carrier.mails[0].contains("https://duely.test/confirm/att_1"))
            try await world.deliver([try required(before: now)], to: "notification.payment")
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.count == 1)
        }
    }

    @Test("a declined automatic payment is told to the client by mail, one on the spot is not")
    func paymentFailed() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            let invoice = InvoiceID(.v7())
            try await world.deliver(
                [try world.event(InvoiceFinalized(invoice: world.snapshot(invoice)), subject: invoice)],
                to: "notification.invoice")
            func failed(_ source: PaymentSource) throws -> OutgoingEvent {
                let payment = world.payment(invoice, source: source)
                return try world.event(
                    PaymentFailed(
                        payment: payment, declineClass: .soft, code: "card_declined",
                        nextAttemptOn: CivilDate("2027-02-03")), subject: payment.paymentID)
            }
            try await world.deliver([try failed(.autopay), try failed(.link)], to: "notification.payment")
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.count == 1)
            #expect(
                carrier.mails[0].contains("To: Ada Ltd <ada@example.com>")
                    || carrier.mails[0].contains("<ada@example.com>"))
            #expect(carrier.mails[0].contains("ACME-000001"))
            #expect(carrier.mails[0].contains("3 February 2027"))
        }
    }

    @Test("a refusal for now is tried again later and given up in the end, under one Message-ID")
    func refusals() async throws {
        try await NotificationWorld.with { world in
            try await world.deliver([try invoiceMail(world)], to: "notification.invoice")
            let carrier = ScriptedCarrier()
            carrier.answer(.transient(code: 451, reply: "4.7.1 <client@example.com> greylisted"))
            let courier = try world.courier(carrier)
            _ = try await courier.round()
            _ = try await courier.round()
            #expect(carrier.mails.count == 1)
            world.clock.advance(by: .seconds(10))
            _ = try await courier.round()
            world.clock.advance(by: .seconds(100))
            _ = try await courier.round()
            #expect(carrier.mails.count == 3)
            #expect(Set(carrier.mails).count == 1)
            #expect(try await world.column("SELECT state FROM mails") == ["failed"])
            let failed = try #require(try await world.published().last)
            #expect(failed.type == "mail.failed.v1")
            #expect(failed.data["reason"]?.string == "451 4.7.1 (address) greylisted")
        }
    }

    @Test("a refusal for good ends it at once, an unreachable server costs no try")
    func endings() async throws {
        try await NotificationWorld.with { world in
            try await world.deliver([try invoiceMail(world)], to: "notification.invoice")
            let carrier = ScriptedCarrier()
            let courier = try world.courier(carrier)
            carrier.answer(.connection(detail: "refused", mayHaveBeenTaken: false))
            for _ in 0..<5 {
                _ = try await courier.round()
                world.clock.advance(by: .seconds(5))
            }
            #expect(carrier.mails.count == 5)
            #expect(try await world.column("SELECT attempts::text FROM mails") == ["0"])
            carrier.answer(.permanent(code: 550, reply: "no such user"))
            _ = try await courier.round()
            #expect(try await world.column("SELECT state FROM mails") == ["failed"])
        }
    }

    @Test("a security notice reaches the address it names with what identity told, in the person's language")
    func securityNotice() async throws {
        try await NotificationWorld.with { world in
            let mailID = MailID(.v7())
            let notice = SecurityNotice(act: .passwordChanged, at: world.clock.now(), network: "192.0.2.*")
            try await world.deliver(
                [
                    try world.event(
                        IdentityMailRequested(
                            mailID: mailID, kind: .securityNotice, to: "nora@sender.test", language: "de",
                            sealedLink: try world.sealed("https://pay.example/"),
                            expiresAt: world.clock.now() + .seconds(60), notice: notice),
                        subject: mailID, sequence: nil)
                ], to: "notification.identity")
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            let mail = try #require(carrier.mails.first)
            #expect(mail.contains("To: nora@sender.test") || mail.contains("To: <nora@sender.test>"))
            #expect(mail.contains("192.0.2.*") && mail.contains("https://pay.example/"))
            #expect(try await world.column("SELECT state FROM mails") == ["sent"])
        }
    }

    @Test("a mail that is too late, without an address, or with a link for somebody else is not sent")
    func refused() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown(customerEmail: nil)
            let foreign = MailID(.v7())
            try await world.deliver(
                [
                    try world.event(
                        IdentityMailRequested(
                            mailID: foreign, kind: .verification, to: "x@example.com", sealedLink: "AAAA",
                            expiresAt: world.clock.now() + .seconds(60)), subject: foreign, sequence: nil)
                ], to: "notification.identity")
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(try await world.column("SELECT state FROM mails") == ["failed"])

            try await world.deliver([try invoiceMail(world)], to: "notification.invoice")
            world.clock.advance(by: .seconds(3_600))
            _ = try await world.courier(carrier).round()
            #expect(
                try await world.column("SELECT last_error FROM mails WHERE kind = 'invoice'")
                    == ["its time was over"])
            #expect(carrier.mails.isEmpty)
            #expect(try await world.violations().isEmpty)
        }
    }

    @Test("a mail whose courier died is sent by another one when the lease is over")
    func lease() async throws {
        try await NotificationWorld.with { world in
            try await world.deliver([try invoiceMail(world)], to: "notification.invoice")
            let queue = MailQueue(pool: world.pool, outbox: world.context.outbox)
            let now = world.clock.now()
            let dead = RawID.random()
            let held = try await queue.claim(8, lease: dead, until: now + .seconds(60), now: now)
            let carrier = ScriptedCarrier()
            let courier = try world.courier(carrier)
            _ = try await courier.round()
            #expect(carrier.mails.isEmpty)
            world.clock.advance(by: .seconds(60))
            _ = try await courier.round()
            #expect(carrier.mails.count == 1)
            // The first one was only slow: its late report changes nothing and tells nobody.
            let report = MailQueue.Report(
                id: held[0].id, ending: .failed, refusals: 0, nextAttemptAt: now, error: "late")
            try await queue.record([report], of: held, lease: dead, now: world.clock.now())
            #expect(try await world.column("SELECT state FROM mails") == ["sent"])
            #expect(try await world.published().map(\.type) == ["mail.delivered.v1"])
        }
    }

    @Test("a person who is to be forgotten leaves no address behind")
    func erased() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            try await world.deliver(
                [try invoiceMail(world, to: "ada@example.com")], to: "notification.invoice")
            try await world.deliver(
                [try world.event(AccountErased(accountID: world.accountID), subject: world.accountID)],
                to: "notification.identity")
            #expect(try await world.column("SELECT recipient FROM mails") == [nil])
            #expect(try await world.column("SELECT name FROM accounts").isEmpty)
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.isEmpty)
        }
    }

    @Test("a real mail server takes the mail as it was meant")
    func realServer() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            try await world.deliver(
                [
                    try invoiceMail(world), try invoiceMail(world, to: "nobody@example.com"),
                    try invoiceMail(world, to: "later@example.com"),
                ], to: "notification.invoice")
            let server = try await MailServer.start()
            let client = server.client()
            _ = try await world.courier(client).round()
            let mail = try await server.firstMail()
            #expect(mail["recipients"]?.elements.first?.string == "client@example.com")
            #expect(mail["message"]?["subject"]?.string == "Invoice ACME-000001 from Acme")
            #expect(
                try await world.column("SELECT state || ' ' || attempts FROM mails ORDER BY recipient")
                    == ["sent 0", "queued 1", "failed 0"])
            client.stop()
            await server.stop()
        }
    }

    @Test(
        "a reminder that waits is not sent once its invoice asks for nothing; one of another invoice is",
        arguments: [InvoiceMailKind.reminder, .overdue, .announcement])
    func settled(kind: InvoiceMailKind) async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            let (paid, open) = (InvoiceID(.v7()), InvoiceID(.v7()))
            func reminder(_ invoice: InvoiceID) throws -> OutgoingEvent {
                try world.event(
                    InvoiceMailRequested(
                        mailID: MailID(.v7()), kind: kind, invoiceID: invoice,
                        organizationID: world.organizationID, customerID: world.customerID,
                        number: "ACME-\(invoice == paid ? 1 : 2)", to: "client@example.com",
                        currency: try #require(Currency(code: "EUR")), amountDueMinor: 1999,
                        dueDate: try #require(CivilDate("2027-02-01")),
                        sealedLink: try world.sealed("https://pay.example/pay/invoice/INV-1"),
                        expiresAt: world.clock.now() + .seconds(3_600)), subject: invoice, sequence: nil)
            }
            let told = try world.event(InvoicePaid(invoice: world.snapshot(paid, paid: 1999)), subject: paid)
            try await world.deliver(
                [try reminder(paid), told, try reminder(open)], to: "notification.invoice")
            try await world.deliver([told], to: "notification.invoice")
            let carrier = ScriptedCarrier()
            _ = try await world.courier(carrier).round()
            #expect(carrier.mails.count == 1)
            #expect(carrier.mails.first?.contains("ACME-2") == true)
            let states = try await world.column("SELECT state FROM mails ORDER BY state")
            #expect(states == ["obsolete", "sent"])
            #expect(try await world.violations().isEmpty)
        }
    }
}
