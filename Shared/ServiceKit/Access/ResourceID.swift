public import HTTPServer

/// A part of a path that is the id of something; the tokens of links, which are secrets, have another form.
struct ResourceID: Sendable, Hashable {
    private static let digits = 26

    let text: String

    init?(_ text: Substring) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[1].utf8.count == Self.digits else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain else { return nil }
        self.text = String(text)
    }
}

extension HTTPRequest {
    /// What the path names last, if that is an id.
    public var namedID: String? { parameters.texts.last.flatMap { ResourceID(Substring($0))?.text } }
}
