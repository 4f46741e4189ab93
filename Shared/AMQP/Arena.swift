import CRabbitMQ

/// Memory for the arguments of one library call: handed out in order, given back all at once.
final class Arena {
    private static let chunkBytes = 65_536
    private static let alignment = 16

    private var chunks: [UnsafeMutableRawBufferPointer] = []
    private var chunk = 0
    private var used = 0

    init() { chunks.append(Self.allocate(Self.chunkBytes)) }

    deinit { for chunk in chunks { chunk.deallocate() } }

    /// Gives everything back; pointers handed out before are no longer valid.
    func reset() {
        while chunks.count > 1, let extra = chunks.popLast() { extra.deallocate() }
        chunk = 0
        used = 0
    }

    func bytes(_ text: String) -> amqp_bytes_t {
        var text = text
        return text.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
    }

    func bytes(_ bytes: [UInt8]) -> amqp_bytes_t { bytes.withUnsafeBytes { copy($0) } }

    func table(_ table: AMQPTable) -> amqp_table_t {
        let count = table.entries.count
        guard count > 0 else { return amqp_table_t(num_entries: 0, entries: nil) }
        let entries = take(MemoryLayout<amqp_table_entry_t>.stride * count)
            .bindMemory(to: amqp_table_entry_t.self, capacity: count)
        for (index, entry) in table.entries.enumerated() {
            (entries + index).initialize(
                to: amqp_table_entry_t(key: bytes(entry.key), value: field(entry.value)))
        }
        return amqp_table_t(num_entries: Int32(count), entries: entries)
    }

    private func field(_ value: AMQPValue) -> amqp_field_value_t {
        var field = amqp_field_value_t()
        func set(_ kind: amqp_field_value_kind_t) { field.kind = UInt8(kind.rawValue) }
        switch value {
        case .string(let text):
            set(AMQP_FIELD_KIND_UTF8)
            field.value.bytes = bytes(text)
        case .integer(let number):
            set(AMQP_FIELD_KIND_I64)
            field.value.i64 = number
        case .boolean(let flag):
            set(AMQP_FIELD_KIND_BOOLEAN)
            field.value.boolean = flag ? 1 : 0
        case .double(let number):
            set(AMQP_FIELD_KIND_F64)
            field.value.f64 = number
        case .timestamp(let seconds):
            set(AMQP_FIELD_KIND_TIMESTAMP)
            field.value.u64 = seconds
        case .bytes(let raw):
            set(AMQP_FIELD_KIND_BYTES)
            field.value.bytes = bytes(raw)
        case .table(let nested):
            set(AMQP_FIELD_KIND_TABLE)
            field.value.table = table(nested)
        case .array(let elements):
            set(AMQP_FIELD_KIND_ARRAY)
            field.value.array = array(elements)
        case .void:
            set(AMQP_FIELD_KIND_VOID)
        }
        return field
    }

    private func array(_ elements: [AMQPValue]) -> amqp_array_t {
        guard !elements.isEmpty else { return amqp_array_t(num_entries: 0, entries: nil) }
        let entries = take(MemoryLayout<amqp_field_value_t>.stride * elements.count)
            .bindMemory(to: amqp_field_value_t.self, capacity: elements.count)
        for (index, element) in elements.enumerated() { (entries + index).initialize(to: field(element)) }
        return amqp_array_t(num_entries: Int32(elements.count), entries: entries)
    }

    private func copy(_ source: UnsafeRawBufferPointer) -> amqp_bytes_t {
        guard let from = source.baseAddress, source.count > 0 else { return amqp_bytes_t(len: 0, bytes: nil) }
        let target = take(source.count)
        target.copyMemory(from: from, byteCount: source.count)
        return amqp_bytes_t(len: source.count, bytes: target)
    }

    private func take(_ count: Int) -> UnsafeMutableRawPointer {
        let rounded = (count + Self.alignment - 1) & ~(Self.alignment - 1)
        if used + rounded > chunks[chunk].count {
            chunks.append(Self.allocate(max(rounded, Self.chunkBytes)))
            chunk = chunks.count - 1
            used = 0
        }
        guard let base = chunks[chunk].baseAddress else { preconditionFailure("a chunk is never empty") }
        defer { used += rounded }
        return base + used
    }

    private static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: alignment)
    }
}
