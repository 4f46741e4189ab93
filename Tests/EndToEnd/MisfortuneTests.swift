import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Charges that go wrong", .timeLimit(.minutes(10)))
    struct MisfortuneTests {
        @Test("the gateway answers after the time-out: the invoice is paid in the end, captured once")
        func lateAnswer() async throws {
            let shop = try await Northwind.open()
            let (id, token) = try await shop.sentInvoice()
            try await shop.system.gateway.fault(
                #"{"kind":"late_answer","delay_ms":60000,"times":1,"body_contains":"\#(id)"}"#)
            let reply = try await shop.pay(token)
            #expect(reply.status == 202, "\(reply)")
            try await shop.waitUntilPaid(id)
            let captures = try await shop.system.gateway.captures(of: "invoice_id", id)
            #expect(captures == Gateway.Sum(captures: 1, captured: 46_000, refunded: 0))
        }

        @Test(
            "whatever happens to the answer of an automatic charge, it is captured once and the invoice is paid",
            arguments: [
                #""kind":"late_answer","delay_ms":60000"#, #""kind":"error_after""#,
                #""kind":"error_before""#,
                #""kind":"reset_after""#, #""kind":"reset_before""#, #""kind":"rate_limit","retry_after":1"#,
                #""kind":"stored_error_after""#,
            ])
        func automaticCharges(fault: String) async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.system.gateway.fault(#"{\#(fault),"times":2,"body_contains":"\#(card.method)"}"#)
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 0)
            let (id, _) = try await shop.sentInvoice()
            try await shop.waitUntilPaid(id, within: .seconds(60))
            try await shop.system.gateway.liftFaults()
            let captures = try await shop.system.gateway.captures(of: "invoice_id", id)
            #expect(captures == Gateway.Sum(captures: 1, captured: 46_000, refunded: 0))
        }

        @Test("the payment service is killed in the middle of a charge: captured once, paid after its return")
        func killedInCharge() async throws {
            let shop = try await Northwind.open()
            let (id, token) = try await shop.sentInvoice()
            try await shop.system.gateway.fault(
                #"{"kind":"latency","delay_ms":1200,"times":1,"body_contains":"\#(id)"}"#)
            let before = try await shop.system.gateway.requestCount()
            let method = try await shop.system.gateway.paymentMethod()
            let payment = Task {
                try await APIClient(base: shop.system.url).post(
                    "/v1/invoices/pay/\(token)", #"{"payment_method":"\#(method)"}"#)
            }
            try await eventually("the charge at the gateway") {
                try await shop.system.gateway.requestCount() >= before + 2
            }
            try await shop.system.part("payment", "kill")
            let reply = try await payment.value
            #expect(reply.status >= 500, "\(reply)")
            try await shop.system.part("payment", "start")
            try await shop.waitUntilPaid(id, within: .seconds(60))
            let captures = try await shop.system.gateway.captures(of: "invoice_id", id)
            #expect(captures == Gateway.Sum(captures: 1, captured: 46_000, refunded: 0))
        }

        @Test("every service is killed once while an automatic charge is on its way: paid once in the end")
        func killedEverywhere() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 1)
            let (id, _) = try await shop.sentInvoice()
            try await eventually("the plan") {
                try await shop.client().get("/v1/charges").require(200).json.elements.contains {
                    $0["invoice_id"]?.string == id
                }
            }
            try await shop.system.advance(by: .seconds(2 * 86_400))
            for name in ["scheduler", "payment", "invoice", "notification", "identity"] {
                try await shop.system.part(name, "kill")
                try await shop.system.part(name, "start")
            }
            try await shop.waitUntilPaid(id, within: .seconds(60))
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)
        }

        @Test("the broker and the database crash between issue and payment: nothing is lost")
        func serversCrash() async throws {
            let shop = try await Northwind.open()
            let id = try await shop.draft()
            try await shop.system.part("rabbitmq", "kill")
            try await shop.sender().post("/v1/invoices/\(id)/finalize").require(200)
            try await shop.sender().post("/v1/invoices/\(id)/send").require(200, 202)
            try await shop.system.part("rabbitmq", "start")
            try await shop.system.part("postgres", "kill")
            try await shop.system.part("postgres", "start")
            let mail = try await shop.system.mail.mail(
                to: shop.clientMail, within: .seconds(60), "the invoice")
            let link = mail.links.first { $0.contains("/pay/invoice/") } ?? ""
            let token = String(link.split(separator: "/").last ?? "")
            try await eventually("a payment") {
                [200, 202, 409].contains(try await shop.pay(token).status)
            }
            try await shop.waitUntilPaid(id, within: .seconds(60))
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)
        }
    }
}
