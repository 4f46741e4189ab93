import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("People who leave", .timeLimit(.minutes(10)))
    struct PrivacyTests {
        /// The columns of all schemas in which a text stands.
        private func places(of text: String, in system: RunningSystem) async throws -> [String] {
            let columns = try await system.query(
                """
                SELECT string_agg(format(
                    'SELECT %L WHERE EXISTS (SELECT FROM %I.%I WHERE position(%L IN %s) > 0)',
                    table_schema || '.' || table_name || '.' || column_name, table_schema, table_name, '\(text)',
                    CASE data_type WHEN 'bytea' THEN format('encode(%I, ''escape'')', column_name)
                         ELSE format('%I::text', column_name) END), ' UNION ALL ')
                  FROM information_schema.columns
                 WHERE table_schema IN ('identity', 'invoice', 'payment', 'scheduler', 'notification')
                   AND data_type IN ('text', 'jsonb', 'bytea', 'ARRAY')
                   AND (table_schema, table_name) IN
                       (SELECT schemaname, tablename FROM pg_tables)
                """)
            return try await system.query(columns).split(separator: "\n").map(String.init)
        }

        @Test("after an erasure the person's name and address stand in no table of any service")
        func erased() async throws {
            let shop = try await Northwind.open()
            let name = "Zenobia \(shop.clientMail.split(separator: "@")[0].split(separator: ".")[1])"
            try await shop.registerClient(named: name)
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 0)
            let (id, _) = try await shop.sentInvoice()
            try await shop.waitUntilPaid(id)
            #expect(try await places(of: name, in: shop.system).contains("identity.accounts.name"))
            let erasure = #"{"password":"\#(Northwind.password)"}"#
            try await shop.client().post("/v1/me/erasure", erasure).require(204)
            // What is still named is part of the message when it never comes true.
            var left: [String] = []
            do {
                try await eventually(every: .milliseconds(200), "a world without them") {
                    left = try await places(of: name, in: shop.system)
                    left += try await places(of: shop.clientMail, in: shop.system)
                    return left.isEmpty
                }
            } catch {
                Issue.record("\(error): \(left)")
            }
            // What the law wants stays: the sender's invoice with its number and amounts.
            #expect(try await shop.invoice(id)["is_paid"] == "true")
        }
    }
}
