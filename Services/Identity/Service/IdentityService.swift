import Crypto
import HTTPServer
import IdentityDomain
import Lifecycle
import Messaging
import Observability
import Postgres
import Primitives
public import ServiceKit

/// Accounts, organizations, logins, invitations and the keys that sign access tokens.
public enum IdentityService {
    /// Everything that `ServiceMain` needs to run it.
    public static let definition = ServiceDefinition(
        name: "identity",
        migrations: [
            ("identity", PackageResources.m0001_init_sql),
            ("account_security", PackageResources.m0002_account_security_sql),
            ("team", PackageResources.m0003_team_sql),
            ("machines", PackageResources.m0004_machines_sql),
            ("erasure", PackageResources.m0005_erasure_sql),
            ("reports", PackageResources.m0006_reports_sql),
            ("sign_ups", PackageResources.m0007_sign_ups_sql),
            ("address_events", PackageResources.m0008_address_events_sql),
            ("test_mode", PackageResources.m0009_test_mode_sql),
        ]
    ) { service, settings in
        let own = IdentitySettings(&settings)
        let publishedAfterwards = own.lifetimes.access + .seconds(3600)
        let signingKeys = SigningKeys(
            storageKey: own.storageKey, life: own.signingKeyLife, announced: own.signingKeyAnnounced,
            publishedAfterwards: publishedAfterwards, context: service)
        service.authenticator.readKeys(from: signingKeys)
        let context = IdentityContext(
            service: service, settings: own,
            hasher: PasswordHasher(threadCount: own.passwordThreads, queueLimit: own.passwordQueue),
            signingKeys: signingKeys,
            hashes: service.metrics.counter(
                "duely_password_hashes_total", "Passwords that were hashed or checked."))
        return ServiceParts(
            routes: { router in
                SignUpRoutes(context: context).add(to: &router)
                SessionRoutes(context: context).add(to: &router)
                SessionListRoutes(context: context).add(to: &router)
                ProfileRoutes(context: context).add(to: &router)
                TOTPRoutes(context: context).add(to: &router)
                PasswordRoutes(context: context).add(to: &router)
                AuditRoutes(context: context).add(to: &router)
                InvitationRoutes(context: context).add(to: &router)
                AccountRoutes(context: context).add(to: &router)
                PrivacyRoutes(context: context).add(to: &router)
                OrganizationRoutes(context: context).add(to: &router)
                LogoRoutes(context: context).add(to: &router)
                MemberRoutes(context: context).add(to: &router)
                OAuthRoutes(context: context).add(to: &router)
                for kind in MachineKind.allCases {
                    MachineRoutes(context: context, kind: kind).add(to: &router)
                }
            },
            queues: [QueueHandlers("identity.reports", [RecordSuperadminAct(), RecordKeyUse()])],
            background: [signingKeys, Housekeeping.loop(context), SettleAddressEvents.loop(context)],
            snapshots: [
                OrganizationSnapshots(clock: service.clock), AccountSnapshots(clock: service.clock),
                MachineSnapshots(clock: service.clock), LogoSnapshots(clock: service.clock),
            ],
            invariants: IdentityInvariants.all,
            commands: [ServiceCommand("rotate-key") { try await signingKeys.replace() }])
    }
}
