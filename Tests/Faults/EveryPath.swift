import Primitives
import TestKit

/// Three senders with a client each, whose money moves by every path there is, and what has to be true in the end.
///
/// At the first an automatic payment is allowed the day after issue; at the second a standing order pays 300.00 a day;
/// at the third a wallet pays first and a card, which declines, the rest.
struct EveryPath: Sendable {
    let system: RunningSystem
    private let automatic: Northwind
    private let ordered: Northwind
    private let walleted: Northwind
    private let invoices: [Wish: [Issued]]
    private let orderedInvoices: [Issued]
    private let walletInvoices: [Issued]

    /// What happens to an invoice under an automatic payment in the moment in which it is due.
    enum Wish: CaseIterable, Sendable {
        case nothing
        case parts
        case voiding
        case skipping
        case payingByLink
        case markingPaid
        /// Some of it was paid by hand and some credited before.
        case lessening
        /// Half of what was charged is given back afterwards.
        case refunding
    }

    private struct Issued: Sendable {
        let id: String
        let token: String
    }

    private static let each = 3

    init(_ system: RunningSystem) async throws {
        self.system = system
        (automatic, ordered, walleted) = (
            try await .open(in: system), try await .open(in: system), try await .open(in: system)
        )
        for shop in [automatic, ordered, walleted] { try await shop.registerClient() }
        try await automatic.allowAutomaticPayment(card: automatic.saveCard().id, afterDays: 1)
        var invoices: [Wish: [Issued]] = [:]
        for wish in Wish.allCases {
            for _ in 0..<Self.each {
                invoices[wish, default: []].append(try await Self.issue(wish, automatic))
            }
        }
        self.invoices = invoices
        orderedInvoices = try await Self.order(ordered)
        walletInvoices = try await Self.fillWallet(walleted)
        for issued in invoices[.lessening] ?? [] { try await Self.lessen(issued, automatic) }
    }

    private static func issue(_ wish: Wish, _ shop: Northwind) async throws -> Issued {
        guard wish == .parts else {
            let (id, token) = try await shop.sentInvoice()
            return Issued(id: id, token: token)
        }
        let days = [
            try await shop.today(plus: 1), try await shop.today(plus: 3), try await shop.today(plus: 5),
        ]
        let body = """
            {"customer_id":"\(shop.customer)","instalments":[{"due_date":"\(days[0])","percent":50},
              {"due_date":"\(days[1])","percent":30},{"due_date":"\(days[2])","percent":20}],
             "line_items":[{"description":"Analysis","amount":"460.00"}]}
            """
        let id = try await shop.sender().post("/v1/invoices", body).require(201)["id"] ?? ""
        _ = try await shop.send(id)
        return Issued(id: id, token: "")
    }

    /// 100.00 came by hand, and 60.00 are taken back.
    private static func lessen(_ issued: Issued, _ shop: Northwind) async throws {
        try await shop.insistAsSender(
            "PUT", "/v1/invoices/\(issued.id)/payment", #"{"amount_paid":"100.00"}"#
        )
        .require(200, 202)
        try await shop.insistAsSender(
            "POST", "/v1/invoices/\(issued.id)/credit_notes", #"{"reason":"Discount","amount":60}"#
        ).require(201)
    }

    /// Two open invoices of 460.00, and an order that pays 300.00 on five days.
    private static func order(_ shop: Northwind) async throws -> [Issued] {
        var issued: [Issued] = []
        for _ in 0..<2 {
            let (id, token) = try await shop.sentInvoice()
            issued.append(Issued(id: id, token: token))
        }
        let card = try await shop.saveCard()
        let body = """
            {"organization_id":"\(shop.organization)","payment_method_id":"\(card.id)","amount":"300.00","currency":"USD",
             "unit":"day","count":5,"start_date":"\(try await shop.today(plus: 1))"}
            """
        try await shop.client().post("/v1/standing_orders", body).require(201)
        return issued
    }

