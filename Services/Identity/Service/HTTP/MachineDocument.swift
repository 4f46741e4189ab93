import Primitives
import ServiceKit

/// Keys and clients as JSON; the secret is in the answer that makes it and in no other.
enum MachineDocument {
    static func bytes(_ issued: IssuedMachine) -> [UInt8] {
        var writer = JSONWriter()
        write(issued.machine, secret: issued.secret, to: &writer)
        return writer.bytes
    }

    static func bytes(_ machines: some Sequence<StoredMachine>) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for machine in machines { write(machine, secret: nil, to: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ machine: StoredMachine, secret: Secret<String>?, to writer: inout JSONWriter)
    {
        writer.beginObject()
        switch machine.kind {
        case .key:
            writer.member("id", machine.id)
            if let secret { writer.member("key", secret.reveal()) }
        case .client:
            writer.member("id", APIClientID(machine.id.raw))
            writer.member("client_id", APIClientID(machine.id.raw))
            if let secret { writer.member("client_secret", secret.reveal()) }
        }
        writer.member("organization_id", machine.organizationID)
        writer.member("name", machine.name)
        writer.member("prefix", machine.secret.prefix)
        writer.member("last_four", machine.secret.lastFour)
        writer.member("scopes", strings: machine.scopes)
        writer.member("requests_per_minute", machine.plan.requestsPerMinute)
        writer.member("requests_per_month", machine.plan.requestsPerMonth)
        writer.member("created_at", machine.createdAt)
        writer.member("rotated_at", machine.rotatedAt)
        writer.member("previous_valid_until", machine.previous?.until)
        writer.member("last_used_at", machine.lastUsedAt)
        writer.member("expires_at", machine.expiresAt)
        writer.member("revoked_at", machine.revokedAt)
        writer.endObject()
    }
}
