import PDF

/// Fills pages from top to bottom and begins the next one where the last is full.
struct PageFlow {
    let document: PDFDocument
    let theme: DocumentTheme
    private(set) var pages = [PDFPage()]
    /// Where the next thing goes, from the top of the page.
    var y: Double
    /// What stands on the current page by itself; a page that has nothing else is not begun twice.
    private var isFresh = true

    init(document: PDFDocument, theme: DocumentTheme) {
        self.document = document
        self.theme = theme
        y = theme.top
    }

    /// What is left of the current page.
    var room: Double { theme.contentBottom - y }

    mutating func put(_ items: [PDFItem]) {
        pages[pages.count - 1].items += items
        isFresh = false
    }

    /// Begins a new page unless so much room is left.
    ///
    /// - Returns: Whether there is a new page.
    @discardableResult
    mutating func need(_ height: Double) -> Bool {
        guard room < height, !isFresh else { return false }
        begin()
        return true
    }

    mutating func begin() {
        // The document refuses too many pages; filling them goes on no further than that.
        guard pages.count <= PDFDocument.maximumPages else { return }
        pages.append(PDFPage())
        y = theme.followingTop
        isFresh = true
    }

    /// Whether no further page will be drawn anyway.
    var isOverfull: Bool { pages.count > PDFDocument.maximumPages }

    /// Sets a text across some width, over as many pages as it takes.
    mutating func paragraph(
        _ text: String, _ style: PDFTextStyle, x: Double, width: Double, tag: PDFTag = .paragraph
    ) {
        let set = document.text(text, style, width: width)
        var next = 0
        while next < set.lineCount, !isOverfull {
            var count = set.lineCount(from: next, fitting: room)
            if count == 0 {
                if isFresh { count = 1 } else { begin() }
            }
            guard count > 0 else { continue }
            let range = next..<next + count
            put([.element(tag, [.text(set, lines: range, at: PDFPoint(x: x, y: y))])])
            y += set.height(of: range)
            next = range.upperBound
        }
    }

    /// Adds what goes on every page once their count is known: below everything else, or above.
    mutating func onEveryPage(_ items: (_ page: Int, _ count: Int) -> (below: [PDFItem], above: [PDFItem])) {
        for index in pages.indices {
            let (below, above) = items(index + 1, pages.count)
            pages[index].items = below + pages[index].items + above
        }
    }
}
