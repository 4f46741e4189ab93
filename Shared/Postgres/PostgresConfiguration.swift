public import Primitives

/// Where the database is and how its connections behave, with every limit and time-out.
public struct PostgresConfiguration: Sendable {
    /// How the connection is protected.
    public enum SSLMode: String, Sendable, CaseIterable {
        /// No TLS.
        case disable
        /// TLS if the server offers it, without checking whose certificate it is.
        case prefer
        /// TLS, without checking whose certificate it is.
        case require
        /// TLS, with a certificate from a known authority.
        case verifyCA = "verify-ca"
        /// TLS, with a certificate from a known authority for this very host.
        case verifyFull = "verify-full"
    }

    /// The host name, an address, or the folder of a Unix socket.
    public var host: String
    /// The port.
    public var port: Int
    /// The database.
    public var database: String
    /// The role; its `search_path` is its schema.
    public var user: String
    /// The role's password; nil where the server asks for none.
    public var password: Secret<String>?
    /// How the connection is protected.
    public var sslMode: SSLMode
    /// The file with the certificates of the authorities to trust.
    public var rootCertificate: String?
    /// The name shown in `pg_stat_activity`.
    public var applicationName: String
    /// How many threads with a connection each a pool has.
    public var poolSize: Int
    /// How many pieces of work may wait for a connection.
    public var queueLimit: Int
    /// How long a piece of work may wait for a connection.
    public var queueTimeout: Duration
    /// How long making a connection may take; libpq rounds up to whole seconds.
    public var connectTimeout: Duration
    /// How long `start` waits for the first connection.
    public var startTimeout: Duration
    /// How long one statement may run.
    public var statementTimeout: Duration
    /// How long one statement may wait for a lock.
    public var lockTimeout: Duration
    /// How long a transaction may sit idle before the server ends it.
    public var idleInTransactionTimeout: Duration
    /// Whether bitmap scans are allowed; off for queue-like tables, whose dead entries they read and never mark.
    public var bitmapScan: Bool
    /// When statements are planned.
    public var planning: Planning

    /// When statements are planned.
    public enum Planning: String, Sendable {
        /// Each time, for batches with arrays: a plan made while a queue table was empty would be kept otherwise and
        /// would read the wrong index once the table has filled.
        case eachTime = "force_custom_plan"
        /// Once per connection, unless the server finds that planning again pays; by indexes, however small the tables
        /// are at that moment.
        case kept = "auto"
    }
    /// Further settings of each session, for a pool whose statements need other plans; values must be plain words.
    public var sessionSettings: [String: String]

    /// The settings a service starts from; a caller changes what differs.
    ///
    /// - Parameters:
    ///   - host: The server.
    ///   - port: Its port.
    ///   - database: The database.
    ///   - user: The role.
    ///   - password: The role's password, if any.
    ///   - applicationName: The name shown in `pg_stat_activity`.
    public init(
        host: String, port: Int, database: String, user: String, password: Secret<String>?,
        applicationName: String
    ) {
        self.host = host
        self.port = port
        self.database = database
        self.user = user
        self.password = password
        self.applicationName = applicationName
        sslMode = .prefer
        rootCertificate = nil
        poolSize = 8
        queueLimit = 1_024
        queueTimeout = .seconds(5)
        connectTimeout = .seconds(5)
        startTimeout = .seconds(30)
        statementTimeout = .seconds(15)
        lockTimeout = .seconds(5)
        idleInTransactionTimeout = .seconds(10)
        bitmapScan = true
        planning = .eachTime
        sessionSettings = [:]
    }

    /// The same settings for a pool that serves requests: their statements touch a few rows by key, so a plan is kept.
    public var forRequests: PostgresConfiguration {
        var copy = self
        copy.planning = .kept
        return copy
    }

    /// The same settings with another pool size and planner choice, for a pool of its own beside the first.
    public func pool(named suffix: String, size: Int, bitmapScan: Bool) -> PostgresConfiguration {
        var copy = self
        copy.applicationName = "\(applicationName)/\(suffix)"
        copy.poolSize = size
        copy.bitmapScan = bitmapScan
        return copy
    }
}

extension PostgresConfiguration {
    /// The keywords and values for `PQconnectdbParams`.
    var parameters: [(keyword: String, value: String)] {
        var list: [(String, String)] = [
            ("host", host), ("port", String(port)), ("dbname", database), ("user", user),
            ("sslmode", sslMode.rawValue), ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("connect_timeout", String(max(2, (connectTimeout.milliseconds + 999) / 1_000))),
            ("options", options),
            // A peer that vanished is noticed in about ten seconds instead of two hours.
            ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
        ]
        if let password { list.append(("password", password.reveal())) }
        if let rootCertificate { list.append(("sslrootcert", rootCertificate)) }
        return list
    }

    /// Settings of the session, sent with the start-up message and so without a round trip.
    ///
    private var options: String {
        let further = sessionSettings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        precondition(
            further.allSatisfy { !$0.contains(" ") && !$0.contains("\\") }, "session settings are plain words"
        )
        let common = [
            "plan_cache_mode=\(planning.rawValue)", "random_page_cost=1.1", "jit=off",
            "enable_bitmapscan=\(bitmapScan ? "on" : "off")",
            "enable_seqscan=\(planning == .kept ? "off" : "on")", "timezone=UTC",
            "client_min_messages=warning",
            "statement_timeout=\(statementTimeout.milliseconds)", "lock_timeout=\(lockTimeout.milliseconds)",
            "idle_in_transaction_session_timeout=\(idleInTransactionTimeout.milliseconds)",
        ]
        return (common + further).map { "-c \($0)" }.joined(separator: " ")
    }

    /// When to give up on a server that does not even enforce its own statement time-out.
    var answerTimeout: Duration { statementTimeout + .seconds(5) }
}
