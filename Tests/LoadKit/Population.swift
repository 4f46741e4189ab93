import EventContracts
import Foundation
import Postgres
public import Primitives
import Synchronization

/// Senders with customers whose clients let them charge a card the day after issue; made through the public API where
/// there is one, and by the events that identity would publish.
public struct Population: Sendable {
    /// A customer with a client behind it.
    struct Customer: Sendable {
        let id: CustomerID
        let account: AccountID
        let organization: OrganizationID
        let senderMail: String
        let token: String
    }

    private static let password = "correct horse battery staple"
    let instance: Instance
    let customers: [Customer]

    /// Makes senders, customers, clients, cards and permissions.
    public static func make(
        _ instance: Instance, organizations: Int, clientsEach: Int, say: (String) -> Void = { _ in }
    ) async throws -> Population {
        let population = try await withoutClients(
            instance, organizations: organizations, customersEach: clientsEach, say: say)
        say("linking the clients and saving their cards")
        try await population.link()
        try await population.saveCards()
        return population
    }

    /// Makes senders and customers; nobody behind the customers has an account.
    public static func withoutClients(
        _ instance: Instance, organizations: Int, customersEach: Int, say: (String) -> Void = { _ in }
    ) async throws -> Population {
        say("signing up \(organizations) senders with \(customersEach) customers each")
        let made = Mutex<[Customer]>([])
        try await instance.each(Array(0..<organizations), atOnce: 16) { number in
            let sender = try await signUp(instance, number)
            for client in 0..<customersEach {
                let customer = try await customer(instance, sender, client)
                made.withLock { $0.append(customer) }
            }
        }
        return Population(instance: instance, customers: made.withLock { $0 })
    }

    private struct Sender: Sendable {
        let organization: OrganizationID
        let mail: String
        let token: String
    }

    private static func signUp(_ instance: Instance, _ number: Int) async throws -> Sender {
        let mail = "bench.\(number).\(RawID.random().uuidString.prefix(8))@sender.test"
        let signed = try await instance.send(
            "POST", instance.url("identity") + "/v1/sign-up",
            json: """
                {"email":"\(mail)","password":"\(password)","name":"Sender \(number)",
                 "organization":{"name":"Sender \(number)","currency":"USD","zone":"UTC","invoice_prefix":"B\(number)"}}
                """)
        guard let organization = signed["organization_id"]?.string.flatMap({ OrganizationID($0) }) else {
            throw LoadFailure("the sign-up gave no organization")
        }
        try await instance.proveAddress(mail)
        return Sender(organization: organization, mail: mail, token: try await signIn(instance, mail))
    }

