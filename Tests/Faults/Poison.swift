import EventContracts
import Foundation
import Messaging
import Primitives

/// A message that no handler can handle, and the reason with which it has to end among the dead letters.
struct Poison: Sendable {
    let queue: String
    let messageID: String
    let type: String
    let body: [UInt8]
    let reason: String

    /// Every kind of poison for a queue.
    static func all(for queue: ConsumerQueue) -> [Poison] {
        let known = telling[queue.name] ?? queue.reads.first
        // A queue that nothing but timers fill has no handler so far: there, every type is unknown.
        let type = known?.type ?? ScheduleDue.descriptor.type
        let unreadable = known == nil ? "unknown_type" : "undecodable"
        let subject = OrganizationID(.random()).description
        let kinds: [(name: String, type: String, body: [UInt8], reason: String)] = [
            ("broken-json", type, Array(#"{"specversion":"1.0","id":"#.utf8), unreadable),
            ("no-json", type, Array("<event/>".utf8), unreadable),
            ("empty", type, [], unreadable),
            ("zeros", type, Array(repeating: 0, count: 64), unreadable),
            (
                "broken-text", type, Array(#"{"id":""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#""}"#.utf8),
                unreadable
            ),
            ("deep", type, Array(repeating: UInt8(ascii: "["), count: 20_000), unreadable),
            (
                "wrong-envelope", type,
                Array(#"{"specversion":1,"id":42,"type":"\#(type)","data":[],"sequence":{}}"#.utf8),
                unreadable
            ),
            (
                "wrong-fields", type, envelope(type, subject, data: wrongFields),
                known == nil ? "unknown_type" : "undecodable"
            ),
            (
                "other-type", type, envelope("invoice.imagined.v1", subject, data: "{}"), unreadable
            ),
            (
                "unknown-type", "invoice.imagined.v1", envelope("invoice.imagined.v1", subject, data: "{}"),
                "unknown_type"
            ),
            ("no-type", "", Array("{}".utf8), "unknown_type"),
            ("oversized", type, Array(repeating: UInt8(ascii: " "), count: 200_000), "oversized"),
        ]
        return kinds.map { kind in
            Poison(
                queue: queue.name, messageID: "\(queue.name)-\(kind.name)", type: kind.type, body: kind.body,
                reason: kind.reason)
        } + unstorable(queue.name)
    }

    /// A text with a zero character is JSON, and no text for the database: only the last try shows it.
    private static func unstorable(_ queue: String) -> [Poison] {
        guard queue == "notification.identity" else { return [] }
        let account = AccountID(.random()).description
        let type = PersonChanged.descriptor.type
        let data = #"{"kind":"account","account_id":"\#(account)","name":"a\u0000b"}"#
        return [
            Poison(
                queue: queue, messageID: "\(queue)-unstorable", type: type,
                body: envelope(type, account, data: data), reason: "attempts_exhausted")
        ]
    }

    /// Types whose payload a handler of that queue reads as a whole.
    private static let telling: [String: EventDescriptor] = [
        "invoice.identity": OrganizationCreated.descriptor,
        "payment.identity": OrganizationCreated.descriptor,
        "invoice.schedule-due": ScheduleDue.descriptor, "payment.schedule-due": ScheduleDue.descriptor,
        "notification.identity": PersonChanged.descriptor,
        "notification.invoice": InvoiceMailRequested.descriptor,
        "notification.payment": PaymentFailed.descriptor,
    ]

    private static let wrongFields = #"""
        {"organization":"none","invoice":[1,2],"payment":true,"kind":7,"session_id":{},"account_id":[],"mail_id":null,
         "plan_id":"plan","schedule_id":-1,"amount_minor":"much","name":false}
        """#

    private static func envelope(_ type: String, _ subject: String, data: String) -> [UInt8] {
        let now = SystemClock().now().rfc3339
        return Array(
            """
            {"specversion":"1.0","id":"\(RawID.random().uuidString)","source":"/somewhere","type":"\(type)",
             "time":"\(now)","subject":"\(subject)","datacontenttype":"application/json","epoch":1,"sequence":"1",
             "correlationid":"\(RawID.random().uuidString)","clocktime":"\(now)","data":\(data)}
            """.utf8)
    }

    /// The order for the management interface that puts it onto its queue.
    func publication() throws -> [UInt8] {
        var writer = JSONWriter(capacity: body.count * 2)
        writer.beginObject()
        writer.key("properties")
        writer.beginObject()
        writer.member("message_id", messageID)
        writer.member("type", type)
        writer.member("content_type", EventEnvelope.contentType)
        writer.member("delivery_mode", 2)
        writer.endObject()
        writer.member("routing_key", queue)
        writer.member("payload", Data(body).base64EncodedString())
        writer.member("payload_encoding", "base64")
        writer.endObject()
        return writer.bytes
    }
}
