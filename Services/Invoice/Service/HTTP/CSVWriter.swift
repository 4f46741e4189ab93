/// Writes a table as RFC 4180 has it, so that no cell is taken for a formula by the program that opens it.
struct CSVWriter {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// A text that somebody has typed; nil is an empty cell.
    mutating func text(_ value: String?) {
        guard let value else { return cell("") }
        // A spreadsheet calculates what begins like this; with an apostrophe in front it is shown.
        let isFormula = value.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        cell(isFormula ? "'" + value : value)
    }

    /// A word, number or date of our own.
    mutating func plain(_ value: (some CustomStringConvertible)?) {
        cell(value?.description ?? "")
    }

    /// Ends the row.
    mutating func endRow() {
        bytes.append(contentsOf: [0x0D, 0x0A])
        isFirst = true
    }

    private mutating func cell(_ value: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        let needsQuotes = value.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
        guard needsQuotes else {
            bytes.append(contentsOf: value.utf8)
            return
        }
        bytes.append(0x22)
        for byte in value.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }
}
