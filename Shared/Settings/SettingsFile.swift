import Glibc

/// Reads the small files that hold secrets.
public enum SettingsFile {
    /// No secret is larger than this.
    private static let maximumBytes = 65_536

    /// A file that cannot be read.
    public struct ReadError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What the system said.
        public let description: String
    }

    /// Reads a file as text.
    public static func read(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else {
            throw ReadError(description: String(cString: strerror(errno)))
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        guard ferror(file) == 0 else { throw ReadError(description: "input/output error") }
        guard count <= maximumBytes else { throw ReadError(description: "larger than \(maximumBytes) bytes") }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
            throw ReadError(description: "not UTF-8")
        }
        return text
    }
}
