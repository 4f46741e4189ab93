import Crypto
import HTTPServer
import IdentityDomain
import Lifecycle
import Messaging
import Postgres
import Primitives
public import ServiceKit

/// Accounts, organizations, logins, invitations and the keys that sign access tokens.
public enum IdentityService {
    /// Everything that `ServiceMain` needs to run it.
    public static let definition = ServiceDefinition(
        name: "identity",
        migrations: [
            ("identity", PackageResources.m0001_init_sql), ("machines", PackageResources.m0004_machines_sql),
        ]
    ) { service, settings in
        let own = IdentitySettings(&settings)
        let publishedAfterwards = own.lifetimes.access + .seconds(3600)
        let signingKeys = SigningKeys(
            storageKey: own.storageKey, life: own.signingKeyLife, publishedAfterwards: publishedAfterwards,
            context: service)
        service.authenticator.readKeys(from: signingKeys)
        let context = IdentityContext(
            service: service, settings: own,
            hasher: PasswordHasher(threadCount: own.passwordThreads, queueLimit: own.passwordQueue),
            signingKeys: signingKeys)
        return ServiceParts(
            routes: { router in
                SignUpRoutes(context: context).add(to: &router)
                SessionRoutes(context: context).add(to: &router)
                InvitationRoutes(context: context).add(to: &router)
                AccountRoutes(context: context).add(to: &router)
                OAuthRoutes(context: context).add(to: &router)
                for kind in MachineKind.allCases {
                    MachineRoutes(context: context, kind: kind).add(to: &router)
                }
            },
            background: [signingKeys, Housekeeping.loop(context)],
            snapshots: [
                OrganizationSnapshots(clock: service.clock), AccountSnapshots(clock: service.clock),
                MachineSnapshots(clock: service.clock),
            ],
            invariants: IdentityInvariants.all)
    }
}
