import CCurl

/// One libcurl easy handle with its header lists; used on the loop's thread only.
final class EasyHandle {
    let raw: UnsafeMutableRawPointer
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText: UnsafeMutablePointer<CChar>

    init?() {
        guard let raw = curl_easy_init() else { return nil }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(raw)
        freeLists()
        errorText.deallocate()
    }

    /// Forgets every option, so that nothing of one request can reach the next; connections stay open in the multi.
    func reset() {
        curl_easy_reset(raw)
        freeLists()
        errorText.pointee = 0
    }

    func set(_ option: CURLoption, _ value: Int) -> Bool { ccurl_set_long(raw, option, value) == CURLE_OK }

    func set(_ option: CURLoption, _ value: String) -> Bool { ccurl_set_text(raw, option, value) == CURLE_OK }

    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) -> Bool {
        ccurl_set_pointer(raw, option, pointer) == CURLE_OK
    }

    func set(_ option: CURLoption, callback: @escaping ccurl_data_callback) -> Bool {
        ccurl_set_data_callback(raw, option, callback) == CURLE_OK
    }

    func set(_ option: CURLoption, list texts: [String]) -> Bool {
        var list: UnsafeMutablePointer<curl_slist>?
        for text in texts {
            guard let longer = curl_slist_append(list, text) else {
                curl_slist_free_all(list)
                return false
            }
            list = longer
        }
        guard let list else { return true }
        lists.append(list)
        return ccurl_set_list(raw, option, list) == CURLE_OK
    }

    /// Hands the library its own copy of a body.
    func setBody(_ bytes: [UInt8]) -> Bool {
        ccurl_set_offset(raw, CURLOPT_POSTFIELDSIZE_LARGE, bytes.count) == CURLE_OK
            && bytes.withUnsafeBytes { ccurl_set_bytes(raw, CURLOPT_COPYPOSTFIELDS, $0.baseAddress) }
                == CURLE_OK
    }

    func setUploadSize(_ count: Int) -> Bool {
        ccurl_set_offset(raw, CURLOPT_INFILESIZE_LARGE, count) == CURLE_OK
    }

    /// Options that every transfer has, whatever its protocol.
    func setCommon(certificateFile: String?, connectTimeout: Duration) -> Bool {
        var isSet = ccurl_set_pointer(raw, CURLOPT_ERRORBUFFER, errorText) == CURLE_OK
        isSet = isSet && set(CURLOPT_NOSIGNAL, 1)
        isSet = isSet && set(CURLOPT_CONNECTTIMEOUT_MS, connectTimeout.wholeMilliseconds)
        isSet = isSet && set(CURLOPT_TCP_NODELAY, 1)
        // An empty proxy also keeps the variables http_proxy and all_proxy out of play.
        isSet = isSet && set(CURLOPT_PROXY, "")
        isSet = isSet && set(CURLOPT_SSL_VERIFYPEER, 1) && set(CURLOPT_SSL_VERIFYHOST, 2)
        isSet = isSet && set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let certificateFile { isSet = isSet && set(CURLOPT_CAINFO, certificateFile) }
        return isSet
    }

    func info(_ info: CURLINFO) -> Int {
        var value = 0
        return ccurl_get_long(raw, info, &value) == CURLE_OK ? value : 0
    }

    /// The library's sentence about a failure, its general one if there is no other.
    func detail(for code: CURLcode) -> String {
        errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
    }

    private func freeLists() {
        for list in lists { curl_slist_free_all(list) }
        lists.removeAll(keepingCapacity: true)
    }
}

extension Duration {
    /// Milliseconds rounded up, at least one and at most a day: zero would mean "no limit" to the library.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < 86_400 else { return 86_400_000 }
        return max(1, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
