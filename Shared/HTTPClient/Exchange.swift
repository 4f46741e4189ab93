/// One question and answer over the network, as the loop sees it: how to set a handle up, and what its ending means.
protocol Exchange: Sendable {
    /// The time that is left for everything, from submission on.
    var totalTimeout: Duration { get }
    /// The most bytes of an answer that are kept.
    var responseLimit: Int { get }
    /// What is sent through the read callback; empty when the library holds the body itself.
    var upload: [UInt8] { get }
    /// To which addresses sockets may be opened.
    var destinations: HTTPClientConfiguration.Destinations { get }

    /// Sets every option of a handle that was reset; false when the library refuses one.
    func configure(_ handle: EasyHandle) -> Bool

    /// Reports to whoever waits; called exactly once, on the loop's thread.
    func complete(_ ending: Ending)
}

/// How an exchange ended.
struct Ending {
    enum Cause: Equatable {
        /// The library's own code; zero is success.
        case finished(code: UInt32)
        case refusedOption
        case cancelled
        case timedOutWaiting
        case overloaded
        case stopped
    }

    let cause: Cause
    /// The HTTP status, or the last reply code of an SMTP server; zero if none was read.
    var status = 0
    /// How many bytes of request head and body were handed to the kernel, over all attempts of the library.
    var requestByteCount = 0
    /// How many bytes of `upload` the library took.
    var uploadedByteCount = 0
    var headerBytes: [UInt8] = []
    var body: [UInt8] = []
    var isTooLarge = false
    var isForbiddenAddress = false
    /// What the library says about the failure.
    var detail = ""
}
