import CCurl
import Glibc

/// The kernel's event queue with a way to wake its waiter from another thread.
///
/// The library's own poll looks at every open transfer on every turn; with hundreds of slow ones in flight that costs
/// more than the transfers. Here a turn costs what has happened.
struct Poller: Sendable {
    struct Event {
        let descriptor: Int32
        let isReadable: Bool
        let isWritable: Bool
        let isFailed: Bool
    }

    static let maximumEventsPerTurn = 256

    private let queue: Int32
    private let wakeDescriptor: Int32

    init() {
        queue = epoll_create1(Int32(EPOLL_CLOEXEC))
        wakeDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        precondition(queue >= 0 && wakeDescriptor >= 0, "the system refuses another event queue")
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: wakeDescriptor))
        precondition(epoll_ctl(queue, EPOLL_CTL_ADD, wakeDescriptor, &event) == 0)
    }

    /// Makes a waiter return; safe from any thread until `close`.
    func wake() {
        var one: UInt64 = 1
        // A full counter already means "awake".
        _ = write(wakeDescriptor, &one, 8)
    }

    /// Watches a descriptor, or changes what is watched.
    func watch(_ descriptor: Int32, reads: Bool, writes: Bool, isKnown: Bool) {
        var mask: UInt32 = 0
        if reads { mask |= EPOLLIN.rawValue }
        if writes { mask |= EPOLLOUT.rawValue }
        var event = epoll_event(events: mask, data: epoll_data_t(fd: descriptor))
        let first = isKnown ? EPOLL_CTL_MOD : EPOLL_CTL_ADD
        if epoll_ctl(queue, first, descriptor, &event) != 0 {
            // The number may have been closed and given out again without the library telling.
            epoll_ctl(queue, first == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, descriptor, &event)
        }
    }

    func forget(_ descriptor: Int32) {
        var event = epoll_event()
        // The descriptor may be closed already, which takes it out of the queue as well.
        epoll_ctl(queue, EPOLL_CTL_DEL, descriptor, &event)
    }

    /// Waits until something happens or the time is over; a negative time waits without end.
    func wait(milliseconds: Int32, into events: inout [Event]) {
        events.removeAll(keepingCapacity: true)
        withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: Self.maximumEventsPerTurn) { buffer in
            let count = epoll_wait(queue, buffer.baseAddress, Int32(Self.maximumEventsPerTurn), milliseconds)
            guard count > 0 else { return }
            for event in buffer.prefix(Int(count)) {
                if event.data.fd == wakeDescriptor {
                    drainWake()
                } else {
                    events.append(
                        Event(
                            descriptor: event.data.fd,
                            isReadable: event.events & EPOLLIN.rawValue != 0,
                            isWritable: event.events & EPOLLOUT.rawValue != 0,
                            isFailed: event.events & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0))
                }
            }
        }
    }

    func close() {
        Glibc.close(queue)
        Glibc.close(wakeDescriptor)
    }

    private func drainWake() {
        var value: UInt64 = 0
        _ = read(wakeDescriptor, &value, 8)
    }
}
