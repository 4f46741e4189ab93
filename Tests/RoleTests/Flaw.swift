import HTTPServer

/// What is wrong with a request besides who makes it.
enum Flaw: CaseIterable, Sendable {
    case nothing
    case brokenJSON
    case noJSON
    case noBody
    case wrongFields
    case strangeIDs
    case strangeQuery

    func body(_ rule: RouteRule) -> [UInt8] {
        switch self {
        case .nothing, .noJSON, .strangeIDs, .strangeQuery: Array(rule.body.utf8)
        case .brokenJSON: Array("{".utf8)
        case .noBody: []
        case .wrongFields: Array(#"{"amount_paid":"much","enabled":7,"name":[],"email":1}"#.utf8)
        }
    }

    var contentType: String { self == .noJSON ? "text/html" : "application/json" }

    /// Appended to the query.
    var query: [String] { self == .strangeQuery ? ["limit=none", "cursor=there", "state=odd"] : [] }

    /// The path with what is wrong about it.
    func path(_ template: String, _ path: String) -> String {
        guard self == .strangeIDs else { return path }
        return template.split(separator: "/").map { $0.hasPrefix("{") ? "nonsense" : $0 }
            .reduce("") { $0 + "/" + $1 }
    }
}
