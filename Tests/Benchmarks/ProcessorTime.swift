import Foundation

/// User and system time of the processes of an instance, by part.
struct ProcessorTime {
    private let seconds: [String: Double]

    /// Reads it now.
    ///
    /// - Parameter parts: The root processes by part; what descends from them counts with them.
    init(_ parts: [String: [Int32]]) {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        var seconds: [String: Double] = [:]
        for (part, pids) in parts {
            seconds[part] = pids.flatMap { Self.family(of: $0) }.reduce(0) {
                $0 + Double(Self.ticks(of: $1)) / ticks
            }
        }
        self.seconds = seconds
    }

    private static func fields(of pid: Int32) -> [Substring] {
        guard let text = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return [] }
        let stat = String(decoding: text, as: UTF8.self)
        guard let end = stat.lastIndex(of: ")") else { return [] }
        return stat[stat.index(after: end)...].split(separator: " ")
    }

    /// Own time and that of children that have ended and were waited for.
    private static func ticks(of pid: Int32) -> Int {
        let fields = fields(of: pid)
        guard fields.count > 15 else { return 0 }
        return fields[11...14].reduce(0) { $0 + (Int($1) ?? 0) }
    }

    /// A process and all that descend from it.
    private static func family(of root: Int32) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        var children: [Int32: [Int32]] = [:]
        for pid in names.compactMap({ Int32($0) }) {
            let fields = fields(of: pid)
            guard fields.count > 2, let parent = Int32(fields[1]) else { continue }
            children[parent, default: []].append(pid)
        }
        var family: [Int32] = []
        var next = [root]
        while let pid = next.popLast() {
            family.append(pid)
            next += children[pid] ?? []
        }
        return family
    }

    /// Seconds since an earlier reading, by part.
    func since(_ earlier: ProcessorTime) -> [(part: String, seconds: Double)] {
        seconds.map { ($0.key, $0.value - (earlier.seconds[$0.key] ?? 0)) }.sorted { $0.part < $1.part }
    }
}
