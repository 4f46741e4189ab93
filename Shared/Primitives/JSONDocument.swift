/// A parsed JSON text (RFC 8259): the bytes and a flat list of where each value lies, so that reading costs no tree of objects.
///
/// It is strict: valid UTF-8, no duplicate names in an object, no trailing commas, at most 64 levels deep. Numbers keep their text, so no digit is lost.
public struct JSONDocument: Sendable {
    private let storage: JSONStorage

    /// One value (or one name of an object) and where it lies.
    struct Entry: Sendable {
        var kind: JSONNode.Kind
        var hasEscapes = false
        /// First byte; for texts the one after the quote.
        var start: Int32
        /// One past the last byte; for texts the closing quote.
        var end: Int32
        /// The entry behind this value and everything in it.
        var next: Int32 = 0
        /// Elements of an array, members of an object.
        var count: Int32 = 0
    }

    /// Parses a whole text.
    ///
    /// - Throws: `JSONSyntaxError` with the position of the first byte that does not belong.
    public init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
        guard bytes.count <= Int(Int32.max) else { throw JSONSyntaxError(position: 0, reason: .tooLarge) }
        var parser = JSONParser(bytes)
        storage = JSONStorage(bytes: bytes, entries: try parser.parse())
    }

    /// The outermost value.
    public var root: JSONNode { JSONNode(document: storage, index: 0) }
}

/// What all nodes of a document share, behind one reference: a node is copied for every value that is read.
final class JSONStorage: Sendable {
    let bytes: [UInt8]
    let entries: [JSONDocument.Entry]

    init(bytes: [UInt8], entries: [JSONDocument.Entry]) {
        self.bytes = bytes
        self.entries = entries
    }
}

/// Where and why a text is not JSON.
public struct JSONSyntaxError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Reason: String, Sendable {
        /// A byte that may not stand here.
        case unexpectedByte = "unexpected byte"
        /// The text ends too early.
        case unexpectedEnd = "unexpected end"
        /// A number outside the grammar.
        case malformedNumber = "malformed number"
        /// A broken escape or a lone surrogate.
        case malformedText = "malformed string"
        /// Bytes that are not UTF-8.
        case notUTF8 = "not valid UTF-8"
        /// The same name twice in one object.
        case duplicateName = "duplicate member name"
        /// More than 64 levels.
        case tooDeep = "nested too deeply"
        /// More than 2 GiB.
        case tooLarge = "too large"
    }

    /// Offset of the byte, from zero.
    public let position: Int
    /// What is wrong there.
    public let reason: Reason

    /// An error at a position.
    public init(position: Int, reason: Reason) {
        self.position = position
        self.reason = reason
    }
}
