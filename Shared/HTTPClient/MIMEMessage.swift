public import Primitives

/// A mail as text: headers, a plain body, perhaps an HTML alternative, perhaps attachments (RFC 5322, 2045–2049).
///
/// The same value always composes to the same bytes, so that a mail can be sent again with the same Message-ID and
/// compared in tests.
public struct MIMEMessage: Sendable {
    /// A file that travels with the mail.
    public struct Attachment: Sendable {
        /// The name to save it under.
        public let fileName: String
        /// The media type, such as `application/pdf`.
        public let mediaType: String
        /// The content.
        public let content: [UInt8]

        /// Describes a file.
        ///
        /// - Parameters:
        ///   - fileName: The name to save it under.
        ///   - mediaType: The media type.
        ///   - content: The content.
        public init(fileName: String, mediaType: String, content: [UInt8]) {
            self.fileName = fileName
            self.mediaType = mediaType
            self.content = content
        }
    }

    /// Who writes.
    public var from: MailAddress
    /// Who gets it.
    public var to: [MailAddress]
    /// Where answers go; nil for `from`.
    public var replyTo: MailAddress?
    /// The subject.
    public var subject: String
    /// When it was written.
    public var date: Instant
    /// The Message-ID without angle brackets: unique for ever, `left@right`.
    public var messageID: String
    /// The plain text, with any kind of line end.
    public var text: String
    /// The same as HTML; nil for a text mail.
    public var html: String?
    /// Files.
    public var attachments: [Attachment]
    /// Further header fields, such as `List-Unsubscribe`.
    public var extraHeaders: [(name: String, value: String)]

    /// Describes a message.
    ///
    /// - Parameters:
    ///   - from: Who writes.
    ///   - to: Who gets it.
    ///   - replyTo: Where answers go.
    ///   - subject: The subject.
    ///   - date: When it was written.
    ///   - messageID: The Message-ID without angle brackets.
    ///   - text: The plain text.
    ///   - html: The same as HTML.
    ///   - attachments: Files.
    ///   - extraHeaders: Further header fields.
    public init(
        from: MailAddress, to: [MailAddress], replyTo: MailAddress?, subject: String, date: Instant,
        messageID: String, text: String, html: String?, attachments: [Attachment],
        extraHeaders: [(name: String, value: String)]
    ) {
        self.from = from
        self.to = to
        self.replyTo = replyTo
        self.subject = subject
        self.date = date
        self.messageID = messageID
        self.text = text
        self.html = html
        self.attachments = attachments
        self.extraHeaders = extraHeaders
    }

    /// Composes the message.
    ///
    /// - Returns: The bytes, every line ended with CRLF and at most 998 bytes long.
    /// - Throws: `MIMEError`; nothing that came from a user can add a header or a recipient.
    public func compose() throws(MIMEError) -> [UInt8] {
        guard !to.isEmpty else { throw .noRecipient }
        guard Self.isMessageID(messageID) else { throw .badMessageID }
        var headers = MIMEHeaders()
        headers.add("Date", token: MailDate.text(date))
        headers.add("From", addresses: [from])
        headers.add("To", addresses: to)
        if let replyTo { headers.add("Reply-To", addresses: [replyTo]) }
        try headers.add("Subject", text: subject)
        headers.add("Message-ID", token: "<\(messageID)>")
        headers.add("MIME-Version", token: "1.0")
        for (name, value) in extraHeaders {
            guard MIMEHeaders.isFieldName(name), !Self.composedFields.contains(name.lowercased()) else {
                throw .headerInjection(field: name)
            }
            try headers.add(name, text: value)
        }
        return headers.bytes + (try root().bytes)
    }

    private static let composedFields: Set<String> = [
        "date", "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "message-id", "mime-version",
        "content-type", "content-transfer-encoding", "content-disposition", "return-path", "received",
    ]

    private func root() throws(MIMEError) -> MIMEPart {
        let plain = MIMEPart.text(text, subtype: "plain")
        let body =
            html.map { MIMEPart.multipart("alternative", [plain, .text($0, subtype: "html")]) } ?? plain
        guard !attachments.isEmpty else { return body }
        var parts = [body]
        for attachment in attachments { parts.append(try .attachment(attachment)) }
        return .multipart("mixed", parts)
    }

    private static func isMessageID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return (3...250).contains(bytes.count) && bytes.filter { $0 == UInt8(ascii: "@") }.count == 1
            && bytes.first != UInt8(ascii: "@") && bytes.last != UInt8(ascii: "@")
            && bytes.allSatisfy {
                $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
            }
    }
}
