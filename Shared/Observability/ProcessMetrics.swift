import Glibc

/// The usual numbers about the process itself: CPU time, memory, open descriptors.
public enum ProcessMetrics {
    /// `RUSAGE_SELF`, which the C header declares as another type than its own function takes.
    private static let wholeProcess: Int32 = 0

    /// Registers the process metrics; they are read when the metrics are asked for.
    public static func register(in metrics: Metrics) {
        metrics.observe(
            "process_cpu_seconds_total", "User and system time of the process.", kind: .counter,
            read: cpuSeconds)
        metrics.observe(
            "process_resident_memory_bytes", "Memory of the process that is in RAM.", kind: .gauge,
            read: residentBytes)
        metrics.observe("process_open_fds", "Open file descriptors.", kind: .gauge, read: openDescriptors)
    }

    /// User and system time that the process has used, in seconds.
    @Sendable public static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(wholeProcess, &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    @Sendable private static func residentBytes() -> Double {
        guard let file = fopen("/proc/self/statm", "r") else { return .nan }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return .nan }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let columns = text.split(separator: " ")
        guard columns.count > 1, let pages = Double(columns[1]) else { return .nan }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    @Sendable private static func openDescriptors() -> Double {
        guard let directory = opendir("/proc/self/fd") else { return .nan }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // ".", ".." and the descriptor of this very listing do not count.
        return Double(count - 3)
    }
}
