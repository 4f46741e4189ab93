public import Primitives

/// What is wrong, as RFC 9457 problem details: a stable code for programs, sentences for people.
public struct Problem: Error, Sendable, Hashable {
    /// The HTTP status.
    public let status: Int
    /// A stable word that programs compare, such as `invoice_not_draft`.
    public let code: String
    /// A short sentence that is the same for every problem of this code.
    public let title: String
    /// What is wrong in this very case.
    public let detail: String?
    /// What is wrong with which field.
    public let errors: [FieldError]
    /// The id of what is there already, where that is the problem.
    public let existingID: String?
    /// Header fields that belong to the answer, such as Retry-After.
    public let headers: HTTPHeaders

    /// A problem.
    public init(
        status: Int, code: String, title: String, detail: String? = nil, errors: [FieldError] = [],
        existingID: String? = nil, headers: HTTPHeaders = HTTPHeaders()
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.errors = errors
        self.existingID = existingID
        self.headers = headers
    }

    /// The body of the answer.
    public func json(requestID: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("type", "urn:duely:problem:\(code)")
        writer.member("title", title)
        writer.member("status", status)
        writer.member("code", code)
        writer.member("detail", detail)
        writer.member("id", existingID)
        writer.member("request_id", requestID)
        if !errors.isEmpty {
            writer.key("errors")
            writer.beginArray()
            for error in errors {
                writer.beginObject()
                writer.member("field", error.field)
                writer.member("code", error.code)
                writer.member("message", error.message)
                writer.endObject()
            }
            writer.endArray()
        }
        writer.endObject()
        return writer.bytes
    }
}

extension Problem {
    /// There is nothing at this address, or nothing that the caller may see.
    public static let notFound = Problem(status: 404, code: "not_found", title: "Not found")

    /// The caller has not shown who they are.
    public static let unauthenticated = Problem(
        status: 401, code: "unauthenticated", title: "Authentication is needed",
        headers: ["WWW-Authenticate": "Bearer"])

    /// The caller may not do this.
    public static func forbidden(_ detail: String? = nil) -> Problem {
        Problem(status: 403, code: "forbidden", title: "Not allowed", detail: detail)
    }

    /// The state of things does not allow this.
    public static func conflict(_ code: String, _ title: String, _ detail: String? = nil) -> Problem {
        Problem(status: 409, code: code, title: title, detail: detail)
    }

    /// Fields are missing or wrong.
    public static func invalid(_ errors: [FieldError]) -> Problem {
        Problem(
            status: 422, code: "invalid_fields", title: "Some fields are missing or wrong",
            detail: errors.first.map { "\($0.field.isEmpty ? "body" : $0.field): \($0.message)" },
            errors: errors)
    }

    /// Something that this request needs does not answer; the same request may succeed later.
    public static func unavailable(_ detail: String? = nil, retryAfterSeconds: Int = 1) -> Problem {
        Problem(
            status: 503, code: "unavailable", title: "Temporarily unavailable", detail: detail,
            headers: ["Retry-After": String(retryAfterSeconds)])
    }

    init(malformed error: JSONSyntaxError) {
        self.init(
            status: 400, code: "malformed_json", title: "The body is not valid JSON",
            detail: "At byte \(error.position): \(error.reason.rawValue).")
    }

    /// The request cannot be understood at all.
    static func badRequest(_ code: String, _ detail: String) -> Problem {
        Problem(status: 400, code: code, title: "Bad request", detail: detail)
    }

    static func methodNotAllowed(_ allowed: [HTTPMethod]) -> Problem {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return Problem(
            status: 405, code: "method_not_allowed", title: "This path does not have that method",
            detail: "It has \(names).", headers: ["Allow": names])
    }

    static let unexpected = Problem(
        status: 500, code: "internal_error", title: "Something went wrong on our side")
}
