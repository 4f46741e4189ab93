/// The name of a benchmark and its options, `--name value` each.
struct Arguments {
    let name: String
    private let options: [String: String]

    init(_ arguments: [String]) {
        name = arguments.first ?? ""
        var options: [String: String] = [:]
        var index = 1
        while index + 1 < arguments.count {
            if arguments[index].hasPrefix("--") {
                options[String(arguments[index].dropFirst(2))] = arguments[index + 1]
            }
            index += 2
        }
        self.options = options
    }

    func int(_ name: String, default fallback: Int) -> Int { options[name].flatMap { Int($0) } ?? fallback }
}