    /// 600.00 in a wallet, a card that declines behind it, and two invoices of 460.00.
    private static func fillWallet(_ shop: Northwind) async throws -> [Issued] {
        let card = try await shop.saveCard()
        let wallet =
            try await shop.insistAsClient(
                "POST", "/v1/wallets", #"{"organization_id":"\#(shop.organization)"}"#
            ).require(201)["id"] ?? ""
        let topUp =
            try await shop.insistAsClient(
                "POST", "/v1/wallets/\(wallet)/top_ups", #"{"amount":"600.00"}"#
            ).require(202)["invoice_id"] ?? ""
        try await eventually("the payment of the top-up") {
            let reply = try await shop.client().post(
                "/v1/invoices/\(topUp)/pay", #"{"payment_method_id":"\#(card.id)"}"#)
            return [200, 202, 409].contains(reply.status)
        }
        try await shop.waitUntilPaid(topUp)
        let declining = try await shop.saveCard("4000000000000341")
        try await shop.client().put("/v1/mandates/\(shop.organization)", terms(card: declining.id)).require(
            200)
        var issued: [Issued] = []
        for _ in 0..<2 {
            let (id, token) = try await shop.sentInvoice()
            issued.append(Issued(id: id, token: token))
        }
        return issued
    }

    private static func terms(card: String) -> String {
        #"{"enabled":true,"payment_method_id":"\#(card)","charge_after_days":1,"pay_with":"wallet_then_card"}"#
    }

    /// Waits until everything that shall happen by itself is planned.
    func waitUntilPlanned() async throws {
        let plans = Wish.allCases.count * Self.each + 2 * Self.each + walletInvoices.count
        try await eventually("the plans") {
            try await count(
                "SELECT count(*) FROM scheduler.schedules WHERE state = 'active' AND kind = 'charge'")
                == plans
        }
    }
}

// MARK: what people do while charges are due

extension EveryPath {
    /// Does all at once, each as soon as the services let it.
    func wishAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (wish, issued) in invoices {
                for one in issued { group.addTask { try await act(wish, one) } }
            }
            try await group.waitForAll()
        }
    }

    private func act(_ wish: Wish, _ issued: Issued) async throws {
        let path = "/v1/invoices/\(issued.id)"
        switch wish {
        case .nothing, .parts, .lessening, .refunding: break
        case .voiding: try await automatic.insistAsSender("POST", path + "/void").require(200, 409)
        case .markingPaid:
            try await automatic.insistAsSender("POST", path + "/mark_paid").require(200, 202, 409)
        case .skipping:
            let charge = try await charge(of: issued)
            try await automatic.insistAsClient("POST", "/v1/charges/\(charge)/skip").require(200, 409)
        case .payingByLink:
            let method = try await eventually(within: .seconds(120), "a card for a link") {
                do { return try await system.gateway.paymentMethod() } catch { return nil }
            }
            try await automatic.insist(
                as: { APIClient(base: $0.system.url) }, "POST", "/v1/invoices/pay/\(issued.token)",
                #"{"payment_method":"\#(method)"}"#
            ).require(200, 202, 409)
        }
    }

    private func charge(of issued: Issued) async throws -> String {
        let charges = try await automatic.insistAsClient("GET", "/v1/charges?limit=100").require(200).json
            .elements
        return charges.first { $0["invoice_id"]?.string == issued.id }?["id"]?.string ?? ""
    }

    /// Gives back half of what the cards paid.
    func refundHalves() async throws {
        for issued in invoices[.refunding] ?? [] {
            let path = "/v1/invoices/\(issued.id)/payments"
            let payment = try await eventually(within: .seconds(120), "a payment of \(issued.id)") {
                try await automatic.insistAsSender("GET", path).require(200).json.elements.first?["id"]?
                    .string
            }
            try await automatic.insistAsSender(
                "POST", "/v1/payments/\(payment)/refunds", #"{"amount":"230.00","to":"card"}"#
            ).require(201, 202)
        }
    }

    /// The client of the wallet brings a card that pays.
    func replaceTheDecliningCard() async throws {
        let card = try await walleted.saveCard()
        try await walleted.insistAsClient(
            "PUT", "/v1/mandates/\(walleted.organization)", Self.terms(card: card.id)
        ).require(200)
    }
}

// MARK: what has to be true in the end

extension EveryPath {
    func count(_ sql: String) async throws -> Int {
        Int(try await system.query(sql).filter { $0.isNumber || $0 == "-" }) ?? -1
    }

    private static let unsettled = """
        SELECT (SELECT count(*) FROM identity.pending) + (SELECT count(*) FROM invoice.pending)
             + (SELECT count(*) FROM payment.pending) + (SELECT count(*) FROM scheduler.pending)
             + (SELECT count(*) FROM notification.pending)
             + (SELECT count(*) FROM payment.attempts WHERE state NOT IN ('succeeded', 'declined', 'cancelled'))
             + (SELECT count(*) FROM payment.refunds WHERE state <> 'succeeded')
             + (SELECT count(*) FROM payment.standing_order_payments WHERE state <> 'collected')
             + (SELECT count(*) FROM payment.plans WHERE state NOT IN ('collected', 'cancelled', 'skipped', 'failed'))
             + (SELECT count(*) FROM payment.gateway_notices WHERE state = 'waiting')
        """

