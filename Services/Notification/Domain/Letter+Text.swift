extension Letter {
    /// The letter as plain text.
    public var text: String {
        var blocks = [greeting] + paragraphs
        if !rows.isEmpty { blocks.append(rows.map { "\($0.label): \($0.value)" }.joined(separator: "\n")) }
        if let action { blocks.append("\(action.label):\n\(action.address)") }
        if let note { blocks.append(note) }
        blocks.append("-- \n" + signature.joined(separator: "\n"))
        return blocks.joined(separator: "\n\n") + "\n"
    }

    /// The letter as an HTML document of its own: inline styles, no image, nothing loaded from elsewhere.
    ///
    /// - Parameter accentColor: The colour of the button, `#rrggbb`; anything else is ignored.
    /// - Returns: The document.
    public func html(accentColor: String?) -> String {
        let accent = accentColor.flatMap { Self.isColor($0) ? $0 : nil } ?? "#1f5eff"
        var body = paragraph(greeting)
        body += paragraphs.map(paragraph).joined()
        if !rows.isEmpty { body += Self.table(rows) }
        if let action { body += Self.button(action, accent) }
        if let note { body += "<p style=\"color:#667085;font-size:13px\">\(note.escapedForHTML)</p>" }
        let sign = signature.map(\.escapedForHTML).joined(separator: "<br>")
        return """
            <!DOCTYPE html>
            <html lang="\(language.rawValue)"><head><meta charset="utf-8">\
            <meta name="viewport" content="width=device-width,initial-scale=1">\
            <title>\(subject.escapedForHTML)</title></head>
            <body style="margin:0;background:#f4f5f7;font-family:Helvetica,Arial,sans-serif;color:#101828">
            <div style="max-width:560px;margin:24px auto;padding:32px;background:#ffffff;border-radius:8px;\
            font-size:16px;line-height:1.5">
            \(body)
            <p style="margin-top:32px;color:#667085;font-size:13px">\(sign)</p>
            </div></body></html>

            """
    }

    private func paragraph(_ text: String) -> String {
        "<p>\(text.escapedForHTML.replacing("\n", with: "<br>\n"))</p>\n"
    }

    private static func table(_ rows: [Row]) -> String {
        let lines = rows.map { row in
            "<tr><td style=\"padding:4px 24px 4px 0;color:#667085\">\(row.label.escapedForHTML)</td>"
                + "<td style=\"padding:4px 0;font-weight:bold\">\(row.value.escapedForHTML)</td></tr>\n"
        }
        return "<table role=\"presentation\">\n\(lines.joined())</table>\n"
    }

    private static func button(_ action: Action, _ accent: String) -> String {
        "<p style=\"margin:28px 0\"><a href=\"\(action.address.escapedForHTML)\" style=\"display:inline-block;"
            + "padding:12px 24px;border-radius:6px;background:\(accent);color:#ffffff;text-decoration:none\">"
            + "\(action.label.escapedForHTML)</a></p>\n"
    }

    private static func isColor(_ text: String) -> Bool {
        text.utf8.count == 7 && text.hasPrefix("#") && text.dropFirst().allSatisfy(\.isHexDigit)
    }
}

extension String {
    /// The text where it can stand in HTML, between tags or in quotes.
    var escapedForHTML: String {
        var escaped = ""
        escaped.reserveCapacity(utf8.count)
        for character in self {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
