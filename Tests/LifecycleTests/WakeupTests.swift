import Lifecycle
import Testing

@Suite(.timeLimit(.minutes(10)))
struct WakeupTests {
    @Test("a wait ends also when its time is over before it has begun")
    func shortWaits() async {
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    let wakeup = Wakeup()
                    for _ in 0..<500 { await wakeup.wait(atMost: .zero) }
                }
            }
        }
    }

    @Test("a signal given before the wait ends it at once, and only once")
    func signalBefore() async {
        let wakeup = Wakeup()
        wakeup.signal()
        wakeup.signal()
        await wakeup.wait(atMost: .seconds(3_600))
        let start = ContinuousClock.now
        await wakeup.wait(atMost: .milliseconds(50))
        #expect(start.duration(to: .now) >= .milliseconds(50))
    }

    @Test("a signal ends a wait that has begun")
    func signalDuring() async {
        let wakeup = Wakeup()
        async let waiting: Void = wakeup.wait(atMost: .seconds(3_600))
        let signals = Task {
            while !Task.isCancelled {
                wakeup.signal()
                await Task.yield()
            }
        }
        await waiting
        signals.cancel()
    }
}
