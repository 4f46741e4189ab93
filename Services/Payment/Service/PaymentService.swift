import EventContracts
import HTTPServer
import Lifecycle
import Messaging
import PaymentDomain
import Postgres
import Primitives
public import ServiceKit

/// The payment service: payables, mandates, plans, payments, attempts, refunds and the ledger.
public enum PaymentService {
    /// What `ServiceMain` runs.
    public static let definition = ServiceDefinition(
        name: "payment",
        migrations: [
            (name: "init", sql: PackageResources.m0001_init_sql),
            (name: "page_room", sql: PackageResources.m0002_page_room_sql),
            (name: "series", sql: PackageResources.m0003_series_sql),
            (name: "to_credit", sql: PackageResources.m0004_to_credit_sql),
            (name: "parts", sql: PackageResources.m0005_parts_sql),
            (name: "wallets", sql: PackageResources.m0006_wallets_sql),
            (name: "mandate_scopes", sql: PackageResources.m0007_mandate_scopes_sql),
            (name: "cards", sql: PackageResources.m0008_cards_sql),
            (name: "disputes", sql: PackageResources.m0009_disputes_sql),
            (name: "standing_orders", sql: PackageResources.m0010_standing_orders_sql),
            (name: "link_renewals", sql: PackageResources.m0020_link_renewals_sql),
            (name: "charging", sql: PackageResources.m0021_charging_sql),
            (name: "reconciliation", sql: PackageResources.m0028_reconciliation_sql),
            (name: "card_order", sql: PackageResources.m0024_card_order_sql),
            (name: "card_tries", sql: PackageResources.m0022_card_tries_sql),
            (name: "order_cards", sql: PackageResources.m0025_order_cards_sql),
            (name: "removed_cards", sql: PackageResources.m0026_removed_cards_sql),
            (name: "review", sql: PackageResources.m0031_review_sql),
            (name: "fair_orders", sql: PackageResources.m0023_fair_orders_sql),
        ]
    ) { context, settings in
        PaymentComposition(context: context, settings: PaymentSettings(&settings)).parts
    }
}
