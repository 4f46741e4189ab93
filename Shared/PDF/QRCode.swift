import CQREncode

/// A QR code: which modules of a square are dark.
public struct QRCode: Sendable, Hashable {
    /// Modules on a side, without the quiet zone around them.
    public let size: Int
    private let modules: [Bool]

    /// How much of the code may be unreadable.
    private static let correction = QR_ECLEVEL_M

    /// Encodes a text with medium error correction; nil when it is too long for any QR code or empty.
    ///
    /// - Parameter text: What a reader is to find, such as an address.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty, let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, Self.correction)
        else { return nil }
        defer { QRcode_free(code) }
        size = Int(code.pointee.width)
        // The lowest bit of each byte is the module; the others tell its purpose.
        modules = UnsafeBufferPointer(start: code.pointee.data, count: size * size).map { $0 & 1 == 1 }
    }

    /// Whether a module is dark; outside of the square nothing is.
    public func isDark(column: Int, row: Int) -> Bool {
        guard (0..<size).contains(column), (0..<size).contains(row) else { return false }
        return modules[row * size + column]
    }

    /// The dark modules of a row as runs, so that each is drawn as one box.
    func runs(inRow row: Int) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for column in 0...size {
            if isDark(column: column, row: row) {
                start = start ?? column
            } else if let first = start {
                runs.append(first..<column)
                start = nil
            }
        }
        return runs
    }
}
