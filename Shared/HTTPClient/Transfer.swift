import CCurl
import Glibc

/// One exchange under way: its handle, and what was read so far.
///
/// Used on the loop's thread only.
final class Transfer {
    static let maximumHeaderBytes = 65_536

    let id: UInt64
    let exchange: any Exchange
    let handle: EasyHandle
    private var body: [UInt8] = []
    private var headerBytes: [UInt8] = []
    private var uploadedByteCount = 0
    private var isTooLarge = false
    private var isForbiddenAddress = false

    init(id: UInt64, exchange: any Exchange, handle: EasyHandle) {
        self.id = id
        self.exchange = exchange
        self.handle = handle
    }

    /// Sets the handle up; the transfer must outlive the handle's time in the multi.
    func configure(remaining: Duration) -> Bool {
        let context = Unmanaged.passUnretained(self).toOpaque()
        var isSet = exchange.configure(handle) && handle.set(CURLOPT_TIMEOUT_MS, remaining.wholeMilliseconds)
        isSet = isSet && handle.set(CURLOPT_PRIVATE, pointer: context)
        isSet = isSet && handle.set(CURLOPT_WRITEDATA, pointer: context)
        isSet = isSet && handle.set(CURLOPT_WRITEFUNCTION, callback: Self.onBody)
        isSet = isSet && handle.set(CURLOPT_HEADERDATA, pointer: context)
        isSet = isSet && handle.set(CURLOPT_HEADERFUNCTION, callback: Self.onHeader)
        if !exchange.upload.isEmpty {
            isSet = isSet && handle.set(CURLOPT_READDATA, pointer: context)
            isSet = isSet && handle.set(CURLOPT_READFUNCTION, callback: Self.onUpload)
        }
        if exchange.destinations == .publicInternet {
            isSet =
                isSet && ccurl_set_open_socket_callback(handle.raw, Self.onOpenSocket, context) == CURLE_OK
        }
        return isSet
    }

    /// Everything that is known now; to be asked before the handle leaves the multi.
    func ending(_ cause: Ending.Cause) -> Ending {
        var ending = Ending(cause: cause)
        ending.status = handle.info(CURLINFO_RESPONSE_CODE)
        ending.requestByteCount = handle.info(CURLINFO_REQUEST_SIZE)
        ending.uploadedByteCount = uploadedByteCount
        ending.headerBytes = headerBytes
        ending.body = body
        ending.isTooLarge = isTooLarge
        ending.isForbiddenAddress = isForbiddenAddress
        if case .finished(let code) = cause, code != 0 { ending.detail = handle.detail(for: CURLcode(code)) }
        return ending
    }

    private func takeBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard body.count + bytes.count <= exchange.responseLimit else {
            isTooLarge = true
            return 0
        }
        body.append(contentsOf: bytes)
        return bytes.count
    }

    private func takeHeader(_ line: UnsafeRawBufferPointer) -> Int {
        // A status line begins a new block: what came before was an interim answer (1xx).
        if line.starts(with: "HTTP/".utf8) { headerBytes.removeAll(keepingCapacity: true) }
        guard headerBytes.count + line.count <= Self.maximumHeaderBytes else {
            isTooLarge = true
            return 0
        }
        headerBytes.append(contentsOf: line)
        return line.count
    }

    private func giveUpload(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let upload = exchange.upload
        let count = min(buffer.count, upload.count - uploadedByteCount)
        guard count > 0 else { return 0 }
        buffer.copyBytes(from: upload[uploadedByteCount..<(uploadedByteCount + count)])
        uploadedByteCount += count
        return count
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let onBody: ccurl_data_callback = { bytes, size, count, context in
        Transfer.from(context)?.takeBody(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
    }

    private static let onHeader: ccurl_data_callback = { bytes, size, count, context in
        Transfer.from(context)?.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count)) ?? 0
    }

    private static let onUpload: ccurl_data_callback = { buffer, size, count, context in
        Transfer.from(context)?.giveUpload(UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
            ?? 0
    }

    /// Opens a socket only towards an address that is allowed: it sees the address after the name was resolved, so a
    /// name that answers differently the second time gains nothing.
    private static let onOpenSocket: curl_opensocket_callback = { context, _, address in
        guard let address else { return ccurl_bad_socket() }
        let isPublic = withUnsafePointer(to: &address.pointee.addr) { PublicAddress.isPublic($0) }
        guard isPublic else {
            Transfer.from(context)?.isForbiddenAddress = true
            return ccurl_bad_socket()
        }
        return socket(
            address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue),
            address.pointee.protocol)
    }
}
