import CRabbitMQ

extension String {
    /// A copy of library memory as text; invalid UTF-8 is repaired, never trusted.
    init(_ bytes: amqp_bytes_t) {
        self = String(decoding: UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len), as: UTF8.self)
    }
}

extension Array where Element == UInt8 {
    /// A copy of library memory.
    init(_ bytes: amqp_bytes_t) {
        self = [UInt8](UnsafeRawBufferPointer(start: bytes.bytes, count: bytes.len))
    }
}

extension AMQPTable {
    /// Deeper nesting than any header needs; what lies below is dropped.
    private static let depthMaximum = 8

    /// A copy of a table of the library.
    init(_ table: amqp_table_t, depth: Int = 0) {
        var copied: [Entry] = []
        if depth < Self.depthMaximum, let entries = table.entries {
            copied.reserveCapacity(Int(table.num_entries))
            for index in 0..<Int(table.num_entries) {
                copied.append(
                    Entry(key: String(entries[index].key), value: Self.value(entries[index].value, depth)))
            }
        }
        self.init(entries: copied)
    }

    private static func value(_ field: amqp_field_value_t, _ depth: Int) -> AMQPValue {
        let value = field.value
        switch amqp_field_value_kind_t(UInt32(field.kind)) {
        case AMQP_FIELD_KIND_UTF8: return .string(String(value.bytes))
        case AMQP_FIELD_KIND_BYTES: return .bytes([UInt8](value.bytes))
        case AMQP_FIELD_KIND_BOOLEAN: return .boolean(value.boolean != 0)
        case AMQP_FIELD_KIND_I8: return .integer(Int64(value.i8))
        case AMQP_FIELD_KIND_U8: return .integer(Int64(value.u8))
        case AMQP_FIELD_KIND_I16: return .integer(Int64(value.i16))
        case AMQP_FIELD_KIND_U16: return .integer(Int64(value.u16))
        case AMQP_FIELD_KIND_I32: return .integer(Int64(value.i32))
        case AMQP_FIELD_KIND_U32: return .integer(Int64(value.u32))
        case AMQP_FIELD_KIND_I64: return .integer(value.i64)
        case AMQP_FIELD_KIND_U64: return .integer(Int64(clamping: value.u64))
        case AMQP_FIELD_KIND_F32: return .double(Double(value.f32))
        case AMQP_FIELD_KIND_F64: return .double(value.f64)
        case AMQP_FIELD_KIND_TIMESTAMP: return .timestamp(value.u64)
        case AMQP_FIELD_KIND_TABLE: return .table(AMQPTable(value.table, depth: depth + 1))
        case AMQP_FIELD_KIND_ARRAY: return array(value.array, depth)
        default: return .void
        }
    }

    private static func array(_ array: amqp_array_t, _ depth: Int) -> AMQPValue {
        guard depth < depthMaximum, let entries = array.entries else { return .array([]) }
        return .array((0..<Int(array.num_entries)).map { value(entries[$0], depth + 1) })
    }
}
