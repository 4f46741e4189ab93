import Foundation
import Primitives

/// A sender with a fresh organization, and a client who may later register.
public struct Northwind: Sendable {
    /// Where it all happens.
    public let system: RunningSystem
    /// The address of the sender.
    public let senderMail: String
    /// The address of the customer.
    public let clientMail: String
    /// The sender's organization.
    public let organization: String
    /// Its only customer.
    public let customer: String

    /// Everybody's.
    public static let password = "correct horse battery staple"

    /// Signs a sender up and creates one customer.
    public static func open(in system: RunningSystem) async throws -> Northwind {
        let unique = RawID.random().uuidString.prefix(8)
        let (senderMail, clientMail) = ("sender.\(unique)@northwind.test", "client.\(unique)@acme.test")
        let api = APIClient(base: system.url)
        let signUp = try await api.post(
            "/v1/sign-up",
            """
            {"email":"\(senderMail)","password":"\(password)","name":"Nora North",
             "organization":{"name":"Northwind \(unique)","currency":"USD","zone":"Europe/Berlin","invoice_prefix":"NW"}}
            """
        ).require(201)
        try await system.proveAddress(senderMail)
        let sender = try await signIn(senderMail, system)
        // The organization reaches the invoice service as an event; until then it asks for patience.
        let created = try await eventually("a customer of a new organization") {
            let reply = try await sender.post(
                "/v1/customers", #"{"name":"Acme Ltd","email":"\#(clientMail)"}"#)
            return reply.status == 201 ? reply : nil
        }
        return Northwind(
            system: system, senderMail: senderMail, clientMail: clientMail,
            organization: signUp["organization_id"] ?? "", customer: created["id"] ?? "")
    }

    /// A fresh session: tokens live ten minutes, and journeys let days pass.
    public static func signIn(_ mail: String, _ system: RunningSystem) async throws -> APIClient {
        let api = APIClient(base: system.url)
        let session = try await api.post("/v1/sessions", #"{"email":"\#(mail)","password":"\#(password)"}"#)
            .require(200)
        return api.with(token: session["access_token"] ?? "")
    }

    /// The sender, signed in just now.
    public func sender() async throws -> APIClient { try await Self.signIn(senderMail, system) }

    /// The client, signed in just now.
    public func client() async throws -> APIClient { try await Self.signIn(clientMail, system) }

    /// A draft with two lines: 2 × 180.50 and 99.00.
    public func draft() async throws -> String {
        let body = """
            {"customer_id":"\(customer)","due_date":"\(try await today(plus: 14))","title":"Consulting",
             "line_items":[{"description":"Travel","amount":"180.50","quantity":2},
                           {"description":"Analysis","amount":"99.00","quantity":1}]}
            """
        let draft = try await sender().post("/v1/invoices", body).require(201)
        guard draft["total"] == "460" || draft["total"] == "460.00" || draft["total"] == "460.0" else {
            throw ChildProcess.Failure(description: "the total of 460 is \(draft)")
        }
        return draft["id"] ?? ""
    }

    /// An invoice that is finalized, sent, and has reached the client: its id and the token of its link.
    public func sentInvoice() async throws -> (id: String, token: String) {
        let id = try await draft()
        let mail = try await send(id)
        let link = mail.links.first { $0.contains("/pay/invoice/") } ?? ""
        return (id, String(link.split(separator: "/").last ?? ""))
    }

    /// Finalizes and sends a draft, and returns the mail that reaches the client.
    public func send(_ id: String) async throws -> MailSink.Mail {
        let last = try await system.mail.mails(to: clientMail).last?.id ?? 0
        let sender = try await sender()
        try await sender.post("/v1/invoices/\(id)/finalize").require(200)
        try await sender.post("/v1/invoices/\(id)/send").require(200, 202)
        return try await system.mail.mail(to: clientMail, after: last, "the invoice") { mail in
            mail.links.contains { $0.contains("/pay/invoice/") }
        }
    }

    /// The client accepts the sender's invitation and gets an account.
    public func registerClient(named name: String = "Carla Client") async throws {
        let last = try await system.mail.mails(to: clientMail).last?.id ?? 0
        let invitation =
            #"{"kind":"client","customer_id":"\#(customer)","email":"\#(clientMail)","name":"\#(name)"}"#
        try await sender().post("/v1/invitations", invitation).require(201)
        let mail = try await system.mail.mail(to: clientMail, after: last, "the invitation") { mail in
            mail.links.contains { $0.contains("/invitations/") }
        }
        let link = mail.links.first { $0.contains("/invitations/") } ?? ""
        let token = String(link.split(separator: "/").last ?? "")
        let api = APIClient(base: system.url)
        try await api.get("/v1/invitations/\(token)").require(200)
        let accept = #"{"name":"\#(name)","password":"\#(Self.password)"}"#
        try await api.post("/v1/invitations/\(token)/accept", accept).require(200)
    }

    /// The client saves a card the way a browser does and returns its id here and at the gateway.
    public func saveCard(_ number: String = "4242424242424242") async throws -> (id: String, method: String) {
        let client = try await client()
        let setup = try await client.post("/v1/payment_methods/setup").require(200, 201)
        let method = try await system.gateway.paymentMethod(number)
        let status = try await system.gateway.confirm(
            setup: setup["setup_intent"] ?? "", secret: setup["client_secret"] ?? "",
            publishableKey: setup["publishable_key"] ?? "", method: method)
        guard status == "succeeded" else { throw ChildProcess.Failure(description: "the setup is \(status)") }
        let saved = try await client.post(
            "/v1/payment_methods", #"{"setup_intent":"\#(setup["setup_intent"] ?? "")"}"#
        ).require(201)
        return (saved["id"] ?? "", method)
    }

    /// The client lets this sender charge the card so many days after the issue of an invoice.
    public func allowAutomaticPayment(card: String, afterDays days: Int) async throws {
        let body = #"{"enabled":true,"payment_method_id":"\#(card)","charge_after_days":\#(days)}"#
        let reply = try await client().put("/v1/mandates/\(organization)", body).require(200)
        guard reply["enabled"] == "true" else { throw ChildProcess.Failure(description: "\(reply)") }
        // The mandate covers what is issued from now on; the link of customer and account arrives as an event.
        try await eventually("the link between customer and account") {
            try await system.query("SELECT count(*) FROM payment.customers WHERE account_id IS NOT NULL")
                .first != "0"
        }
    }

    /// What the sender sees of an invoice.
    public func invoice(_ id: String) async throws -> APIClient.Reply {
        try await sender().get("/v1/invoices/\(id)").require(200)
    }

    /// Waits until the sender sees the invoice paid in full.
    public func waitUntilPaid(_ id: String, within limit: Duration = .seconds(60)) async throws {
        let sender = try await sender()
        var last = ""
        do {
            try await eventually(within: limit, every: .milliseconds(100), "the payment of \(id)") {
                let reply = try await sender.get("/v1/invoices/\(id)")
                last = reply.description
                return reply["is_paid"] == "true"
            }
        } catch {
            let attempts = try await system.query(
                "SELECT * FROM payment.attempts ORDER BY 1 DESC LIMIT 5")
            throw ChildProcess.Failure(description: "\(error); last answer \(last); attempts \(attempts)")
        }
    }

    /// Pays by link as the page does: a 503 is tried again under the same key.
    public func pay(
        _ token: String, card number: String = "4242424242424242", _ members: String = ""
    ) async throws -> APIClient.Reply {
        let method = try await system.gateway.paymentMethod(number)
        let body = #"{"payment_method":"\#(method)"\#(members.isEmpty ? "" : ",\(members)")}"#
        let key = RawID.random().uuidString
        return try await eventually("an answer to a payment") {
            let reply = try await APIClient(base: system.url).post(
                "/v1/invoices/pay/\(token)", body, key: key)
            return reply.status == 503 ? nil : reply
        }
    }

    /// A day from today on, as the system's clock says.
    public func today(plus days: Int) async throws -> String {
        let shift =
            Int64(
                try String(contentsOfFile: system.home + "/clock", encoding: .utf8).filter {
                    !$0.isWhitespace
                }) ?? 0
        let now = SystemClock().now() + .seconds(shift + Int64(days) * 86_400)
        return String(now.rfc3339.prefix(10))
    }
}
