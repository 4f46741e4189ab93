import CPangoCairo

/// A text that is set: broken into lines of a width, its height known, ready to be drawn.
///
/// It belongs to the document that set it and to that document's thread.
public final class PDFText {
    /// One line of it.
    struct Line {
        let line: UnsafeMutablePointer<PangoLayoutLine>
        /// From the left of the box.
        let x: Double
        /// The distances of top, baseline and bottom from the top of the text.
        let top, baseline, bottom: Double
    }

    /// The width of its box.
    public let width: Double
    /// What its lines take together.
    public private(set) var height = 0.0
    /// What its widest line takes.
    public private(set) var inkWidth = 0.0
    /// How many lines it has.
    public var lineCount: Int { lines.count }

    let color: PDFColor
    private(set) var lines: [Line] = []
    private var layouts: [OpaquePointer] = []

    init(
        _ text: String, style: PDFTextStyle, width: Double, contexts: TextContexts, font: OpaquePointer,
        direction: PDFDirection
    ) {
        self.width = width
        color = style.color
        for paragraph in PlainText.paragraphs(text) {
            let left = style.maximumLines.map { $0 - lines.count } ?? Self.manyLines
            guard left > 0 else { break }
            let own = PlainText.direction(of: paragraph) ?? direction
            guard let layout = pango_layout_new(contexts.of(own)) else { continue }
            layouts.append(layout)
            set(paragraph, in: layout, style, maximumLines: left, font)
            // A column has one edge, whichever way its paragraphs are read.
            pango_layout_set_alignment(layout, Self.alignment(style.alignment, direction))
            collectLines(of: layout)
        }
    }

    deinit {
        for layout in layouts { cpango_release_layout(layout) }
    }

    /// The height of some of its lines.
    public func height(of range: Range<Int>) -> Double {
        guard let first = range.first, let last = range.last else { return 0 }
        return lines[last].bottom - lines[first].top
    }

    /// How many lines from a first one fit into a height.
    public func lineCount(from first: Int, fitting height: Double) -> Int {
        guard first < lines.count else { return 0 }
        let top = lines[first].top
        return lines[first...].prefix { $0.bottom - top <= height + 0.01 }.count
    }

    private static let manyLines = 100_000

    private func set(
        _ paragraph: String, in layout: OpaquePointer, _ style: PDFTextStyle, maximumLines: Int,
        _ font: OpaquePointer
    ) {
        // Never markup: what people write is text.
        pango_layout_set_text(layout, paragraph, Int32(paragraph.utf8.count))
        pango_layout_set_auto_dir(layout, 0)
        pango_layout_set_font_description(layout, font)
        pango_layout_set_width(layout, Int32(width * Double(PANGO_SCALE)))
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR)
        if maximumLines < Self.manyLines {
            pango_layout_set_height(layout, -Int32(maximumLines))
            pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END)
        }
    }

    private static func alignment(
        _ alignment: PDFTextStyle.Alignment, _ direction: PDFDirection
    ) -> PangoAlignment {
        switch alignment {
        case .center: PANGO_ALIGN_CENTER
        case .leading: direction == .leftToRight ? PANGO_ALIGN_LEFT : PANGO_ALIGN_RIGHT
        case .trailing: direction == .leftToRight ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT
        }
    }

    private func collectLines(of layout: OpaquePointer) {
        guard let iterator = pango_layout_get_iter(layout) else { return }
        defer { pango_layout_iter_free(iterator) }
        let scale = Double(PANGO_SCALE)
        let start = height
        repeat {
            var logical = PangoRectangle()
            pango_layout_iter_get_line_extents(iterator, nil, &logical)
            guard let line = pango_layout_iter_get_line_readonly(iterator) else { continue }
            let top = start + Double(logical.y) / scale
            let bottom = top + Double(logical.height) / scale
            lines.append(
                Line(
                    line: line, x: Double(logical.x) / scale, top: top,
                    baseline: start + Double(pango_layout_iter_get_baseline(iterator)) / scale, bottom: bottom
                ))
            inkWidth = max(inkWidth, Double(logical.width) / scale)
            height = max(height, bottom)
        } while pango_layout_iter_next_line(iterator) != 0
    }
}
