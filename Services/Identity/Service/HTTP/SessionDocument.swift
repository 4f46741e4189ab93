import Primitives

/// Logins as JSON; none of their tokens is in it.
enum SessionDocument {
    static func bytes(_ sessions: some Sequence<LiveSession>, current: SessionID) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for session in sessions {
            writer.beginObject()
            writer.member("id", session.id)
            writer.member("created_at", session.createdAt)
            writer.member("last_used_at", session.lastUsedAt)
            writer.member("expires_at", session.expiresAt)
            writer.member("client_address", session.clientAddress)
            writer.member("user_agent", session.userAgent)
            writer.member("is_current", session.id == current)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
