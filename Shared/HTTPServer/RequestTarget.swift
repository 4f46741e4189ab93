/// A request target taken apart and decoded strictly.
///
/// Segments are decoded after the path is split, so an encoded slash stays inside its segment.
struct RequestTarget {
    /// The path as it was sent.
    let path: String
    let segments: [String]
    let query: [(name: String, value: String)]

    /// More segments or parameters than any route has are refused before they cost anything.
    private static let maximumSegments = 32
    private static let maximumParameters = 64

    init(_ target: [UInt8]) throws(Problem) {
        guard target.first == UInt8(ascii: "/") else {
            throw .badRequest("malformed_target", "The request target is not a path.")
        }
        guard target.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !target.contains(UInt8(ascii: "#")) else {
            throw .badRequest(
                "malformed_target", "The request target has characters that must be percent-encoded.")
        }
        let queryStart = target.firstIndex(of: UInt8(ascii: "?"))
        let pathBytes = target[..<(queryStart ?? target.endIndex)]
        path = String(decoding: pathBytes, as: UTF8.self)
        segments = try Self.segments(pathBytes)
        query =
            try queryStart.map { start throws(Problem) in try Self.parameters(target[(start + 1)...]) } ?? []
    }

    private static func segments(_ path: ArraySlice<UInt8>) throws(Problem) -> [String] {
        var rest = path.dropFirst()
        // A slash at the end is tolerated.
        if rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
        guard !rest.isEmpty else { return [] }
        let parts = rest.split(
            separator: UInt8(ascii: "/"), maxSplits: maximumSegments, omittingEmptySubsequences: false)
        guard parts.count <= maximumSegments else { throw .notFound }
        var segments: [String] = []
        segments.reserveCapacity(parts.count)
        for part in parts {
            let segment = try decoded(part, plusIsSpace: false)
            guard !segment.isEmpty, segment != ".", segment != ".." else { throw .notFound }
            segments.append(segment)
        }
        return segments
    }

    static func parameters(_ query: ArraySlice<UInt8>) throws(Problem) -> [(
        name: String, value: String
    )] {
        let parts = query.split(separator: UInt8(ascii: "&"), maxSplits: maximumParameters)
        guard parts.count <= maximumParameters else {
            throw .badRequest(
                "too_many_parameters", "The query has more than \(maximumParameters) parameters.")
        }
        var parameters: [(name: String, value: String)] = []
        parameters.reserveCapacity(parts.count)
        for part in parts {
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = try decoded(part[..<equals], plusIsSpace: true)
            let value = try decoded(part[equals...].dropFirst(), plusIsSpace: true)
            parameters.append((name: name, value: value))
        }
        return parameters
    }

    private static func decoded(_ bytes: ArraySlice<UInt8>, plusIsSpace: Bool) throws(Problem) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch bytes[index] {
            case UInt8(ascii: "%"):
                guard index + 2 < bytes.endIndex, let high = digit(bytes[index + 1]),
                    let low = digit(bytes[index + 2])
                else {
                    throw .badRequest("malformed_encoding", "A percent sign needs two hexadecimal digits.")
                }
                result.append(high << 4 | low)
                index += 3
            case UInt8(ascii: "+") where plusIsSpace:
                result.append(0x20)
                index += 1
            case let byte:
                result.append(byte)
                index += 1
            }
        }
        guard !result.contains(0), let text = String(validating: result, as: UTF8.self) else {
            throw .badRequest("malformed_encoding", "The decoded request target is not UTF-8 text.")
        }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
