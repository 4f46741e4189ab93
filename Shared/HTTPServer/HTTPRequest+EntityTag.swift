extension HTTPRequest {
    /// Whether the client has a representation already: its tag is among those of `If-None-Match` (RFC 9110, 13.1.2).
    ///
    /// - Parameter tag: The tag of what would be sent, with its quotes.
    /// - Returns: Whether the answer is 304.
    public func hasEntityTag(_ tag: String) -> Bool {
        headers.values("If-None-Match").contains { field in
            field.split(separator: ",").contains { entry in
                var entry = entry.drop { $0 == " " || $0 == "\t" }
                while let last = entry.last, last == " " || last == "\t" { entry.removeLast() }
                // What is weak is good enough for not sending anything.
                if entry.hasPrefix("W/") { entry = entry.dropFirst(2) }
                return entry == tag || entry == "*"
            }
        }
    }
}
