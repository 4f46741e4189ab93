import EventContracts
import IdentityDomain
import Primitives

/// Organizations as JSON.
enum OrganizationDocument {
    /// One with its settings, for those who may see them.
    static func bytes(_ organization: StoredOrganization, hasLogo: Bool) -> [UInt8] {
        let facts = organization.facts
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", facts.organizationID)
        writer.member("name", organization.name)
        writer.member("email", organization.email)
        writer.member("address", organization.address)
        writer.member("tax_id", organization.taxID)
        writer.member("zone", facts.zone.name)
        writer.member("currency", facts.currency.code)
        writer.member("invoice_prefix", facts.invoicePrefix)
        writer.member("accent_color", organization.accentColor)
        writer.member("pay_link_days", facts.payLinkDays)
        writer.member("pay_link_one_time", facts.payLinkOneTime)
        writer.member("test_mode", facts.isTest ?? false)
        writer.member("domain", organization.claimedDomain)
        writer.member("domain_verified", facts.domain != nil)
        writer.member("logo_url", hasLogo ? "/v1/organizations/\(facts.organizationID)/logo" : nil)
        writer.endObject()
        return writer.bytes
    }

    /// Many, each with the role of the caller.
    static func bytes(_ places: [OrganizationStore.Place]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for place in places {
            writer.beginObject()
            writer.member("id", place.id)
            writer.member("name", place.name)
            writer.member("role", place.role.rawValue)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
