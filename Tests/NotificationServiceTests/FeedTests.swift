import Dispatch
import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import NotificationService

@Suite(.timeLimit(.minutes(10)))
struct FeedTests {
    /// The next page of the feed, its subjects and the cursor after it.
    private func page(
        _ world: NotificationWorld, after: String? = nil, query: String = "",
        organization: OrganizationID? = nil
    ) async throws -> (subjects: [String], cursor: String, hasNext: Bool) {
        let path = "/v1/events?limit=3\(query)" + (after.map { "&after=\($0)" } ?? "")
        let answer = try await world.call("GET", path, organization: organization)
        #expect(answer.status == 200)
        return (
            answer.json.elements.compactMap { $0["subject"]?.string },
            try #require(answer.response.headers["X-Next-Cursor"]), answer.response.headers["Link"] != nil
        )
    }

    /// Waits until rows are shown: any older writing transaction of the whole server, also of another test, holds
    /// them back.
    private func shown(_ count: Int, in world: NotificationWorld) async throws {
        try await eventually("\(count) events are shown") {
            try await world.call("GET", "/v1/events?limit=500").json.elements.count == count
        }
    }

    private func created(_ world: NotificationWorld, _ invoice: InvoiceID, sequence: Int64 = 1) throws
        -> OutgoingEvent
    {
        try world.event(
            InvoiceCreated(invoice: world.snapshot(invoice)), subject: invoice, sequence: sequence)
    }

    @Test("the feed shows the events byte for byte, oldest first, page by page, to their organization only")
    func pages() async throws {
        try await NotificationWorld.with { world in
            let invoices = (0..<7).map { _ in InvoiceID(.v7()) }
            let events = try invoices.map { try created(world, $0) }
            try await world.deliver(events, to: "notification.invoice")
            try await world.deliver(events, to: "notification.invoice")
            try await shown(7, in: world)
            let answer = try await world.call("GET", "/v1/events")
            let body = answer.response.body
            #expect(
                body == Array("[".utf8) + Array(events.map(\.body).joined(separator: Array(",".utf8)))
                    + Array("]".utf8))

            var seen: [String] = []
            var cursor: String?
            var hasNext = true
            while hasNext {
                let page = try await page(world, after: cursor)
                seen += page.subjects
                (cursor, hasNext) = (page.cursor, page.hasNext)
            }
            #expect(seen == invoices.map(\.description))
            // At the end the cursor stands, and shows what comes next.
            let more = InvoiceID(.v7())
            try await world.deliver([try created(world, more)], to: "notification.invoice")
            try await shown(8, in: world)
            #expect(try await page(world, after: cursor).subjects == [more.description])
            #expect(try await page(world, organization: OrganizationID(.v7())).subjects.isEmpty)
        }
    }

    @Test("an event that commits late is never passed by a cursor")
    func lateCommit() async throws {
        try await NotificationWorld.with { world in
            let (early, late) = (InvoiceID(.v7()), InvoiceID(.v7()))
            let (slow, fast) = (try created(world, late), try created(world, early))
            let (entered, mayCommit) = (AsyncStream<Void>.makeStream(), Gate())
            let handler = KeepForFeed(queue: "notification.invoice")
            let writing = Task {
                try await world.pool.transaction { tx in
                    let envelope = try EventEnvelope(parsing: slow.body)
                    try handler.handle(
                        [ReceivedEnvelope(envelope: envelope, bytes: slow.body, exchange: slow.exchange)],
                        in: tx)
                    // What was sent without waiting has been carried out when something else is answered.
                    _ = try tx.query("SELECT 1")
                    entered.continuation.yield()
                    mayCommit.wait()
                }
            }
            for await _ in entered.stream { break }
            try await world.deliver([fast], to: "notification.invoice")
            // The later event is committed; it waits for the older transaction.
            let before = try await page(world)
            #expect(before.subjects.isEmpty)
            mayCommit.open()
            try await writing.value
            try await shown(2, in: world)
            let after = try await page(world, after: before.cursor)
            #expect(Set(after.subjects) == [late.description, early.description])
            #expect(after.subjects.first == late.description)
        }
    }

    @Test("the feed can be narrowed to a type and to a subject, and refuses what it does not understand")
    func filters() async throws {
        try await NotificationWorld.with { world in
            let (first, second) = (InvoiceID(.v7()), InvoiceID(.v7()))
            try await world.deliver(
                [
                    try created(world, first), try created(world, second),
                    try world.event(
                        InvoiceUpdated(invoice: world.snapshot(first)), subject: first, sequence: 2),
                ], to: "notification.invoice")
            try await shown(3, in: world)
            #expect(try await page(world, query: "&type=invoice.updated.v1").subjects == [first.description])
            #expect(try await page(world, query: "&subject=\(second)").subjects == [second.description])
            for query in ["after=x", "limit=0", "limit=501", "limit=x", "type=%3E", "subject=%22"] {
                #expect(try await world.call("GET", "/v1/events?\(query)").status == 422)
            }
            #expect(try await world.call("GET", "/v1/events", role: .client).status == 403)
        }
    }

    @Test("people's names and mails are not in the feed")
    func privateEvents() async throws {
        try await NotificationWorld.with { world in
            try await world.peopleAreKnown()
            #expect(try await world.column("SELECT type FROM feed").isEmpty)
        }
    }

    @Test("a gap in the numbers of a subject is found")
    func gaps() async throws {
        try await NotificationWorld.with { world in
            let invoice = InvoiceID(.v7())
            try await world.deliver(
                [try created(world, invoice), try created(world, invoice, sequence: 2)],
                to: "notification.invoice")
            #expect(try await world.violations().isEmpty)
            try await world.deliver([try created(world, invoice, sequence: 4)], to: "notification.invoice")
            #expect(try await world.violations() == ["feed_without_gaps"])
        }
    }
}

/// Holds a thread until it is opened.
private final class Gate: @unchecked Sendable {
    // Safe: the semaphore is made for use by several threads.
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() { semaphore.wait() }
    func open() { semaphore.signal() }
}
