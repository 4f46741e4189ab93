import Primitives

extension Call {
    /// The text of basic credentials.
    static func base64(_ text: Substring) -> String? {
        Base64.decode(text).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
