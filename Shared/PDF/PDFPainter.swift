import CPangoCairo

/// Draws items, mirrored where the document is read from the right.
struct PDFPainter {
    let canvas: OpaquePointer
    let pageWidth: Double
    let direction: PDFDirection
    /// Decoded once, drawn on every page; nil for files that are damaged.
    private var surfaces: [PDFImage: OpaquePointer?] = [:]

    init(canvas: OpaquePointer, pageWidth: Double, direction: PDFDirection) {
        self.canvas = canvas
        self.pageWidth = pageWidth
        self.direction = direction
    }

    mutating func draw(_ items: [PDFItem]) {
        for item in items { draw(item) }
    }

    func releaseImages() {
        for surface in surfaces.values { if let surface { cairo_surface_destroy(surface) } }
    }

    private mutating func draw(_ item: PDFItem) {
        switch item {
        case .text(let text, let lines, let point): draw(text, lines ?? 0..<text.lineCount, at: point)
        case .fill(let box, let color, let radius): fill(placed(box), color, radius)
        case .image(let image, let box): draw(image, placed(box))
        case .code(let code, let box, let color): draw(code, placed(box), color)
        case .across(let text, let center, let angle): draw(text, across: center, angle)
        case .element(let tag, let items):
            tagged(tag.rawValue, nil) { $0.draw(items) }
        case .link(let address, let items):
            guard let attributes = Self.linkAttributes(address) else { return draw(items) }
            tagged("Link", attributes) { $0.draw(items) }
        }
    }

    private mutating func tagged(_ name: String, _ attributes: String?, _ body: (inout PDFPainter) -> Void) {
        cairo_tag_begin(canvas, name, attributes)
        body(&self)
        cairo_tag_end(canvas, name)
    }

    /// The address as the library wants it; nil for what is no web address.
    static func linkAttributes(_ address: String) -> String? {
        guard address.hasPrefix("https://") || address.hasPrefix("http://") else { return nil }
        var safe = "uri='"
        for byte in address.utf8 {
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\\"), 0...0x20, 0x7F...0xFF:
                safe +=
                    "%" + String(byte >> 4, radix: 16, uppercase: true)
                    + String(byte & 15, radix: 16, uppercase: true)
            default: safe.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return safe + "'"
    }

    private func placed(_ box: PDFBox) -> PDFBox {
        direction == .leftToRight ? box : box.mirrored(in: pageWidth)
    }

    private func ink(_ color: PDFColor) {
        cairo_set_source_rgb(canvas, color.red, color.green, color.blue)
    }

    private func draw(_ text: PDFText, _ range: Range<Int>, at point: PDFPoint) {
        guard let first = range.first, range.upperBound <= text.lineCount else { return }
        let box = placed(PDFBox(x: point.x, y: point.y, width: text.width, height: 0))
        let top = text.lines[first].top
        ink(text.color)
        for line in text.lines[range] {
            cairo_move_to(canvas, box.x + line.x, box.y + line.baseline - top)
            pango_cairo_show_layout_line(canvas, line.line)
        }
    }

    private func draw(_ text: PDFText, across center: PDFPoint, _ angle: Double) {
        cairo_save(canvas)
        cairo_translate(canvas, center.x, center.y)
        cairo_rotate(canvas, direction == .leftToRight ? angle : -angle)
        cairo_set_source_rgba(canvas, text.color.red, text.color.green, text.color.blue, Self.acrossOpacity)
        for line in text.lines {
            cairo_move_to(canvas, line.x - text.width / 2, line.baseline - text.height / 2)
            pango_cairo_show_layout_line(canvas, line.line)
        }
        cairo_restore(canvas)
    }

    /// What is written across a page must not hide it.
    private static let acrossOpacity = 0.08

    private func fill(_ box: PDFBox, _ color: PDFColor, _ radius: Double) {
        guard box.width > 0, box.height > 0 else { return }
        ink(color)
        let radius = min(radius, box.width / 2, box.height / 2)
        if radius <= 0 {
            cairo_rectangle(canvas, box.x, box.y, box.width, box.height)
        } else {
            let (right, bottom, quarter) = (box.x + box.width, box.y + box.height, Double.pi / 2)
            cairo_new_sub_path(canvas)
            cairo_arc(canvas, right - radius, box.y + radius, radius, -quarter, 0)
            cairo_arc(canvas, right - radius, bottom - radius, radius, 0, quarter)
            cairo_arc(canvas, box.x + radius, bottom - radius, radius, quarter, 2 * quarter)
            cairo_arc(canvas, box.x + radius, box.y + radius, radius, 2 * quarter, 3 * quarter)
            cairo_close_path(canvas)
        }
        cairo_fill(canvas)
    }

    private mutating func draw(_ image: PDFImage, _ box: PDFBox) {
        if surfaces[image] == nil { surfaces[image] = .some(image.surface()) }
        guard let surface = surfaces[image] ?? nil else { return }
        cairo_save(canvas)
        cairo_translate(canvas, box.x, box.y)
        cairo_scale(
            canvas, box.width / Double(image.pixelWidth), box.height / Double(image.pixelHeight))
        cairo_set_source_surface(canvas, surface, 0, 0)
        cairo_paint(canvas)
        cairo_restore(canvas)
    }

    private func draw(_ code: QRCode, _ box: PDFBox, _ color: PDFColor) {
        let module = min(box.width, box.height) / Double(code.size)
        ink(color)
        for row in 0..<code.size {
            for run in code.runs(inRow: row) {
                // A hair too tall, so that no viewer shows a seam between rows.
                cairo_rectangle(
                    canvas, box.x + Double(run.lowerBound) * module, box.y + Double(row) * module,
                    Double(run.count) * module, module * 1.02)
            }
        }
        cairo_fill(canvas)
    }
}
