import Primitives

/// Log fields as members of a JSON object; the braces are put around them when the line is complete.
extension JSONWriter {
    mutating func member(_ name: String, _ value: LogValue) {
        key(name)
        switch value {
        case .string(let text): string(text)
        case .int(let number): int(number)
        case .double(let number) where number.isFinite: self.number(text: String(number))
        // JSON knows neither infinity nor "not a number".
        case .double(let number): string(String(number))
        case .bool(let truth): bool(truth)
        }
    }

    mutating func members(_ fields: [String: LogValue]) {
        guard fields.count > 1 else {
            for (name, value) in fields { member(name, value) }
            return
        }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { member(name, value) }
    }
}
