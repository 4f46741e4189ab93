/// The rules of HTTP message framing that libmicrohttpd leaves to the application.
///
/// Where two readers of one connection disagree about where a request ends, a request can be smuggled past the first;
/// so whatever is ambiguous is refused and the connection closed.
enum FramingRules {
    static let unsupportedVersion = Problem(
        status: 505, code: "unsupported_version", title: "The HTTP version is not supported")

    static func violation(version: String, headers: HTTPHeaders, bodyLimit: Int) -> Problem? {
        guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
            return unsupportedVersion
        }
        var hosts = 0
        var encodings = 0
        var lengths = 0
        for field in headers.fields {
            guard isToken(field.name), !field.value.utf8.contains(where: { $0 == 0 || $0 == 13 || $0 == 10 })
            else {
                return .badRequest("malformed_header", "A header field is malformed.")
            }
            if HTTPHeaders.same(field.name, "host") {
                hosts += 1
            } else if HTTPHeaders.same(field.name, "transfer-encoding") {
                encodings += 1
                guard field.value.lowercased() == "chunked" else {
                    return Problem(
                        status: 501, code: "unsupported_encoding",
                        title: "The transfer encoding is not supported")
                }
            } else if HTTPHeaders.same(field.name, "content-length") {
                lengths += 1
                guard let length = length(field.value) else {
                    return .badRequest("malformed_length", "Content-Length is not a number.")
                }
                if length > bodyLimit { return tooLarge(bodyLimit) }
            }
        }
        guard hosts == 1 else {
            return .badRequest("malformed_host", "A request has exactly one Host header.")
        }
        guard encodings + lengths <= 1 else {
            return .badRequest("ambiguous_length", "The length of the body is given more than once.")
        }
        return nil
    }

    static func tooLarge(_ limit: Int) -> Problem {
        Problem(
            status: 413, code: "body_too_large", title: "The body is too large",
            detail: "At most \(limit) bytes are accepted.")
    }

    private static func length(_ text: String) -> Int? {
        guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return nil
        }
        return Int(text)
    }

    private static func isToken(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { tokenBytes[Int($0)] }
    }

    private static let tokenBytes: [Bool] = {
        var allowed = [Bool](repeating: false, count: 256)
        let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        for byte in "\(letters)0123456789!#$%&'*+-.^_`|~".utf8 { allowed[Int(byte)] = true }
        return allowed
    }()
}
