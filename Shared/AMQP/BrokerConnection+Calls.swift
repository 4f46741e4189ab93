import CRabbitMQ
import EventContracts

/// What a queue held when it was asked.
struct QueueCounts {
    let messages: Int
    let consumers: Int
}

extension BrokerConnection {
    func declare(_ exchange: ExchangeDefinition, passive: Bool) throws(AMQPError) {
        arena.reset()
        let (name, kind) = (arena.bytes(exchange.name), arena.bytes(exchange.kind.rawValue))
        _ = call {
            amqp_exchange_declare(
                state, Self.channel, name, kind, passive ? 1 : 0, 1, 0, 0,
                amqp_table_t(num_entries: 0, entries: nil))
        }
        try check("exchange.declare")
    }

    @discardableResult
    func declare(_ queue: QueueDefinition, passive: Bool) throws(AMQPError) -> QueueCounts {
        arena.reset()
        let name = arena.bytes(queue.name)
        let entries = queue.arguments.sorted { $0.key < $1.key }.map { key, value in
            switch value {
            case .string(let text): AMQPTable.Entry(key: key, value: .string(text))
            case .integer(let number): AMQPTable.Entry(key: key, value: .integer(number))
            }
        }
        let arguments = arena.table(AMQPTable(entries: entries))
        let answer = call {
            amqp_queue_declare(state, Self.channel, name, passive ? 1 : 0, 1, 0, 0, arguments)
        }
        try check("queue.declare")
        return QueueCounts(
            messages: Int(answer?.pointee.message_count ?? 0),
            consumers: Int(answer?.pointee.consumer_count ?? 0))
    }

    func bind(_ binding: BindingDefinition) throws(AMQPError) {
        arena.reset()
        let (queue, exchange) = (arena.bytes(binding.queue), arena.bytes(binding.exchange))
        let key = arena.bytes(binding.routingKey)
        _ = call {
            amqp_queue_bind(
                state, Self.channel, queue, exchange, key, amqp_table_t(num_entries: 0, entries: nil))
        }
        try check("queue.bind")
    }

    func confirmSelect() throws(AMQPError) {
        _ = call { amqp_confirm_select(state, Self.channel) }
        try check("confirm.select")
    }

    /// Subscribes with this many unacknowledged messages at most; a quorum queue knows no other kind of prefetch.
    func consume(_ queue: String, prefetch: UInt16) throws(AMQPError) {
        _ = call { amqp_basic_qos(state, Self.channel, 0, prefetch, 0) }
        try check("basic.qos")
        arena.reset()
        let name = arena.bytes(queue)
        let none = amqp_bytes_t(len: 0, bytes: nil)
        _ = call {
            amqp_basic_consume(
                state, Self.channel, name, none, 0, 0, 0, amqp_table_t(num_entries: 0, entries: nil))
        }
        try check("basic.consume")
    }

    func acknowledge(_ tag: UInt64, multiple: Bool) throws(AMQPError) {
        let status = call { amqp_basic_ack(state, Self.channel, tag, multiple ? 1 : 0) }
        try expect(status, "basic.ack")
    }

    func reject(_ tag: UInt64, requeue: Bool) throws(AMQPError) {
        let status = call { amqp_basic_reject(state, Self.channel, tag, requeue ? 1 : 0) }
        try expect(status, "basic.reject")
    }

    func delete(queue: String) throws(AMQPError) {
        arena.reset()
        let name = arena.bytes(queue)
        _ = call { amqp_queue_delete(state, Self.channel, name, 0, 0) }
        try check("queue.delete")
    }

    /// Writes a message; the caller holds the watchdog's deadline and has read every waiting frame just before.
    func publish(_ message: OutgoingMessage) throws(AMQPError) {
        arena.reset()
        var properties = amqp_basic_properties_t()
        var flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG
        properties.delivery_mode = message.persistent ? 2 : 1
        properties.message_id = arena.bytes(message.messageID)
        if !message.type.isEmpty {
            flags |= AMQP_BASIC_TYPE_FLAG
            properties.type = arena.bytes(message.type)
        }
        if !message.contentType.isEmpty {
            flags |= AMQP_BASIC_CONTENT_TYPE_FLAG
            properties.content_type = arena.bytes(message.contentType)
        }
        if !message.appID.isEmpty {
            flags |= AMQP_BASIC_APP_ID_FLAG
            properties.app_id = arena.bytes(message.appID)
        }
        if !message.headers.isEmpty {
            flags |= AMQP_BASIC_HEADERS_FLAG
            properties.headers = arena.table(message.headers)
        }
        properties._flags = UInt32(bitPattern: flags)
        let (exchange, key) = (arena.bytes(message.exchange), arena.bytes(message.routingKey))
        let status = message.body.withUnsafeBytes { body in
            amqp_basic_publish(
                state, Self.channel, exchange, key, message.mandatory ? 1 : 0, 0, &properties,
                // The library only reads through this pointer; its struct has no const.
                amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress)))
        }
        try expect(status, "basic.publish")
    }

    /// Fetches one message without a subscription; it follows as an event, unless the queue is empty: false.
    func get(_ queue: String) throws(AMQPError) -> Bool {
        arena.reset()
        let name = arena.bytes(queue)
        let reply = call { amqp_basic_get(state, Self.channel, name, 0) }
        try check(reply, "basic.get")
        guard reply.reply.id == AMQP_BASIC_GET_OK_METHOD,
            let answer = reply.reply.decoded?.assumingMemoryBound(to: amqp_basic_get_ok_t.self).pointee
        else { return false }
        try assembler.begin(
            .delivery(tag: answer.delivery_tag), exchange: String(answer.exchange),
            routingKey: String(answer.routing_key), redelivered: answer.redelivered != 0)
        return true
    }
}
