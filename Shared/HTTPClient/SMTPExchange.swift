import CCurl
import Primitives

/// One mail as the loop carries it.
struct SMTPExchange: Exchange {
    static let maximumReplyBytes = 16_384

    let mail: OutgoingMail
    let configuration: SMTPConfiguration
    let completion: @Sendable (Result<Void, SMTPError>) -> Void

    var totalTimeout: Duration { configuration.totalTimeout }
    var responseLimit: Int { Self.maximumReplyBytes }
    var upload: [UInt8] { mail.message }
    var destinations: HTTPClientConfiguration.Destinations { .any }

    func configure(_ handle: EasyHandle) -> Bool {
        let scheme = configuration.security == .tls ? "smtps" : "smtp"
        let isTLSRequired = configuration.security != .none
        var isSet = handle.setCommon(
            certificateFile: configuration.certificateFile, connectTimeout: configuration.connectTimeout)
        isSet = isSet && handle.set(CURLOPT_PROTOCOLS_STR, scheme)
        isSet =
            isSet
            && handle.set(
                CURLOPT_URL,
                "\(scheme)://\(configuration.host):\(configuration.port)/\(configuration.clientName)")
        isSet =
            isSet
            && handle.set(CURLOPT_USE_SSL, Int((isTLSRequired ? CURLUSESSL_ALL : CURLUSESSL_NONE).rawValue))
        if let credentials = configuration.credentials {
            isSet = isSet && handle.set(CURLOPT_USERNAME, credentials.user)
            isSet = isSet && handle.set(CURLOPT_PASSWORD, credentials.password.reveal())
            // Credentials in the first line: one round trip less, and a refusal is answered at once.
            isSet = isSet && handle.set(CURLOPT_SASL_IR, 1)
        }
        isSet = isSet && handle.set(CURLOPT_MAIL_FROM, "<\(mail.sender.address)>")
        isSet = isSet && handle.set(CURLOPT_MAIL_RCPT, list: mail.recipients.map { "<\($0.address)>" })
        isSet = isSet && handle.set(CURLOPT_UPLOAD, 1)
        return isSet && handle.setUploadSize(mail.message.count)
    }

    func complete(_ ending: Ending) {
        let mayHaveBeenTaken = ending.uploadedByteCount == mail.message.count
        switch ending.cause {
        case .finished(0): completion(.success(()))
        case .finished(let code): completion(.failure(error(CURLcode(code), ending, mayHaveBeenTaken)))
        case .cancelled: completion(.failure(.cancelled(mayHaveBeenTaken: mayHaveBeenTaken)))
        case .stopped: completion(.failure(.stopped(mayHaveBeenTaken: mayHaveBeenTaken)))
        case .overloaded: completion(.failure(.overloaded))
        case .timedOutWaiting:
            completion(
                .failure(.connection(detail: "no connection became free in time", mayHaveBeenTaken: false)))
        case .refusedOption:
            completion(.failure(.connection(detail: "the settings cannot be used", mayHaveBeenTaken: false)))
        }
    }

    /// A refusal is about the mail only after MAIL, RCPT or DATA; a refused greeting, STARTTLS or password says that the
    /// server or the settings are wrong, and every mail would meet the same.
    private func error(_ code: CURLcode, _ ending: Ending, _ mayHaveBeenTaken: Bool) -> SMTPError {
        let isAboutTheMail =
            code == CURLE_SEND_ERROR || (code == CURLE_WEIRD_SERVER_REPLY && mayHaveBeenTaken)
        let reply = Self.reply(ending.headerBytes, code: ending.status)
        if isAboutTheMail, (400..<500).contains(ending.status) {
            return .transient(code: ending.status, reply: reply)
        }
        if isAboutTheMail, (500..<600).contains(ending.status) {
            return .permanent(code: ending.status, reply: reply)
        }
        let detail = reply.isEmpty ? ending.detail : "\(ending.detail); last reply: \(reply)"
        return .connection(detail: detail, mayHaveBeenTaken: mayHaveBeenTaken)
    }

    /// The last line with the code: after a refusal the library still says goodbye, and that answer says nothing.
    private static func reply(_ bytes: [UInt8], code: Int) -> String {
        let lines = bytes.split { $0 == 0x0A || $0 == 0x0D }
        let start = Array(String(code).utf8)
        let line = lines.last { $0.starts(with: start) } ?? lines.last
        return line.map { String(decoding: $0.prefix(512), as: UTF8.self) } ?? ""
    }
}
