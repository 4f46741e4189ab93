import EventContracts
import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Wallets: a client's own at its senders, and those that a sender keeps for its clients.
struct WalletRoutes {
    let context: ServiceContext
    let wallets: WalletComposition
    let desk: PaymentDesk

    private static let amounts: ClosedRange<Int64> = 1...1_000_000_000_000

    func add(to router: inout Router) {
        router.get("/v1/wallets") { try await list($0) }
        router.post("/v1/wallets") { try await open($0) }
        router.get("/v1/wallets/{id}") { try await show($0) }
        router.get("/v1/wallets/{id}/entries") { try await entries($0) }
        router.get("/v1/wallets/{id}/top_ups") { try await listTopUps($0) }
        router.post("/v1/wallets/{id}/top_ups") { try await topUp($0) }
        router.put("/v1/wallets/{id}/auto_top_up") { try await setRefill($0) }
    }

    // MARK: whose wallets these are

    private func reader(_ request: HTTPRequest) async throws -> WalletCaller {
        try await WalletCaller(request, in: context, client: .billsRead, sender: .paymentsRead)
    }

    private func payer(_ request: HTTPRequest) async throws -> WalletCaller {
        try await WalletCaller(request, in: context, client: .billsPay, sender: .paymentsWrite)
    }

    /// The wallet that the path names, if it is one of the caller's.
    private func wallet(_ request: HTTPRequest, of caller: WalletCaller) async throws -> WalletStore.Stored {
        let id = try request.id("id", of: Kind.Wallet.self)
        let stored = try await context.pool.transaction { tx in try WalletStore.find(id, in: tx) }
        guard let stored, caller.owner.owns(stored.organizationID, stored.accountID) else {
            throw Problem.notFound
        }
        return stored
    }

    // MARK: routes

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let caller = try await reader(request)
        let page = try Page<Kind.Wallet>(request)
        let rows = try await context.pool.transaction { tx in
            try WalletStore.list(of: caller.owner, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.wallet.id) { WalletJSON.array($0, WalletJSON.write) }
    }

    private func open(_ request: HTTPRequest) async throws -> HTTPResponse {
        let caller = try await payer(request)
        let fields = try request.fields()
        let currency = fields.currency("currency")
        let client: OpenWallet.Client?
        switch caller.owner {
        case .account(let account):
            client = fields.require(
                "organization_id", fields.id("organization_id", of: Kind.Organization.self)
            ).map { .account(account, at: $0) }
        case .organization(let organization):
            client = fields.require("customer_id", fields.id("customer_id", of: Kind.Customer.self))
                .map { .customer($0, of: organization) }
        }
        guard let client, fields.errors.isEmpty else { throw fields.invalid }
        if case .account(let account, let organization) = client {
            try await desk.waitForSender(organization, of: account)
        }
        return try await context.idempotency.perform(request, caller: "\(caller.accountID)") { claim in
            try await context.pool.transaction { [open = wallets.open] tx in
                let (stored, isNew) = try open(for: client, currency: currency, in: tx)
                return try claim.answer(
                    .json(isNew ? 201 : 200, WalletJSON.bytes(stored, WalletJSON.write)), in: tx)
            }
        }
    }

    private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        let stored = try await wallet(request, of: try await reader(request))
        return .json(200, WalletJSON.bytes(stored, WalletJSON.write))
    }

    private func entries(_ request: HTTPRequest) async throws -> HTTPResponse {
        let stored = try await wallet(request, of: try await reader(request))
        let page = try Page<Kind.Transfer>(request)
        let rows = try await context.pool.transaction { tx in
            try WalletStore.entries(
                of: stored.wallet.id, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.id) { WalletJSON.array($0, WalletJSON.write) }
    }

    private func listTopUps(_ request: HTTPRequest) async throws -> HTTPResponse {
        let stored = try await wallet(request, of: try await reader(request))
        let page = try Page<Kind.TopUp>(request)
        let rows = try await context.pool.transaction { tx in
            try TopUpStore.list(of: stored.wallet.id, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.id) { WalletJSON.array($0, WalletJSON.write) }
    }

    /// Answers before the invoice is there, with the id that it will have.
    private func topUp(_ request: HTTPRequest) async throws -> HTTPResponse {
        let caller = try await payer(request)
        let stored = try await wallet(request, of: caller)
        let fields = try request.fields()
        let amount = fields.require(
            "amount", fields.money("amount", stored.wallet.currency, in: Self.amounts))
        guard let amount, fields.errors.isEmpty else { throw fields.invalid }
        let cause = EventCause(traceparent: nil, clockTime: context.clock.now())
        return try await context.idempotency.perform(request, caller: "\(caller.accountID)") { claim in
            try await context.pool.transaction { [topUps = wallets.topUps] tx in
                let topUp = try topUps(amount, for: stored, isSent: !caller.isClient, cause: cause, in: tx)
                guard let topUp else { throw Problem.notFound }
                return try claim.answer(.json(202, WalletJSON.bytes(topUp, WalletJSON.write)), in: tx)
            }
        }
    }

    /// Only the client decides that the wallet fills itself.
    private func setRefill(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsPay)
        let id = try request.id("id", of: Kind.Wallet.self)
        let account = principal.accountID
        let stored = try await context.pool.transaction { tx in try WalletStore.find(id, in: tx) }
        guard let stored, stored.accountID == account else { throw Problem.notFound }
        let fields = try request.fields()
        let isEnabled = fields.require("enabled", fields.bool("enabled"))
        var refill: Wallet.Refill?
        if isEnabled == true {
            let currency = stored.wallet.currency
            let threshold = fields.require(
                "threshold", fields.money("threshold", currency, in: Self.amounts))
            let amount = fields.require("amount", fields.money("amount", currency, in: Self.amounts))
            if let threshold, let amount {
                refill = .init(thresholdMinor: threshold.minorUnits, amountMinor: amount.minorUnits)
            }
        }
        guard fields.errors.isEmpty else { throw fields.invalid }
        return try await context.idempotency.perform(request, caller: "\(account)") { claim in
            try await context.pool.transaction { [setRefill = wallets.setRefill, refill] tx in
                let after = try setRefill(refill, of: id, in: tx)
                return try claim.answer(.json(200, WalletJSON.bytes(after, WalletJSON.write)), in: tx)
            }
        }
    }
}
