import CCurl

/// One HTTP request as the loop carries it.
struct HTTPExchange: Exchange {
    let request: ClientRequest
    let configuration: HTTPClientConfiguration
    let completion: @Sendable (Result<ClientResponse, HTTPClientError>) -> Void

    var totalTimeout: Duration { request.limits.total }
    var responseLimit: Int { request.limits.responseBytes }
    var upload: [UInt8] { [] }
    var destinations: HTTPClientConfiguration.Destinations { configuration.destinations }

    func configure(_ handle: EasyHandle) -> Bool {
        var isSet = handle.setCommon(
            certificateFile: configuration.certificateFile, connectTimeout: request.limits.connect)
        isSet =
            isSet && handle.set(CURLOPT_PROTOCOLS_STR, configuration.allowsPlainText ? "http,https" : "https")
        isSet = isSet && handle.set(CURLOPT_FOLLOWLOCATION, 0)
        isSet = isSet && handle.set(CURLOPT_PATH_AS_IS, 1)
        // One request per connection: with HTTP/2 the library could not say whether this request's bytes were sent.
        isSet = isSet && handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        isSet = isSet && handle.set(CURLOPT_URL, request.url)
        isSet = isSet && configureMethod(handle)
        return isSet && handle.set(CURLOPT_HTTPHEADER, list: headerLines)
    }

    func complete(_ ending: Ending) {
        guard case .finished(0) = ending.cause else { return completion(.failure(error(ending))) }
        let response = ClientResponse(
            status: ending.status, headerBytes: ending.headerBytes, body: ending.body)
        completion(.success(response))
    }

    private func configureMethod(_ handle: EasyHandle) -> Bool {
        switch request.method {
        case "HEAD": return handle.set(CURLOPT_NOBODY, 1)
        case "GET" where request.body.isEmpty: return handle.set(CURLOPT_HTTPGET, 1)
        default:
            // A body of length zero is sent as such: servers refuse a POST without a length.
            let hasBody = !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method)
            if hasBody, !handle.setBody(request.body) { return false }
            return handle.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
    }

    private var headerLines: [String] {
        // "Name;" is how the library is told to send a field without a value; "Expect:" and "Content-Type:" keep it
        // from adding its own.
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        lines.append("Expect:")
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        return lines
    }

    private func error(_ ending: Ending) -> HTTPClientError {
        let failure = HTTPClientError.Failure(reason: reason(ending), detail: ending.detail)
        // The count runs over all attempts of the library: it repeats a request by itself when a kept connection died
        // before the first byte of an answer, and the failure it reports is then that of the last attempt.
        return ending.requestByteCount > 0 ? .outcomeUnknown(failure) : .notSent(failure)
    }

    private func reason(_ ending: Ending) -> HTTPClientError.Reason {
        switch ending.cause {
        case .cancelled: return .cancelled
        case .timedOutWaiting: return .timeout
        case .overloaded: return .overloaded
        case .stopped: return .stopped
        case .refusedOption: return .invalidRequest
        case .finished(let code):
            if ending.isForbiddenAddress { return .forbiddenAddress }
            return ending.isTooLarge
                ? .responseTooLarge : Self.reason(CURLcode(code), hasSent: ending.requestByteCount > 0)
        }
    }

    private static func reason(_ code: CURLcode, hasSent: Bool) -> HTTPClientError.Reason {
        switch code {
        case CURLE_URL_MALFORMAT: .invalidRequest
        case CURLE_UNSUPPORTED_PROTOCOL: hasSent ? .malformedResponse : .invalidRequest
        case CURLE_COULDNT_RESOLVE_HOST: .nameResolution
        case CURLE_COULDNT_CONNECT: .connect
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_CIPHER,
            CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            .tls
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: .connectionLost
        case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .malformedResponse
        default: .other
        }
    }
}
