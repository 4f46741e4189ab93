import Foundation

/// Where the sources are; tests start programs and read documents from there.
public enum Repository {
    /// The folder that holds Package.swift.
    public static let root: String =
        ProcessInfo.processInfo.environment["DUELY_ROOT"]
        ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
}
