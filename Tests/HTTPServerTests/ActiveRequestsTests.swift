import Testing

@testable import HTTPServer

@Suite(.timeLimit(.minutes(10))) struct ActiveRequestsTests {
    @Test("once the last request has ended under a drain, none begins any more")
    func drained() async {
        let requests = ActiveRequests(limit: 10)
        #expect(requests.begin())
        async let drained = requests.drain(within: .seconds(20))
        #expect(requests.begin())
        requests.end()
        requests.end()
        #expect(await drained)
        #expect(!requests.begin())
    }

    @Test("a drain without requests is over at once and lets none begin")
    func idle() async {
        let requests = ActiveRequests(limit: 10)
        #expect(await requests.drain(within: .seconds(20)))
        #expect(!requests.begin())
    }

    @Test("a drain that takes too long says so, and requests that end before one change nothing")
    func late() async {
        let requests = ActiveRequests(limit: 1)
        #expect(requests.begin())
        #expect(!requests.begin())
        requests.end()
        #expect(requests.begin())
        #expect(await requests.drain(within: .milliseconds(20)) == false)
    }
}
