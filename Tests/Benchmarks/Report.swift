import Foundation
import Primitives

/// Figures on standard output, one JSON object a line; words on standard error.
enum Report {
    static func say(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }

    static func figure(
        _ name: String, _ value: Double, unit: String, cpuMillisecondsPerOperation: Double? = nil,
        details: [(String, Double)] = []
    ) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", name)
        number("value", value, &writer)
        writer.member("unit", unit)
        if let cpu = cpuMillisecondsPerOperation { number("cpu_ms_per_op", cpu, &writer) }
        for (name, value) in details { number(name, value, &writer) }
        writer.endObject()
        print(String(decoding: writer.bytes, as: UTF8.self))
    }

    private static func number(_ name: String, _ value: Double, _ writer: inout JSONWriter) {
        writer.key(name)
        writer.number(
            text: String(format: "%.4g", value).contains("e")
                ? String(format: "%.0f", value) : String(format: "%.4g", value))
    }
}
