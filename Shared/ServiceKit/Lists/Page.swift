public import HTTPServer
public import Primitives

/// Which page of a list is asked for, and how the answer names the next one.
public struct Page<Entity: Identified>: Sendable {
    /// The last row of the page before.
    public let cursor: ID<Entity>?
    /// How many rows at the most.
    public let limit: Int

    private static var maximumLimit: Int { 200 }
    private static var usualLimit: Int { 50 }

    /// Reads `cursor` and `limit`.
    public init(_ request: HTTPRequest) throws(Problem) {
        var errors: [FieldError] = []
        limit = Int(request.queryValue("limit") ?? "") ?? Self.usualLimit
        if let text = request.queryValue("limit"),
            Int(text) == nil || !(1...Self.maximumLimit).contains(limit)
        {
            errors.append(
                FieldError(
                    field: "limit", code: "out_of_range",
                    message: "This must be between 1 and \(Self.maximumLimit)."))
        }
        cursor = request.queryValue("cursor").flatMap { ID<Entity>($0) }
        if request.queryValue("cursor") != nil, cursor == nil {
            errors.append(
                FieldError(field: "cursor", code: "malformed", message: "This is not a cursor of this list."))
        }
        guard errors.isEmpty else { throw .invalid(errors) }
    }

    /// The answer with a bare array of one page, given one row more than the page has when there is a next one.
    public func answer<Row>(
        _ rows: [Row], to request: HTTPRequest, id: (Row) -> ID<Entity>, body: ([Row]) -> [UInt8]
    ) -> HTTPResponse {
        let shown = Array(rows.prefix(limit))
        let response = HTTPResponse.json(200, body(shown))
        guard rows.count > limit, let last = shown.last else { return response }
        let next = id(last).description
        let others = request.query.filter { $0.name != "cursor" && $0.name != "limit" }
        let query = (others + [(name: "limit", value: String(limit)), (name: "cursor", value: next)])
            .map { "\(Self.escaped($0.name))=\(Self.escaped($0.value))" }.joined(separator: "&")
        return response.with("X-Next-Cursor", next).with("Link", "<\(request.path)?\(query)>; rel=\"next\"")
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hex.encode([byte]).uppercased()
            }
        }
    }
}
