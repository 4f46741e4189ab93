import Primitives

extension Audit.Kind {
    static func made(_ kind: MachineKind) -> Audit.Kind {
        switch kind {
        case .key: .apiKeyMade
        case .client: .apiClientMade
        }
    }

    static func rotated(_ kind: MachineKind) -> Audit.Kind {
        switch kind {
        case .key: .apiKeyRotated
        case .client: .apiClientRotated
        }
    }

    static func revoked(_ kind: MachineKind) -> Audit.Kind {
        switch kind {
        case .key: .apiKeyRevoked
        case .client: .apiClientRevoked
        }
    }
}

extension Audit.Subject {
    /// A key or client under the id that its owner knows.
    static func machine(_ machine: StoredMachine) -> Audit.Subject {
        switch machine.kind {
        case .key: .id(machine.id)
        case .client: .id(APIClientID(machine.id.raw))
        }
    }
}
