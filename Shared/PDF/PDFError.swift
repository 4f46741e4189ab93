/// Why there is no document.
public struct PDFError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, for programs.
    public enum Code: Sendable, Hashable {
        /// The drawing library gave up; the message is its own.
        case drawing
        /// More pages than a document may have.
        case tooManyPages
        /// More bytes than a document may have.
        case tooLarge
    }

    /// What went wrong.
    public let code: Code
    /// For the log.
    public let message: String

    /// An error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
