import TestKit
import Testing

extension Journeys {
    /// The scripts that show every flow to a stranger, each of which stops at the first surprise.
    @Suite("Tours")
    struct TourTests {
        @Test(
            "every flow through the edge with curl is answered as promised",
            arguments: ["identity", "invoices"])
        func tour(name: String) async throws {
            let shop = try await Northwind.open()
            let words = try await shop.system.tour(name)
            #expect(words.contains("answers were as promised"), "\(words)")
        }
    }
}
