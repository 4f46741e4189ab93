// swift-tools-version: 6.2
import PackageDescription

/// Every target of the package is built with these: Swift 6 mode, the upcoming features, warnings are errors.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
    // Where Pango's headers are; every importer of a module that draws with it reads them.
    .unsafeFlags(["-Xcc", "-I/usr/include/pango-1.0"]),
]

/// A C library of the system: a module map and a shim header, nothing else.
func system(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Shared/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func shared(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, path: "Shared/\(name)", swiftSettings: strict)
}

/// What every service is composed of; a service adds nothing but its own domain.
let kit: [Target.Dependency] = [
    "Primitives", "EventContracts", "Lifecycle", "Observability", "Settings", "Postgres", "AMQP", "Messaging",
    "HTTPServer", "HTTPClient", "Crypto", "ServiceKit",
]

/// The three targets of one service: pure rules, the service around them, the executable.
func service(_ name: String, _ dependencies: [Target.Dependency] = []) -> [Target] {
    let executable = "duely-\(name.lowercased())"
    return [
        .target(
            name: "\(name)Domain", dependencies: ["Primitives"], path: "Services/\(name)/Domain",
            swiftSettings: strict),
        .target(
            name: "\(name)Service", dependencies: kit + [.target(name: "\(name)Domain")] + dependencies,
            path: "Services/\(name)/Service", resources: [.embedInCode("Migrations")], swiftSettings: strict),
        .executableTarget(
            name: executable, dependencies: [.target(name: "\(name)Service"), "ServiceKit"],
            path: "Services/\(name)/Run", swiftSettings: strict),
    ]
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, path: "Tests/\(name)", swiftSettings: strict)
}

