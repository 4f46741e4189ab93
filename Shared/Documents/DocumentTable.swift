import PDF

/// A table whose head is repeated on every page that it reaches.
struct DocumentTable {
    /// One of its columns.
    struct Column {
        let title: String
        /// Numbers stand at the far side.
        let isNumber: Bool
        /// Nil for the one column that takes what the others leave.
        let width: Double?
    }

    private let columns: [(title: String, isNumber: Bool, x: Double, width: Double)]
    private let document: PDFDocument
    private let theme: DocumentTheme
    private let x: Double
    private let width: Double

    private static let gap = 12.0
    private static let padding = 6.0
    /// A taller row is broken rather than moved to the next page.
    private static let tallRow = 140.0

    init(_ columns: [Column], x: Double, width: Double, document: PDFDocument, theme: DocumentTheme) {
        let fixed = columns.compactMap(\.width).reduce(0, +) + Double(columns.count - 1) * Self.gap
        var next = x + Self.padding
        self.columns = columns.map { column in
            let own = column.width ?? max(60, width - 2 * Self.padding - fixed)
            defer { next += own + Self.gap }
            return (column.title, column.isNumber, next, own)
        }
        self.document = document
        self.theme = theme
        self.x = x
        self.width = width
    }

    /// How wide a column must be for its numbers.
    static func width(
        of cells: some Collection<String>, title: String, most: Double, document: PDFDocument,
        theme: DocumentTheme
    ) -> Double {
        // The one with the most characters is the widest, or nearly.
        let longest = cells.max { $0.unicodeScalars.count < $1.unicodeScalars.count } ?? ""
        let widths = [(longest, theme.body), (title, theme.label)].map {
            document.text($0.0, $0.1.lines(1), width: most).inkWidth
        }
        return min(most, (widths.max() ?? 0) + 1.5)
    }

    /// The head, on a page that has room for it and a row.
    func begin(in flow: inout PageFlow) {
        flow.need(70)
        head(in: &flow)
    }

    private func head(in flow: inout PageFlow) {
        let cells = columns.map { column in
            document.text(
                column.title,
                theme.label.colored(theme.accentInk).aligned(column.isNumber ? .trailing : .leading)
                    .lines(2), width: column.width)
        }
        let height = (cells.map(\.height).max() ?? 0) + 11
        flow.put([
            .fill(PDFBox(x: x, y: flow.y, width: width, height: height), theme.panel, radius: 3)
        ])
        let y = flow.y
        flow.put([
            .element(
                .row,
                zip(cells, columns).map { cell, column in
                    .element(
                        .headCell,
                        [.text(cell, at: PDFPoint(x: column.x, y: y + height - 5.5 - cell.height))])
                })
        ])
        flow.y += height + 3
    }

    /// A row; a tall one goes on on the next page, below the head.
    func row(_ texts: [String], in flow: inout PageFlow) {
        let cells = zip(texts, columns).map { text, column in
            document.text(
                text, theme.body.aligned(column.isNumber ? .trailing : .leading), width: column.width)
        }
        var starts = [Int](repeating: 0, count: cells.count)
        let height = (cells.map(\.height).max() ?? 0) + 2 * Self.padding
        if height <= Self.tallRow, flow.need(height) { head(in: &flow) }
        while zip(cells, starts).contains(where: { $0.lineCount > $1 }), !flow.isOverfull {
            if flow.need(24) { head(in: &flow) }
            part(of: cells, from: &starts, in: &flow)
        }
        flow.put([
            .fill(PDFBox(x: x, y: flow.y, width: width, height: 0.5), theme.hair)
        ])
    }

    /// As many lines of the cells as the page takes.
    private func part(of cells: [PDFText], from starts: inout [Int], in flow: inout PageFlow) {
        let room = max(flow.room - 2 * Self.padding, 14)
        var height = 0.0
        var items: [PDFItem] = []
        for (index, cell) in cells.enumerated() {
            let left = cell.lineCount - starts[index]
            guard left > 0 else { continue }
            let count = max(1, cell.lineCount(from: starts[index], fitting: room))
            let range = starts[index]..<starts[index] + min(count, left)
            items.append(
                .element(
                    .cell,
                    [
                        .text(
                            cell, lines: range,
                            at: PDFPoint(x: columns[index].x, y: flow.y + Self.padding))
                    ]))
            height = max(height, cell.height(of: range))
            starts[index] = range.upperBound
        }
        flow.put([.element(.row, items)])
        flow.y += height + 2 * Self.padding
    }
}
