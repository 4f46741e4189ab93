import FoundationEssentials
public import Primitives

/// Reads settings from environment variables and collects every mistake, so that a start names all of them at once.
///
/// A reader returns a usable value for each variable even when it is wrong; `finish` throws afterwards, before the
/// values are used.
public struct SettingsReader {
    let environment: [String: String]
    private let readFile: (String) throws -> String
    private(set) var problems: [SettingsProblem] = []

    /// The variables of this process.
    public static var processEnvironment: [String: String] { ProcessInfo.processInfo.environment }

    /// Reads from the given variables.
    ///
    /// - Parameters:
    ///   - environment: The variables, usually those of the process.
    ///   - readFile: Reads the file that a `…_FILE` variable names.
    public init(
        _ environment: [String: String], readFile: @escaping (String) throws -> String = SettingsFile.read
    ) {
        self.environment = environment
        self.readFile = readFile
    }

    /// Throws one error that lists every variable which is missing or wrong.
    public func finish() throws(SettingsError) {
        if !problems.isEmpty { throw SettingsError(problems: problems) }
    }

    /// Reads text; without a default the variable is required and must not be empty.
    public mutating func string(_ name: String, default fallback: String? = nil) -> String {
        guard let text = present(name, required: fallback == nil) else { return fallback ?? "" }
        return text
    }

    /// Reads text that may be absent.
    public mutating func optionalString(_ name: String) -> String? {
        present(name, required: false)
    }

    /// Reads a whole number within limits.
    public mutating func int(_ name: String, default fallback: Int? = nil, in range: ClosedRange<Int>) -> Int
    {
        let neutral = fallback ?? range.lowerBound
        guard let text = present(name, required: fallback == nil) else { return neutral }
        guard let value = Int(text) else {
            report(name, "is not a whole number")
            return neutral
        }
        guard range.contains(value) else {
            report(name, "is outside \(range.lowerBound) to \(range.upperBound)")
            return neutral
        }
        return value
    }

    /// Reads a time span given in whole milliseconds; the variable's name ends in `_MS`.
    public mutating func milliseconds(
        _ name: String, default fallback: Int? = nil, in range: ClosedRange<Int> = 0...86_400_000
    ) -> Duration {
        .milliseconds(int(name, default: fallback, in: range))
    }

    /// Reads a truth value: true, false, 1, 0, yes, no, on, off.
    public mutating func bool(_ name: String, default fallback: Bool? = nil) -> Bool {
        guard let text = present(name, required: fallback == nil) else { return fallback ?? false }
        switch text.lowercased() {
        case "true", "1", "yes", "on": return true
        case "false", "0", "no", "off": return false
        default:
            report(name, "is neither true nor false")
            return fallback ?? false
        }
    }

    /// Reads a list separated by commas; blanks around elements and empty elements do not count.
    public mutating func list(_ name: String, default fallback: [String]? = nil) -> [String] {
        guard let text = present(name, required: fallback == nil) else { return fallback ?? [] }
        return text.split(separator: ",").map { SettingsText.trimmed($0) }.filter { !$0.isEmpty }
    }

    /// Reads one of the given words.
    public mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, default fallback: Choice
    ) -> Choice where Choice.RawValue == String {
        guard let text = present(name, required: false) else { return fallback }
        guard let value = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            report(name, "is not one of \(words)")
            return fallback
        }
        return value
    }

    /// Reads an address of another server and checks its scheme.
    public mutating func url(_ name: String, default fallback: String? = nil, schemes: [String])
        -> SettingsURL
    {
        guard let text = present(name, required: fallback == nil) ?? fallback else { return .unset }
        guard let url = SettingsURL(text) else {
            report(name, "is not an address such as \(schemes.first ?? "https")://host:port/path")
            return .unset
        }
        guard schemes.contains(url.scheme) else {
            report(name, "has another scheme than \(schemes.joined(separator: ", "))")
            return .unset
        }
        return url
    }

    /// Reads a secret from the variable or from the file that `NAME_FILE` names; exactly one of the two.
    public mutating func secret(_ name: String) -> Secret<String> {
        optionalSecret(name, required: true) ?? Secret("")
    }

    /// Reads a secret that may be absent.
    public mutating func optionalSecret(_ name: String) -> Secret<String>? {
        optionalSecret(name, required: false)
    }

    /// Adds a mistake that the caller found, for rules between several variables.
    public mutating func report(_ name: String, _ reason: String) {
        problems.append(SettingsProblem(name: name, reason: reason))
    }

    private mutating func optionalSecret(_ name: String, required: Bool) -> Secret<String>? {
        let fileName = name + "_FILE"
        let direct = present(name, required: false)
        guard let path = present(fileName, required: false) else {
            if direct == nil, required { report(name, "is missing; set it or \(fileName)") }
            return direct.map { Secret($0) }
        }
        guard direct == nil else {
            report(name, "and \(fileName) are both set")
            return nil
        }
        do {
            let content = SettingsText.trimmed(try readFile(path))
            guard !content.isEmpty else {
                report(fileName, "names an empty file")
                return nil
            }
            return Secret(content)
        } catch {
            report(fileName, "cannot be read: \(error)")
            return nil
        }
    }

    /// The text of a variable; an empty one counts as absent.
    private mutating func present(_ name: String, required: Bool) -> String? {
        guard let text = environment[name], !text.isEmpty else {
            if required { report(name, "is missing") }
            return nil
        }
        return text
    }
}
