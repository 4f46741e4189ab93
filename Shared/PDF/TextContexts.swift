import CPangoCairo

/// What texts are set with: the canvas's fonts, once for paragraphs that are read from the left, once from the right.
struct TextContexts {
    private let leftToRight, rightToLeft: OpaquePointer

    /// Contexts of a canvas; nil without memory.
    init?(canvas: OpaquePointer, language: String) {
        guard let left = pango_cairo_create_context(canvas) else { return nil }
        guard let right = pango_cairo_create_context(canvas) else {
            cpango_release_context(left)
            return nil
        }
        leftToRight = left
        rightToLeft = right
        pango_context_set_base_dir(left, PANGO_DIRECTION_LTR)
        pango_context_set_base_dir(right, PANGO_DIRECTION_RTL)
        for context in [left, right] {
            // Sizes are points of the page, not of a screen.
            pango_cairo_context_set_resolution(context, 72)
            // Nor are letters moved to its pixels.
            pango_context_set_round_glyph_positions(context, 0)
            pango_context_set_language(context, pango_language_from_string(language))
        }
    }

    func of(_ direction: PDFDirection) -> OpaquePointer {
        direction == .leftToRight ? leftToRight : rightToLeft
    }

    func release() {
        cpango_release_context(leftToRight)
        cpango_release_context(rightToLeft)
    }
}