func tool(_ name: String, path: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

let systemLibraries: [Target] = [
    system("CPostgres", pkgConfig: "libpq", apt: "libpq-dev"),
    system("CRabbitMQ", pkgConfig: "librabbitmq", apt: "librabbitmq-dev"),
    system("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
    system("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    system("COpenSSL", pkgConfig: "libcrypto", apt: "libssl-dev"),
    system("CSodium", pkgConfig: "libsodium", apt: "libsodium-dev"),
    // Not "pangocairo", whose flags SwiftPM warns of with every build: what Pango's headers include, and `pango` below.
    system("CPangoCairo", pkgConfig: "cairo gobject-2.0 harfbuzz", apt: "libpango1.0-dev"),
    system("CQREncode", pkgConfig: "libqrencode", apt: "libqrencode-dev"),
]

let sharedLibraries: [Target] = [
    shared("Primitives"),
    shared("EventContracts", ["Primitives"]),
    shared("Settings", ["Primitives"]),
    shared("Observability", ["Primitives"]),
    shared("Lifecycle", ["Observability"]),
    shared("Postgres", ["CPostgres", "Primitives", "Lifecycle", "Observability"]),
    shared("AMQP", ["CRabbitMQ", "EventContracts", "Primitives", "Observability"]),
    shared("Messaging", ["AMQP", "Postgres", "EventContracts", "Primitives", "Lifecycle", "Observability"]),
    shared("HTTPServer", ["CMicrohttpd", "Primitives", "Lifecycle", "Observability"]),
    shared("HTTPClient", ["CCurl", "Primitives", "Observability"]),
    shared("Crypto", ["COpenSSL", "CSodium", "Primitives", "Lifecycle"]),
    shared("PDF", ["CPangoCairo", "CQREncode", "Primitives"]),
    shared("Documents", ["PDF", "Crypto", "Lifecycle", "Observability", "Primitives"]),
    shared(
        "ServiceKit",
        [
            "Primitives", "EventContracts", "Lifecycle", "Observability", "Settings", "Postgres", "AMQP",
            "Messaging",
            "HTTPServer", "HTTPClient", "Crypto",
        ]),
]

let services = ["Identity", "Invoice", "Payment", "Scheduler", "Notification"]

/// What only some services need.
let drawing: [String: [Target.Dependency]] = ["Invoice": ["Documents", "PDF"]]

let testTargets: [Target] = [
    .target(
        name: "TestKit", dependencies: ["HTTPClient", "Primitives"], path: "Tests/TestKit",
        swiftSettings: strict),
    .target(
        name: "ServiceTestKit",
        dependencies: ["Crypto", "Observability", "Postgres", "Primitives", "ServiceKit", "TestKit"],
        path: "Tests/ServiceTestKit", swiftSettings: strict),
    .target(
        name: "GatewaySimulatorCore",
        dependencies: [
            "Primitives", "HTTPServer", "HTTPClient", "Crypto", "Lifecycle", "Observability", "Settings",
        ],
        path: "Tests/GatewaySimulator/Core", swiftSettings: strict),
    tool(
        "gateway-simulator", path: "Tests/GatewaySimulator/Run",
        ["GatewaySimulatorCore", "Lifecycle", "Observability", "Primitives", "Settings"]),
    tests(
        "GatewaySimulatorTests",
        [
            "GatewaySimulatorCore", "HTTPClient", "HTTPServer", "Primitives", "Observability", "Settings",
            "Crypto", "TestKit",
        ]),
    .target(
        name: "LoadKit",
        dependencies: [
            "Crypto", "EventContracts", "HTTPClient", "Observability", "Postgres", "Primitives",
        ],
        path: "Tests/LoadKit", swiftSettings: strict),
    tool(
        "duely-bench", path: "Tests/Benchmarks",
        ["Documents", "LoadKit", "Lifecycle", "Observability", "PDF", "Postgres", "Primitives", "Settings"]),
    tests("PrimitivesTests", ["Primitives"]),
    tests("PaymentDomainTests", ["PaymentDomain", "Primitives"]),
    tests(
        "PaymentServiceTests",
        [
            "Crypto", "EventContracts", "GatewaySimulatorCore", "HTTPClient", "HTTPServer", "Lifecycle",
            "Messaging",
            "Observability", "PaymentDomain", "PaymentService", "Postgres", "Primitives", "ServiceKit",
            "Settings",
            "ServiceTestKit", "TestKit",
        ]),
    tests("IdentityDomainTests", ["IdentityDomain", "Primitives"]),
    tests(
        "IdentityServiceTests",
        kit + ["IdentityDomain", "IdentityService", "ServiceTestKit", "TestKit"]),
    tests(
        "RoleTests",
        kit + services.map { .target(name: "\($0)Service") } + [
            "IdentityDomain", "ServiceTestKit", "TestKit",
        ]),
    tests("CryptoTests", ["Crypto", "Primitives"]),
    tests("DocumentsTests", ["Documents", "Observability", "PDF", "Primitives", "TestKit"]),
    tests(
        "SchedulerServiceTests",
        [
            "SchedulerService", "SchedulerDomain", "Crypto", "EventContracts", "HTTPClient", "HTTPServer",
            "Lifecycle",
            "Messaging", "Observability", "Postgres", "Primitives", "ServiceKit", "Settings",
            "ServiceTestKit", "TestKit",
        ]),
    tests("SchedulerDomainTests", ["SchedulerDomain", "Primitives", "TestKit"]),
    tests("PostgresTests", ["Postgres", "Primitives", "Observability", "Lifecycle", "TestKit"]),
    tests("HTTPClientTests", ["HTTPClient", "Primitives", "TestKit"]),
    tests(
        "AccessTests",
        [
            "ServiceKit", "Crypto", "EventContracts", "HTTPServer", "Messaging", "Observability", "Postgres",
            "Primitives", "ServiceTestKit", "TestKit",
        ]),
    tests("ObservabilityTests", ["Observability"]),
    tests("LifecycleTests", ["Lifecycle", "Observability"]),
    tests("SettingsTests", ["Settings", "Primitives"]),
    tests(
        "IdempotencyTests",
        ["HTTPServer", "Lifecycle", "Observability", "Postgres", "Primitives", "ServiceKit", "TestKit"]),
    tests(
        "InvoiceServiceTests",
        [
            "InvoiceService", "InvoiceDomain", "Crypto", "Documents", "EventContracts", "HTTPClient",
            "Lifecycle",
            "HTTPServer",
            "Messaging",
            "Observability", "Postgres", "Primitives", "ServiceKit", "Settings", "ServiceTestKit", "TestKit",
        ]),
    tests("NotificationDomainTests", ["NotificationDomain", "Primitives"]),
    tests(
        "NotificationServiceTests",
        [
            "AMQP", "Crypto", "EventContracts", "HTTPClient", "HTTPServer", "Lifecycle", "Messaging",
            "NotificationDomain", "NotificationService", "Observability", "Postgres", "Primitives",
            "ServiceKit",
            "Settings", "ServiceTestKit", "TestKit",
        ]),
    tests("InvoiceDomainTests", ["InvoiceDomain", "SchedulerDomain", "Primitives", "TestKit"]),
    tests("HTTPServerTests", ["HTTPServer", "Lifecycle", "Observability", "Primitives"]),
    tests("TestKitTests", ["TestKit"]),
    tests("Tidy", ["TestKit"]),
    tests("EndToEnd", ["Primitives", "TestKit"]),
    tests(
        "Faults",
        [
            "AMQP", "EventContracts", "HTTPClient", "LoadKit", "Messaging", "Observability", "Postgres",
            "Primitives", "TestKit",
        ]),
    .testTarget(
        name: "Browser", dependencies: ["Primitives", "TestKit"], path: "Tests/Browser",
        exclude: ["invitation_pages.py", "login_pages.py", "pay_page.py"], swiftSettings: strict),
    tests("DeployTests", ["HTTPClient", "HTTPServer", "Observability", "Primitives", "TestKit"]),
    tests(
        "MessagingTests",
        [
            "Messaging", "AMQP", "Postgres", "EventContracts", "Lifecycle", "Observability", "Primitives",
            "TestKit",
        ]),
    tests("AMQPTests", ["AMQP", "EventContracts", "Observability", "Primitives", "TestKit"]),
]

let package = Package(
    name: "duely",
    targets: systemLibraries + sharedLibraries + services.flatMap { service($0, drawing[$0] ?? []) }
        + testTargets
)
