/// What a caller may do; tokens carry these words and every service checks them.
public enum Permission: String, Sendable, Hashable, CaseIterable, Codable {
    /// See the organization's settings.
    case organizationRead = "organization.read"
    /// Change the organization's settings.
    case organizationWrite = "organization.write"
    /// See who belongs to the organization.
    case membersRead = "members.read"
    /// Invite, remove and change members.
    case membersWrite = "members.write"
    /// See customers.
    case customersRead = "customers.read"
    /// Create, change and invite customers.
    case customersWrite = "customers.write"
    /// See invoices and their statistics.
    case invoicesRead = "invoices.read"
    /// Create, change, finalize, send and void invoices.
    case invoicesWrite = "invoices.write"
    /// See payments, attempts and charges.
    case paymentsRead = "payments.read"
    /// Record payments by hand, refund, resolve.
    case paymentsWrite = "payments.write"
    /// See timers.
    case schedulesRead = "schedules.read"
    /// Read the organization's event feed.
    case eventsRead = "events.read"
    /// Configure webhooks.
    case webhooksWrite = "webhooks.write"
    /// Make and revoke API keys.
    case apiKeysWrite = "api_keys.write"
    /// See the bills that senders addressed to the own account.
    case billsRead = "bills.read"
    /// Pay the own bills, save cards, allow senders to charge.
    case billsPay = "bills.pay"
}