    private static func signIn(_ instance: Instance, _ mail: String) async throws -> String {
        let session = try await instance.send(
            "POST", instance.url("identity") + "/v1/sessions",
            json: #"{"email":"\#(mail)","password":"\#(password)"}"#)
        guard let token = session["access_token"]?.string else {
            throw LoadFailure("the sign-in gave no token")
        }
        return token
    }

    /// The organization reaches the invoice service as an event; until then it asks for patience.
    private static func customer(_ instance: Instance, _ sender: Sender, _ number: Int) async throws
        -> Customer
    {
        let body = #"{"name":"Client \#(number)","email":"client.\#(number)@client.test"}"#
        for _ in 0..<200 {
            let reply = try await instance.send(
                "POST", instance.url("invoice") + "/v1/customers", json: body, token: sender.token,
                expecting: 200...599)
            if let id = reply["id"]?.string.flatMap({ CustomerID($0) }) {
                return Customer(
                    id: id, account: AccountID(.random()), organization: sender.organization,
                    senderMail: sender.mail, token: sender.token)
            }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
        throw LoadFailure("no customer could be made")
    }

    /// As identity would say it when the invited clients have registered.
    private func link() async throws {
        let cause = EventCause(traceparent: nil, clockTime: SystemClock().now())
        let events = try customers.map { customer in
            let invitation = InvitationID(.random())
            return try OutgoingEvent(
                InvitationAccepted(
                    invitationID: invitation, organizationID: customer.organization,
                    accountID: customer.account,
                    customerID: customer.id), subject: invitation, tenant: customer.organization, sequence: 1,
                cause: cause)
        }
        _ = try await instance.pool.transaction { tx in
            try tx.execute(
                """
                WITH e AS (
                    INSERT INTO identity.events (event_id, aggregate_id, exchange, routing_key, type, body)
                    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
                    RETURNING id, aggregate_id)
                INSERT INTO identity.pending (id, aggregate_id) SELECT id, aggregate_id FROM e
                """,
                [
                    events.map(\.id), events.map(\.aggregate), events.map(\.exchange),
                    events.map(\.routingKey),
                    events.map(\.type), events.map(\.body),
                ])
        }
        try await instance.wait(
            for: "links", until: Int64(customers.count),
            "SELECT count(*) FROM payment.customers WHERE account_id IS NOT NULL")
    }

    /// Cards at the gateway, and the payers' permission to be charged one day after issue.
    private func saveCards() async throws {
        let saved = Mutex<[(Customer, String, String)]>([])
        let instance = instance
        try await instance.each(customers, atOnce: 32) { customer in
            let method =
                try await instance.send(
                    "POST", instance.gateway + "/v1/payment_methods",
                    form:
                        "type=card&card[number]=4242424242424242&card[exp_month]=12&card[exp_year]=2031&card[cvc]=123",
                    token: "sk_test_bench")["id"]?.string ?? ""
            let owner =
                try await instance.send(
                    "POST", instance.gateway + "/v1/customers",
                    form: "metadata[account_id]=\(customer.account)",
                    token: "sk_test_bench")["id"]?.string ?? ""
            try await instance.send(
                "POST", instance.gateway + "/v1/payment_methods/\(method)/attach", form: "customer=\(owner)",
                token: "sk_test_bench")
            saved.withLock { $0.append((customer, owner, method)) }
        }
        let rows = saved.withLock { $0 }
        _ = try await instance.pool.transaction { tx in
            try tx.execute(
                """
                WITH t AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[])
                                      AS t (mandate, method, account, organization, customer, reference)),
                m AS (
                    INSERT INTO payment.payment_methods (payment_method_id, account_id, gateway_account, gateway_customer,
                        reference, brand, last4, expiry_year, expiry_month, created_at)
                    SELECT method, account, 'platform', customer, reference, 'visa', '4242', 2031, 12, now() FROM t)
                INSERT INTO payment.mandates (mandate_id, organization_id, account_id, status, payment_method_id,
                    charge_after_days, covers_from, consented_at, consented_from, updated_at)
                SELECT mandate, organization, account, 'active', method, 1, 'epoch', now(), '127.0.0.1', now() FROM t
                """,
                [
                    rows.map { _ in RawID.random() }, rows.map { _ in RawID.random() }, rows.map(\.0.account),
                    rows.map(\.0.organization), rows.map(\.1), rows.map(\.2),
                ])
        }
    }

    /// Issues one invoice after the clock was moved: the tokens of the beginning have expired.
    public func issueOneMore() async throws {
        let first = customers[0]
        let token = try await Self.signIn(instance, first.senderMail)
        let renewed = Customer(
            id: first.id, account: first.account, organization: first.organization,
            senderMail: first.senderMail,
            token: token)
        try await Population(instance: instance, customers: [renewed]).issue(1)
    }

    /// The customers of one sender, and those of all others.
    public func parted() -> (one: Population, others: Population) {
        let organization = customers[0].organization
        let isOne = { (customer: Customer) in customer.organization == organization }
        return (
            Population(instance: instance, customers: customers.filter(isOne)),
            Population(instance: instance, customers: customers.filter { !isOne($0) })
        )
    }

    /// Who the invoices of the first customer come from.
    public var organization: OrganizationID { customers[0].organization }

    /// How many customers there are.
    public var count: Int { customers.count }

    /// What each sender signs its requests with.
    public var tokens: [OrganizationID: String] {
        Dictionary(customers.map { ($0.organization, $0.token) }, uniquingKeysWith: { first, _ in first })
    }

    /// A draft of two lines for one customer after the other, as its sender sends it.
    public func draft(_ number: Int) -> (body: String, token: String) {
        let customer = customers[number % customers.count]
        let due = String((SystemClock().now() + .seconds(86_400 * 30)).rfc3339.prefix(10))
        return (
            """
            {"customer_id":"\(customer.id)","due_date":"\(due)","title":"Consulting","line_items":[
             {"description":"Travel","amount":"180.50","quantity":2},{"description":"Analysis","amount":"99.00","quantity":1}]}
            """, customer.token
        )
    }

    /// Issues invoices of two lines, through the API.
    @discardableResult
    public func issue(_ count: Int) async throws -> Duration {
        let start = ContinuousClock.now
        let instance = instance
        try await instance.each(Array(0..<count), atOnce: 32) { number in
            let (body, token) = draft(number)
            let base = instance.url("invoice") + "/v1/invoices"
            let draft = try await instance.send("POST", base, json: body, token: token)
            guard let id = draft["id"]?.string else { throw LoadFailure("no invoice was made") }
            try await instance.send("POST", "\(base)/\(id)/finalize", token: token)
        }
        return ContinuousClock.now - start
    }
}