    /// Waits until nothing is on its way any more.
    func waitUntilQuiet() async throws {
        do {
            try await eventually(within: .seconds(120), every: .milliseconds(500), "quiet") {
                do { return try await count(Self.unsettled) == 0 } catch { return false }
            }
        } catch {
            let what = """
                SELECT state, count(*) FROM payment.attempts GROUP BY 1 UNION ALL
                SELECT 'plan ' || state, count(*) FROM payment.plans GROUP BY 1 UNION ALL
                SELECT 'refund ' || state, count(*) FROM payment.refunds GROUP BY 1 UNION ALL
                SELECT 'order ' || state, count(*) FROM payment.standing_order_payments GROUP BY 1 UNION ALL
                SELECT 'notice ' || state, count(*) FROM payment.gateway_notices GROUP BY 1
                """
            throw ChildProcess.Failure(description: "\(error): \(try await system.query(what))")
        }
    }

    /// What is wrong, in sentences; empty when every promise was kept.
    func brokenPromises() async throws -> [String] {
        var broken: [String] = []
        let total = try await system.gateway.total()
        let booked = try await count(
            "SELECT sum(amount) FROM payment.ledger_entries WHERE account = 'gateway'")
        if abs(booked) != total.captured - total.refunded {
            broken.append("the gateway has \(total), the books \(booked)")
        }
        for (attempt, sum) in try await system.gateway.groups(by: "attempt_id") where sum.captures != 1 {
            broken.append("\(attempt) was captured \(sum.captures) times")
        }
        for (wish, issued) in invoices {
            for one in issued { broken += try await wrong(with: one, after: wish) }
        }
        for one in orderedInvoices + walletInvoices { broken += try await wrong(with: one, after: .nothing) }
        for (name, sql) in Self.promises where try await count(sql) != 0 {
            broken.append("\(name): \(try await count(sql))")
        }
        return broken + (try await violations()) + (try await system.deadLetters())
    }

    /// How an invoice may end, and what the gateway may have kept for it.
    private func wrong(with issued: Issued, after wish: Wish) async throws -> [String] {
        let shop =
            walletInvoices.contains { $0.id == issued.id }
            ? walleted
            : orderedInvoices.contains { $0.id == issued.id } ? ordered : automatic
        let invoice = try await shop.invoice(issued.id)
        let status = invoice["status"] ?? ""
        let sum = try await system.gateway.captures(of: "invoice_id", issued.id)
        let kept = sum.captured - sum.refunded
        let isRight =
            switch (wish, status) {
            case (.nothing, "paid"): kept <= 46_000
            case (.parts, "paid"), (.payingByLink, "paid"): kept == 46_000
            case (.voiding, "voided"): kept == 0
            case (.voiding, "paid"): kept == 46_000
            case (.skipping, "finalized"): kept == 0
            case (.skipping, "paid"): kept == 46_000
            case (.markingPaid, "paid"): kept == 46_000 || kept == 0
            case (.lessening, "paid"): kept == 30_000
            case (.refunding, "paid"): kept == 23_000
            default: false
            }
        return isRight ? [] : ["\(wish): \(kept) kept of \(invoice)"]
    }

    private func violations() async throws -> [String] {
        var found: [String] = []
        for service in ["identity", "invoice", "payment", "scheduler", "notification"] {
            let port = try await system.part(service, "port").filter(\.isNumber)
            let reply = try await APIClient(base: "http://127.0.0.1:\(port)").get("/v1/invariants").require(
                200)
            found += reply.json.elements.map { "\(service): \(String(decoding: $0.rawBytes, as: UTF8.self))" }
        }
        return found
    }

    private static let promises: [(String, String)] = [
        (
            "sequences that stand for two events",
            """
            SELECT count(*) FROM (SELECT FROM notification.feed WHERE sequence IS NOT NULL
                                   GROUP BY source, subject, sequence HAVING count(*) > 1) x
            """
        ),
        (
            "invoices that say something else than the books",
            """
            SELECT count(*) FROM payment.payables b JOIN invoice.invoices i ON i.id = b.invoice_id
             WHERE i.amount_paid <> b.collected OR i.amount_refunded <> b.refunded
            """
        ),
        (
            "days of the standing order that were not paid once",
            """
            SELECT count(*) - 5 FROM payment.standing_order_payments WHERE state = 'collected'
            """
        ),
        (
            "credit that is not what the order brought beyond the invoices",
            """
            SELECT 58000 + sum(amount) FROM payment.ledger_entries WHERE account = 'payer_credit'
                AND organization_id IN (SELECT organization_id FROM payment.standing_orders)
            """
        ),
    ]
}
