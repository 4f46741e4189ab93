/// One variable that is missing or wrong; the value itself is never repeated, because it may be a secret.
public struct SettingsProblem: Hashable, Sendable {
    /// The variable.
    public let name: String
    /// What is wrong with it, as the rest of a sentence that begins with the name.
    public let reason: String
}

/// Everything that is wrong with the settings of a process.
public struct SettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The mistakes in the order in which the settings are read.
    public let problems: [SettingsProblem]

    /// One line per mistake.
    public var description: String {
        problems.map { "\($0.name) \($0.reason)" }.joined(separator: "\n")
    }
}
