import CRabbitMQ
import Glibc

extension BrokerConnection {
    /// The next thing the broker said, or nil if it has said nothing more; never waits.
    func nextEvent() throws(AMQPError) -> BrokerEvent? {
        while true {
            var frame = amqp_frame_t()
            var zero = cr_timeval(0, 0)
            guarded.begin()
            let status = amqp_simple_wait_frame_noblock(state, &frame, &zero)
            guarded.end()
            if status == AMQP_STATUS_TIMEOUT.rawValue { return nil }
            try expect(status, "read")
            if let event = try interpret(frame) { return event }
        }
    }

    /// The next frame of a call that the session itself is waiting on, for at most this long.
    func waitForInput(_ timeout: Duration) {
        guard !hasBufferedInput else { return }
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        poll(&wait, 1, CInt(timeout.millisecondsRoundedUp))
    }

    private func interpret(_ frame: amqp_frame_t) throws(AMQPError) -> BrokerEvent? {
        switch Int32(frame.frame_type) {
        case AMQP_FRAME_METHOD: return try method(frame.payload.method)
        case AMQP_FRAME_HEADER: return try header(frame)
        case AMQP_FRAME_BODY:
            let fragment = frame.payload.body_fragment
            let bytes = UnsafeRawBufferPointer(start: fragment.bytes, count: fragment.len)
            return event(try assembler.body(bytes))
        default: return nil
        }
    }

    private func method(_ method: amqp_method_t) throws(AMQPError) -> BrokerEvent? {
        guard let decoded = method.decoded else {
            throw AMQPError(code: .protocolViolation, message: "a method without arguments")
        }
        switch method.id {
        case AMQP_BASIC_DELIVER_METHOD:
            let deliver = decoded.assumingMemoryBound(to: amqp_basic_deliver_t.self).pointee
            try assembler.begin(
                .delivery(tag: deliver.delivery_tag), exchange: String(deliver.exchange),
                routingKey: String(deliver.routing_key), redelivered: deliver.redelivered != 0)
            return nil
        case AMQP_BASIC_ACK_METHOD:
            let ack = decoded.assumingMemoryBound(to: amqp_basic_ack_t.self).pointee
            return .confirmed(tag: ack.delivery_tag, multiple: ack.multiple != 0)
        case AMQP_BASIC_NACK_METHOD:
            let nack = decoded.assumingMemoryBound(to: amqp_basic_nack_t.self).pointee
            return .refused(tag: nack.delivery_tag, multiple: nack.multiple != 0)
        case AMQP_BASIC_RETURN_METHOD:
            let back = decoded.assumingMemoryBound(to: amqp_basic_return_t.self).pointee
            try assembler.begin(
                .returned(reason: "\(back.reply_code) \(String(back.reply_text))"),
                exchange: String(back.exchange), routingKey: String(back.routing_key), redelivered: false)
            return nil
        case AMQP_CONNECTION_BLOCKED_METHOD:
            let blocked = decoded.assumingMemoryBound(to: amqp_connection_blocked_t.self).pointee
            return .blocked(reason: String(blocked.reason))
        case AMQP_CONNECTION_UNBLOCKED_METHOD: return .unblocked
        case AMQP_BASIC_CANCEL_METHOD:
            throw AMQPError(code: .consumerCancelled, message: "the broker ended the subscription")
        default: throw closeError(method.id, method.decoded, "broker")
        }
    }

    private func header(_ frame: amqp_frame_t) throws(AMQPError) -> BrokerEvent? {
        let header = frame.payload.properties
        guard let decoded = header.decoded else {
            throw AMQPError(code: .protocolViolation, message: "a header without properties")
        }
        let properties = decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
        let finished = try assembler.header(bodyBytes: header.body_size) { $0.take(properties) }
        return event(finished)
    }

    private func event(_ finished: ContentAssembler.Finished?) -> BrokerEvent? {
        guard let finished else { return nil }
        switch finished.announcement {
        case .delivery(let tag): return .delivered(finished.content, tag: tag)
        case .returned(let reason):
            return .returned(messageID: finished.content.messageID, reason: reason)
        }
    }
}

extension ReceivedContent {
    /// Copies the properties out of the library's memory.
    mutating func take(_ properties: amqp_basic_properties_t) {
        func has(_ flag: Int32) -> Bool { properties._flags & UInt32(bitPattern: flag) != 0 }
        if has(AMQP_BASIC_MESSAGE_ID_FLAG) { messageID = String(properties.message_id) }
        if has(AMQP_BASIC_TYPE_FLAG) { type = String(properties.type) }
        if has(AMQP_BASIC_CONTENT_TYPE_FLAG) { contentType = String(properties.content_type) }
        if has(AMQP_BASIC_APP_ID_FLAG) { appID = String(properties.app_id) }
        if has(AMQP_BASIC_HEADERS_FLAG) { headers = AMQPTable(properties.headers) }
    }
}
