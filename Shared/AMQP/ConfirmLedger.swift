/// Which published messages the broker has not settled yet.
///
/// The broker numbers the messages of a channel from 1, in the order they are written, and settles them one by one
/// or in runs. A returned message carries no number: it is matched by its id, and the confirm that follows it then
/// means that no queue took it.
struct ConfirmLedger<Ticket> {
    /// How a message ended.
    enum Settlement: Equatable {
        case confirmed
        case refused
        case unroutable
    }

    private struct Entry {
        let ticket: Ticket
        let messageID: String
        let bytes: Int
    }

    private var entries: [Entry?] = []
    private var head = 0
    private var firstTag: UInt64 = 1
    private var returned: [String: Int] = [:]

    /// The number of unsettled messages.
    private(set) var count = 0
    /// The bytes of their bodies.
    private(set) var bytes = 0

    /// The number that the broker gives to the next message.
    var nextTag: UInt64 { firstTag + UInt64(entries.count - head) }

    /// Notes a message that is about to be written.
    mutating func publish(_ ticket: Ticket, messageID: String, bytes: Int) {
        entries.append(Entry(ticket: ticket, messageID: messageID, bytes: bytes))
        count += 1
        self.bytes += bytes
    }

    /// Notes that a message came back.
    mutating func noteReturned(_ messageID: String) { returned[messageID, default: 0] += 1 }

    /// Settles a message, or all up to it, and reports each; throws on a number that was never given.
    mutating func settle(
        _ tag: UInt64, multiple: Bool, refused: Bool, report: (Ticket, Settlement) -> Void
    ) throws(AMQPError) {
        guard tag < nextTag else {
            throw AMQPError(code: .protocolViolation, message: "a confirm for a message that was never sent")
        }
        guard tag >= firstTag else { return }
        let last = head + Int(tag - firstTag)
        for index in (multiple ? head : last)...last {
            guard let entry = entries[index] else { continue }
            entries[index] = nil
            count -= 1
            bytes -= entry.bytes
            let wasReturned = !returned.isEmpty && takeReturn(entry.messageID)
            report(entry.ticket, wasReturned ? .unroutable : (refused ? .refused : .confirmed))
        }
        discardSettled()
    }

    /// Forgets everything and reports what was unsettled, in order.
    mutating func abandon(report: (Ticket) -> Void) {
        for case let entry? in entries[head...] { report(entry.ticket) }
        self = ConfirmLedger()
    }

    private mutating func takeReturn(_ messageID: String) -> Bool {
        guard let times = returned[messageID] else { return false }
        returned[messageID] = times > 1 ? times - 1 : nil
        return true
    }

    private mutating func discardSettled() {
        while head < entries.count, entries[head] == nil {
            head += 1
            firstTag += 1
        }
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 4_096 {
            entries.removeFirst(head)
            head = 0
        }
    }
}

extension ConfirmLedger.Settlement {
    /// The name of this ending in metrics.
    var label: String {
        switch self {
        case .confirmed: "confirmed"
        case .refused: "nacked"
        case .unroutable: "returned"
        }
    }
}
