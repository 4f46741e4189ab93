/// One path template with the handlers of its methods.
struct Route: Sendable {
    enum Segment: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    let template: String
    let segments: [Segment]
    var handlers: [HTTPMethod: HTTPHandler]

    static func segments(of template: String) -> [Segment] {
        precondition(template.hasPrefix("/"), "a template starts with a slash: \(template)")
        return template.split(separator: "/").map { part in
            guard part.hasPrefix("{") else { return .literal(String(part)) }
            precondition(part.hasSuffix("}") && part.count > 2, "a parameter is written {name}: \(template)")
            return .parameter(String(part.dropFirst().dropLast()))
        }
    }

    var allowed: Set<HTTPMethod> {
        var methods = Set(handlers.keys)
        if methods.contains(.get) { methods.insert(.head) }
        methods.insert(.options)
        return methods
    }

    func matches(_ path: [String]) -> Bool {
        for (segment, part) in zip(segments, path) {
            if case .literal(let text) = segment, text != part { return false }
        }
        return true
    }

    func parameters(_ path: [String]) -> PathParameters {
        var values: [(name: String, value: String)] = []
        for (segment, part) in zip(segments, path) {
            if case .parameter(let name) = segment { values.append((name: name, value: part)) }
        }
        return PathParameters(values)
    }

    /// Whether two templates match the same paths.
    func hasSameShape(as other: [Segment]) -> Bool {
        zip(segments, other).allSatisfy { left, right in
            switch (left, right) {
            case (.literal(let one), .literal(let two)): one == two
            case (.parameter, .parameter): true
            case (.literal, .parameter), (.parameter, .literal): false
            }
        }
    }

    /// Orders templates of one length: where they first differ, a literal goes before a parameter.
    func isMoreSpecific(than other: Route) -> Bool {
        for (left, right) in zip(segments, other.segments) {
            switch (left, right) {
            case (.literal, .parameter): return true
            case (.parameter, .literal): return false
            case (.literal, .literal), (.parameter, .parameter): continue
            }
        }
        return template < other.template
    }
}
