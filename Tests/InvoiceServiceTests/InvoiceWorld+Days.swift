import Crypto
import EventContracts
import Lifecycle
import Messaging
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import InvoiceService

/// The daily timers of organizations, and the work that is done when they go off.
extension InvoiceWorld {
    /// The work of a replica that takes few invoices at a time.
    var passes: DailyPasses {
        DailyPasses(
            pool: pool, outbox: Outbox(),
            links: PayLinks(
                keys: payLinkKeys, sealingKey: unsealing.sealingKey, publicURL: "https://pay.example"),
            clock: clock, testClocks: TestClocks(), invoicesAtOnce: 3)
    }

    /// Asks for the timers that are missing, and gives the last that was asked for.
    func timer(_ kind: DailyTimer.Kind, of id: OrganizationID? = nil) async throws -> ScheduleRequest {
        while try await passes.askForTimers() == .more {}
        let requests = try await published().compactMap { event -> ScheduleRequest? in
            switch event.type {
            case ScheduleRequested.descriptor.type, ScheduleChanged.descriptor.type:
                try JSON.decode(ScheduleRequested.self, from: event.data).schedule
            default: nil
            }
        }
        return try #require(
            requests.last { $0.kind == kind.rawValue && $0.organizationID == id ?? organizationID })
    }

    /// The scheduler says that days have come, all in one batch.
    func daysCome(_ kind: DailyTimer.Kind, _ dates: [String], generation: Int64? = nil) async throws {
        let timer = try await timer(kind)
        try await deliver(
            dates.map { date in
                ScheduleDue(
                    scheduleID: timer.scheduleID, generation: generation ?? timer.generation,
                    kind: timer.kind,
                    date: try #require(CivilDate(date)))
            })
    }

    /// Works until nothing is left to do.
    func workOff() async throws {
        while try await passes.work() == .more {}
    }

    /// A day comes and is worked off.
    func dayPasses(_ kind: DailyTimer.Kind, _ date: String) async throws {
        try await daysCome(kind, [date])
        try await workOff()
    }

    /// An issued invoice over 10.00 that is due on a day.
    func issued(_ customer: CustomerID, due date: String, _ members: String = "") async throws -> InvoiceID {
        let draft = try await call(
            "POST", "/v1/invoices",
            #"{"customer_id":"\#(customer)","due_date":"\#(date)","title":"Care","amount":10\#(members)}"#)
        let id = try #require(InvoiceID(draft.text("id") ?? ""))
        #expect(try await call("POST", "/v1/invoices/\(id)/finalize").status == 200)
        return id
    }

    /// The invoices that are told to be overdue, in the order in which that was told.
    func toldOverdue() async throws -> [String] {
        try await published().filter { $0.type == InvoiceOverdue.descriptor.type }.map(\.subject)
    }
}
