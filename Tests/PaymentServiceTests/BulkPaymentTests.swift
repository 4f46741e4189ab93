import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("Many payments by hand at once") struct BulkPaymentTests {
    @Test("each invoice has its own outcome; repeating it records nothing twice")
    func outcomes() async throws {
        try await PaymentWorld.with { world in
            let open = [try await world.issue(5_000), try await world.issue(700)]
            let voided = try await world.issue(300)
            try await world.void(voided, total: 300)
            let ids = [open[1], InvoiceID(.v7()), open[0], voided].map(\.description) + ["nothing"]
            let organization = world.organizationID
            func record(for organization: OrganizationID) async throws -> [String] {
                let work = RecordManualPayments(record: world.parts.record)
                return try await world.pool.transaction { tx in
                    try work(ids, for: organization, in: tx).map { outcome in
                        switch outcome {
                        case .unchanged: "unchanged"
                        case .recorded(let id): "recorded \(id == open[0] ? 0 : 1)"
                        case .refused(let problem): problem.code
                        }
                    }
                }
            }
            let stranger = try await record(for: OrganizationID(.v7()))
            #expect(stranger == Array(repeating: "not_found", count: 5))
            let first = try await record(for: organization)
            #expect(first == ["recorded 1", "not_found", "recorded 0", "unchanged", "not_found"])
            let second = try await record(for: organization)
            #expect(second == ["unchanged", "not_found", "unchanged", "unchanged", "not_found"])
            #expect(try await world.published().filter { $0 == "payment.succeeded.v1" }.count == 2)
            #expect(try await world.violations() == [])
        }
    }
}
