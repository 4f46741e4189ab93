import CCurl

/// The state of a loop: the library's multi handle, what is under way and what waits.
///
/// Used on one thread only.
final class LoopCore {
    private struct Waiting {
        let id: UInt64
        let exchange: any Exchange
        let deadline: ContinuousClock.Instant
    }

    /// How often the queue is searched for exchanges whose time ran out before they began.
    private static let waitingSweepMilliseconds: Int32 = 50
    private static let globalState = ccurl_global_init()

    private(set) var isStopped = false
    private let multi: UnsafeMutableRawPointer
    private let poller: Poller
    private let maximumTransfers: Int
    private let maximumWaiting: Int
    private var active: [UInt64: Transfer] = [:]
    private var waiting: [Waiting] = []
    private var waitingHead = 0
    private var idleHandles: [EasyHandle] = []
    private var timer: ContinuousClock.Instant?

    init(poller: Poller, maximumTransfers: Int, maximumWaiting: Int) {
        precondition(Self.globalState == CURLE_OK, "libcurl cannot be initialised")
        guard let multi = curl_multi_init() else {
            preconditionFailure("libcurl has no memory for a multi handle")
        }
        self.multi = multi
        self.poller = poller
        self.maximumTransfers = maximumTransfers
        self.maximumWaiting = maximumWaiting
        let context = Unmanaged.passUnretained(self).toOpaque()
        // Without a size of its own the cache shrinks with the transfers and closes connections that are needed next.
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, maximumTransfers)
        ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        ccurl_multi_set_socket_callback(multi, Self.onSocket, context)
        ccurl_multi_set_timer_callback(multi, Self.onTimer, context)
    }

    deinit {
        // The clean-up must not call back into an object that is going away.
        ccurl_multi_set_socket_callback(multi, nil, nil)
        ccurl_multi_set_timer_callback(multi, nil, nil)
        curl_multi_cleanup(multi)
    }

    /// How long the thread may sleep; negative without end.
    func millisecondsToWait() -> Int32 {
        var milliseconds: Int32 = -1
        if let timer {
            let left = timer - .now
            milliseconds = left <= .zero ? 0 : Int32(clamping: left.wholeMilliseconds)
        }
        if waitingHead < waiting.count, milliseconds < 0 || milliseconds > Self.waitingSweepMilliseconds {
            milliseconds = Self.waitingSweepMilliseconds
        }
        return milliseconds
    }

    func handle(_ command: TransferLoop.Command) {
        switch command {
        case .start(let id, let exchange, let deadline): enqueue(id, exchange, deadline)
        case .cancel(let id): cancel(id)
        case .stop: stop()
        }
    }

    /// Lets the library act on what happened, then reports what ended and begins what waits.
    func advance(_ events: [Poller.Event]) {
        guard !isStopped else { return }
        var running: Int32 = 0
        for event in events {
            var mask: Int32 = 0
            if event.isReadable { mask |= CURL_CSELECT_IN }
            if event.isWritable { mask |= CURL_CSELECT_OUT }
            if event.isFailed { mask |= CURL_CSELECT_ERR }
            curl_multi_socket_action(multi, event.descriptor, mask, &running)
        }
        reapFinished()
        admitWaiting()
        // Added handles ask for a time-out of zero: this turn of the library starts them.
        while let timer, timer <= .now {
            self.timer = nil
            curl_multi_socket_action(multi, ccurl_timeout_socket(), 0, &running)
        }
        reapFinished()
        admitWaiting()
    }

    private func enqueue(_ id: UInt64, _ exchange: any Exchange, _ deadline: ContinuousClock.Instant) {
        guard !isStopped else { return exchange.complete(Ending(cause: .stopped)) }
        if waitingHead == waiting.count, active.count < maximumTransfers {
            begin(id, exchange, deadline)
        } else if waiting.count - waitingHead < maximumWaiting {
            waiting.append(Waiting(id: id, exchange: exchange, deadline: deadline))
        } else {
            exchange.complete(Ending(cause: .overloaded))
        }
    }

    private func admitWaiting() {
        guard waitingHead < waiting.count else { return }
        while waitingHead < waiting.count, active.count < maximumTransfers {
            let next = waiting[waitingHead]
            waitingHead += 1
            begin(next.id, next.exchange, next.deadline)
        }
        waiting.removeFirst(waitingHead)
        waitingHead = 0
        let now = ContinuousClock.now
        let expired = waiting.filter { $0.deadline <= now }
        guard !expired.isEmpty else { return }
        waiting.removeAll { $0.deadline <= now }
        for exchange in expired.map(\.exchange) { exchange.complete(Ending(cause: .timedOutWaiting)) }
    }

    private func begin(_ id: UInt64, _ exchange: any Exchange, _ deadline: ContinuousClock.Instant) {
        let remaining = deadline - .now
        guard remaining > .zero else { return exchange.complete(Ending(cause: .timedOutWaiting)) }
        guard let handle = idleHandles.popLast() ?? EasyHandle() else {
            return exchange.complete(Ending(cause: .overloaded))
        }
        let transfer = Transfer(id: id, exchange: exchange, handle: handle)
        guard transfer.configure(remaining: remaining), curl_multi_add_handle(multi, handle.raw) == CURLM_OK
        else {
            recycle(handle)
            return exchange.complete(Ending(cause: .refusedOption))
        }
        active[id] = transfer
    }

    private func reapFinished() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let context = ccurl_get_private(easy)
            else { continue }
            let code = ccurl_message_result(message)
            end(Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue(), .finished(code: code.rawValue))
        }
    }

    private func cancel(_ id: UInt64) {
        if let transfer = active[id] { return end(transfer, .cancelled) }
        guard let index = waiting[waitingHead...].firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).exchange.complete(Ending(cause: .cancelled))
    }

    private func stop() {
        isStopped = true
        for transfer in Array(active.values) { end(transfer, .stopped) }
        for item in waiting[waitingHead...] { item.exchange.complete(Ending(cause: .stopped)) }
        waiting.removeAll()
        waitingHead = 0
    }

    private func end(_ transfer: Transfer, _ cause: Ending.Cause) {
        let ending = transfer.ending(cause)
        curl_multi_remove_handle(multi, transfer.handle.raw)
        active[transfer.id] = nil
        recycle(transfer.handle)
        transfer.exchange.complete(ending)
    }

    private func recycle(_ handle: EasyHandle) {
        handle.reset()
        if idleHandles.count < maximumTransfers { idleHandles.append(handle) }
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> LoopCore? {
        context.map { Unmanaged<LoopCore>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let onSocket: curl_socket_callback = { _, descriptor, what, context, mark in
        guard let core = LoopCore.from(context) else { return 0 }
        if what == CURL_POLL_REMOVE {
            core.poller.forget(descriptor)
        } else {
            core.poller.watch(
                descriptor, reads: what & CURL_POLL_IN != 0, writes: what & CURL_POLL_OUT != 0,
                isKnown: mark != nil)
            if mark == nil {
                curl_multi_assign(core.multi, descriptor, UnsafeMutableRawPointer(bitPattern: 1))
            }
        }
        return 0
    }

    private static let onTimer: curl_multi_timer_callback = { _, milliseconds, context in
        LoopCore.from(context)?.timer = milliseconds < 0 ? nil : .now + .milliseconds(milliseconds)
        return 0
    }
}
