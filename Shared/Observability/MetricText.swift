/// The escaping and number rules of the Prometheus text format.
enum MetricText {
    static func series(_ name: String, _ labels: [String], _ values: [String], extra: String = "") -> String {
        var pairs = zip(labels, values).map { label, value in "\(label)=\"\(escapedLabel(value))\"" }
        if !extra.isEmpty { pairs.append(extra) }
        return pairs.isEmpty ? name : "\(name){\(pairs.joined(separator: ","))}"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return String(value)
    }

    static func escapedHelp(_ text: String) -> String {
        escaped(text, quote: false)
    }

    static func escapedLabel(_ text: String) -> String {
        escaped(text, quote: true)
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quote: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
