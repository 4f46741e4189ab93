public import HTTPServer
import Primitives

/// Which page of a list is asked for when the list can have several orders: its cursor is a text of the list's own.
public struct ListPage: Sendable {
    /// Where the page before ended, as the answer to it said.
    public let cursor: String?
    /// How many rows at most.
    public let limit: Int

    private static let usualLimit = 50
    private static let maximumLimit = 200

    /// Reads `cursor` and `limit`.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - isCursor: Whether a text can be a cursor of this list.
    /// - Throws: `Problem` 422 that names each that is wrong.
    public init(
        _ request: HTTPRequest, isCursor: (String) -> Bool = { _ in true }
    ) throws(Problem) {
        cursor = request.queryValue("cursor")
        var errors: [FieldError] = []
        if let cursor, !isCursor(cursor) {
            errors.append(
                FieldError(
                    field: "cursor", code: "malformed", message: "This is not a cursor of this list."))
        }
        limit = Int(request.queryValue("limit") ?? "") ?? Self.usualLimit
        if let text = request.queryValue("limit"),
            Int(text) == nil || !(1...Self.maximumLimit).contains(limit)
        {
            errors.append(
                FieldError(
                    field: "limit", code: "out_of_range",
                    message: "This must be between 1 and \(Self.maximumLimit)."))
        }
        guard errors.isEmpty else { throw .invalid(errors) }
    }

    /// The answer with a bare array of one page.
    ///
    /// - Parameters:
    ///   - body: The array.
    ///   - next: The cursor of the next page; nil on the last one.
    ///   - request: What is answered.
    /// - Returns: The answer, with `X-Next-Cursor` and `Link` when there is a next page.
    public func answer(_ body: [UInt8], next: String?, to request: HTTPRequest) -> HTTPResponse {
        let response = HTTPResponse.json(200, body)
        guard let next else { return response }
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
