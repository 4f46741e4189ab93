public import HTTPServer
public import Primitives

/// Which page of a list is asked for, and how the answer names the next one.
public struct Page<Entity: Identified>: Sendable {
    /// The last row of the page before.
    public let cursor: ID<Entity>?
    /// How many rows at the most.
    public var limit: Int { page.limit }
    private let page: ListPage

    /// Reads `cursor` and `limit`.
    public init(_ request: HTTPRequest) throws(Problem) {
        page = try ListPage(request) { ID<Entity>($0) != nil }
        cursor = page.cursor.flatMap { ID<Entity>($0) }
    }

    /// The answer with a bare array of one page, given one row more than the page has when there is a next one.
    public func answer<Row>(
        _ rows: [Row], to request: HTTPRequest, id: (Row) -> ID<Entity>, body: ([Row]) -> [UInt8]
    ) -> HTTPResponse {
        let shown = Array(rows.prefix(limit))
        let next = rows.count > limit ? shown.last.map { id($0).description } : nil
        return page.answer(body(shown), next: next, to: request)
    }
}
