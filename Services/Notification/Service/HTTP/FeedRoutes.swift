import HTTPServer
import NotificationDomain
import Postgres
import Primitives
import ServiceKit

/// The feed of an organization's events, oldest first: whoever remembers a cursor misses nothing.
struct FeedRoutes: Sendable {
    let context: ServiceContext

    private static let usualLimit = 100
    private static let maximumLimit = 500

    func add(to router: inout Router) { router.get("/v1/events", handler: list) }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.require(.eventsRead)
        let organizationID = try principal.tenant(of: request)
        let (after, limit) = try Self.page(request)
        let filter = FeedFilter(
            organizationID: organizationID, after: after, limit: limit, type: request.queryValue("type"),
            subject: request.queryValue("subject"))
        let rows = try await context.pool.transaction(.snapshot) { tx in try filter.rows(in: tx) }
        let next = (rows.last?.cursor ?? after).description
        // The cursor is there also at the end: the next question starts from it.
        let response = HTTPResponse.json(200, Self.array(rows)).with("X-Next-Cursor", next)
        guard rows.count == limit else { return response }
        var link = "/v1/events?after=\(next)&limit=\(limit)"
        for name in ["type", "subject", "website_id"] {
            if let value = request.queryValue(name) { link += "&\(name)=\(value)" }
        }
        return response.with("Link", "<\(link)>; rel=\"next\"")
    }

    private static func page(_ request: HTTPRequest) throws(Problem) -> (after: FeedCursor, limit: Int) {
        var errors: [FieldError] = []
        let after = request.queryValue("after").map { FeedCursor($0) } ?? .start
        if after == nil {
            errors.append(
                FieldError(field: "after", code: "malformed", message: "This is not a cursor of the feed."))
        }
        let limit = request.queryValue("limit").map { Int($0) } ?? usualLimit
        if limit.map({ !(1...maximumLimit).contains($0) }) ?? true {
            errors.append(
                FieldError(
                    field: "limit", code: "out_of_range",
                    message: "This must be between 1 and \(maximumLimit)."))
        }
        for name in ["type", "subject"] {
            // Both are written into the link to the next page as they are.
            guard let value = request.queryValue(name), !value.utf8.allSatisfy(isPlain) else { continue }
            errors.append(
                FieldError(field: name, code: "malformed", message: "This is not a \(name) of an event."))
        }
        guard let after, let limit, errors.isEmpty else { throw .invalid(errors) }
        return (after, limit)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// The events as they were published, nothing parsed or written anew.
    private static func array(_ rows: [FeedFilter.FeedRow]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        bytes.reserveCapacity(rows.reduce(2) { $0 + $1.body.count + 1 })
        for (index, row) in rows.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += row.body
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}
