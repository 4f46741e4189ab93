import HTTPClient
import Primitives
import Testing

/// Every message is read by Python's parser, which did not write it.
@Suite(.timeLimit(.minutes(10))) struct MIMEMessageTests {
    private func address(_ name: String?, _ address: String) throws -> MailAddress {
        try #require(MailAddress(name: name, address: address))
    }

    private func message(
        from: String? = "Billing", to: String? = nil, subject: String = "Invoice", text: String = "Hello",
        html: String? = nil, attachments: [MIMEMessage.Attachment] = []
    ) throws -> MIMEMessage {
        MIMEMessage(
            from: try address(from, "billing@example.test"), to: [try address(to, "client@example.test")],
            replyTo: nil, subject: subject, date: Instant(seconds: 1_774_940_400),
            messageID: "m1@example.test",
            text: text, html: html, attachments: attachments, extraHeaders: [])
    }

    /// Composes, reads back, and checks what holds for every message.
    private func read(_ message: MIMEMessage) async throws -> JSONNode {
        let bytes = try message.compose()
        #expect(try message.compose() == bytes)
        let root = try await MailReader.read(bytes)
        #expect(root["defects"]?.elements.isEmpty == true)
        #expect(root["bareLineEnds"]?.int64 == 0)
        #expect(root["isASCII"]?.bool == true)
        #expect((root["longestLine"]?.int64 ?? 999) <= 100)
        return root
    }

    private func headers(_ root: JSONNode, _ name: String) -> [String] {
        (root["headers"]?.elements ?? []).filter { $0.elements[0].string == name }.compactMap {
            $0.elements[1].string
        }
    }

    private func pair(_ node: JSONNode?) -> [String?]? { node?.elements.first?.elements.map(\.string) }

    @Test("the headers are those that were given")
    func headers() async throws {
        var message = try message()
        message.replyTo = try address("Desk", "desk@example.test")
        message.to.append(try address(nil, "second@example.test"))
        message.extraHeaders = [
            ("List-Unsubscribe", "<https://duely.test/u/1>"), ("Auto-Submitted", "auto-generated"),
        ]
        let root = try await read(message)
        #expect(root["subject"]?.string == "Invoice")
        #expect(root["date"]?.int64 == 1_774_940_400)
        #expect(headers(root, "Date") == ["Tue, 31 Mar 2026 07:00:00 +0000"])
        #expect(headers(root, "Message-ID") == ["<m1@example.test>"])
        #expect(headers(root, "Reply-To") == ["Desk <desk@example.test>"])
        #expect(headers(root, "MIME-Version") == ["1.0"])
        #expect(headers(root, "List-Unsubscribe") == ["<https://duely.test/u/1>"])
        #expect(headers(root, "Auto-Submitted") == ["auto-generated"])
        #expect(root["to"]?.elements.count == 2)
    }

    @Test(
        "subjects in any script and length are read back as written",
        arguments: [
            "Invoice 2026-000042", "Rechnung über 19,99 €", "請求書 第42号", "فاتورة رقم ٤٢", "🧾🇪🇺👩‍👩‍👧‍👦",
            "=?utf-8?B?SGVsbG8=?=",
            "a  b", "quotes \" and \\ and <x@y>", String(repeating: "word ", count: 60) + "end",
            String(repeating: "ü", count: 300), String(repeating: "x", count: 300), "",
        ])
    func subjects(_ subject: String) async throws {
        let root = try await read(message(subject: subject))
        #expect(root["subject"]?.string == subject)
    }

    @Test(
        "display names in any script are read back as written",
        arguments: [
            "Ada Lovelace", "Müller & Söhne GmbH", "Lovelace, Ada", "A \"quoted\" \\ name", "山田 太郎", "a@b.c",
            "(x) [y] ;:",
            "=?utf-8?B?eA==?=", "x.",
        ])
    func names(_ name: String) async throws {
        let root = try await read(message(from: name, to: name))
        #expect(pair(root["from"]) == [name, "billing@example.test"])
        #expect(pair(root["to"]) == [name, "client@example.test"])
    }

    @Test("a display name of several encoded words is joined again")
    func longName() async throws {
        let name = String(repeating: "é", count: 100)
        let root = try await read(message(from: name))
        // Python's newer reader puts spaces between the words of a phrase; its older one follows RFC 2047.
        #expect(root["plainFrom"]?.string == "\(name) <billing@example.test>")
    }

    @Test(
        "texts of any kind are read back as written, but for the kind of line end",
        arguments: [
            "one\ntwo\r\nthree\rfour", "trailing space \nand tab\t\nend", ".\n..\n.x", "From here",
            "100 % = all",
            "ünïcödé 漢字 🧾", String(repeating: "x", count: 2000), String(repeating: "ü", count: 500) + " ", "",
            "\n\n",
            "=20", "--=_alternative_part--",
        ])
    func texts(_ text: String) async throws {
        let html = "<p>\(text)</p>"
        let root = try await read(message(text: text, html: html))
        let parts = try #require(root["parts"]).elements
        func normal(_ text: String) -> String {
            var lines = ""
            var previous: Unicode.Scalar?
            for scalar in text.unicodeScalars {
                if scalar == "\r" || (scalar == "\n" && previous != "\r") { lines.append("\n") }
                if scalar != "\r" && scalar != "\n" { lines.unicodeScalars.append(scalar) }
                previous = scalar
            }
            return lines
        }
        // Python's reader keeps the line end that separates a body from the boundary or the end.
        let plain = try #require(parts[0]["text"]?.string)
        #expect(normal(plain) == normal(text) + "\n" || normal(plain) == normal(text))
        #expect(parts[1]["type"]?.string == "text/html")
        #expect(normal(try #require(parts[1]["text"]?.string)).hasPrefix(normal(html)))
    }

    @Test("attachments are whole, with names in any script")
    func attachments() async throws {
        let names = [
            "invoice.pdf", "Rechnung Nr. 42 – März.pdf", "請求書.pdf", "a\"b\\c/d.pdf",
            String(repeating: "ñ", count: 120),
        ]
        let contents: [[UInt8]] = [
            (0..<30_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }, [], [0], Array(0...255),
            Array("\r\n.\r\n".utf8),
        ]
        let files = zip(names, contents).map {
            MIMEMessage.Attachment(fileName: $0, mediaType: "application/pdf", content: $1)
        }
        let root = try await read(message(html: "<b>Hi</b>", attachments: files))
        #expect(
            root["structure"]?.elements.compactMap(\.string)
                == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"]
                + Array(repeating: "application/pdf", count: 5))
        let parts = try #require(root["parts"]).elements.dropFirst(2)
        for (part, file) in zip(parts, files) {
            #expect(part["content"]?.string == Base64.encode(file.content))
            #expect(part["fileName"]?.string == file.fileName)
        }
    }

    @Test(
        "nobody can add a header or a recipient",
        arguments: ["a\r\nBcc: x@y.z", "a\nb", "a\rb", "a\u{0}b", "a\u{85}b"])
    func injection(_ text: String) throws {
        #expect(throws: MIMEError.headerInjection(field: "Subject")) { try message(subject: text).compose() }
        #expect(MailAddress(name: text, address: "a@b.c") == nil)
        #expect(MailAddress(name: nil, address: text + "@b.c") == nil)
        var extra = try message()
        extra.extraHeaders = [("X-Note", text)]
        #expect(throws: MIMEError.headerInjection(field: "X-Note")) { try extra.compose() }
        extra.extraHeaders = [(text, "x")]
        #expect(throws: MIMEError.self) { try extra.compose() }
        let file = MIMEMessage.Attachment(fileName: text, mediaType: "text/plain", content: [])
        #expect(throws: MIMEError.self) { try message(attachments: [file]).compose() }
        let type = MIMEMessage.Attachment(fileName: "a", mediaType: "text/plain" + text, content: [])
        #expect(throws: MIMEError.self) { try message(attachments: [type]).compose() }
    }

    @Test(
        "a header that the composer writes cannot be given again",
        arguments: ["Bcc", "to", "Content-Type", "DATE"])
    func reserved(_ name: String) throws {
        var message = try message()
        message.extraHeaders = [(name, "x")]
        #expect(throws: MIMEError.headerInjection(field: name)) { try message.compose() }
    }

    @Test("message ids and recipients are checked")
    func requirements() throws {
        var message = try message()
        for bad in ["", "a", "@", "a@", "@b", "a b@c", "<a@b>", "a@b@c", "ü@b", "a@b\r\nX: y"] {
            message.messageID = bad
            #expect(throws: MIMEError.badMessageID) { try message.compose() }
        }
        message.messageID = "a@b"
        message.to = []
        #expect(throws: MIMEError.noRecipient) { try message.compose() }
    }

    @Test(
        "addresses that are none are refused",
        arguments: [
            "", "a", "@", "a@", "@b", "a b@c.d", "a@b c", "a..b@c.d", ".a@b.c", "a.@b.c", "a@b..c", "a@.b",
            "a@b.", "<a@b.c>",
            "a@b.c>", "a@[127.0.0.1]", "\"a b\"@c.d", "ü@b.c", "a@ü.c", "a,b@c.d",
            String(repeating: "a", count: 65) + "@b.c",
            "a@" + String(repeating: "b", count: 260),
        ])
    func badAddresses(_ text: String) {
        #expect(MailAddress(name: nil, address: text) == nil)
    }

    @Test(
        "addresses as people have them are taken",
        arguments: ["a@b", "a.b+c@d-e.f", "o'neil@x.y", "A_1@xn--bcher-kva.example"])
    func goodAddresses(_ text: String) {
        #expect(MailAddress(name: "", address: text)?.address == text)
    }
}
