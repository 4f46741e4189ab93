import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Machines", .timeLimit(.minutes(10)))
    struct MachineJourneyTests {
        private static let paths = ["/v1/invoices", "/v1/charges"]

        @Test(
            "a key and a client's token open the services that never asked identity, until they are revoked")
        func comeAndGo() async throws {
            let shop = try await Northwind.open()
            let owner = try await shop.sender()
            let api = APIClient(base: shop.system.url)
            let body = #"{"name":"Till","scopes":["invoices.read","payments.read"]}"#
            let key = try await owner.post("/v1/api_keys", body).require(201)
            let client = try await owner.post("/v1/api_clients", body).require(201)
            let issued = try await api.post(
                form: [
                    ("grant_type", "client_credentials"), ("client_id", client["client_id"] ?? ""),
                    ("client_secret", client["client_secret"] ?? ""),
                ], to: "/oauth/token"
            ).require(200)
            let machines = [
                api.with(token: key["key"] ?? ""), api.with(token: issued["access_token"] ?? ""),
            ]
            for machine in machines {
                for path in Self.paths {
                    try await eventually("\(path) knows the machine") {
                        try await machine.get(path).status == 200
                    }
                }
                #expect(try await machine.post("/v1/customers", #"{"name":"Acme"}"#).status == 403)
            }
            try await owner.send("DELETE", "/v1/api_keys/\(key["id"] ?? "")").require(204)
            try await owner.send("DELETE", "/v1/api_clients/\(client["id"] ?? "")").require(204)
            for machine in machines {
                for path in Self.paths {
                    try await eventually("\(path) refuses the machine") {
                        try await machine.get(path).status == 401
                    }
                }
            }
        }
    }
}
