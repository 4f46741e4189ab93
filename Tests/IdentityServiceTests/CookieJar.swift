import HTTPClient
import Synchronization
import TestKit

@testable import IdentityService
@testable import ServiceKit

/// A browser as far as cookies go: it keeps what it is told, sends it back, and a page repeats the CSRF token.
final class CookieJar: Sendable {
    private let world: IdentityWorld
    private let kept = Mutex<[String: String]>([:])
    private let told = Mutex<[String]>([])

    init(_ world: IdentityWorld) { self.world = world }

    subscript(name: String) -> String? {
        get { kept.withLock { $0[name] } }
        set { kept.withLock { $0[name] = newValue } }
    }

    var names: Set<String> { kept.withLock { Set($0.keys) } }

    /// The attributes of all cookies that were ever set, each with its name in front.
    var attributes: [String] { told.withLock { $0 } }

    /// Another browser that got hold of these cookies.
    func copy() -> CookieJar {
        let copy = CookieJar(world)
        let cookies = kept.withLock { $0 }
        copy.kept.withLock { $0 = cookies }
        return copy
    }

    /// A request of our page, unless other header fields are given.
    func call(
        _ method: String, _ path: String, _ body: String? = nil,
        headers: [(name: String, value: String)]? = nil
    ) async throws -> Answer {
        var all =
            headers ?? [
                ("Origin", IdentityWorld.publicURL), ("Sec-Fetch-Site", "same-origin"),
                ("X-CSRF-Token", self[SessionCookies.csrf] ?? ""),
            ]
        let cookies = kept.withLock { $0.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ") }
        if !cookies.isEmpty { all.append(("Cookie", cookies)) }
        let answer = try await world.call(method, path, body, headers: all)
        for field in answer.response.headers where field.name == "set-cookie" { keep(field.value) }
        return answer
    }

    func logIn(_ more: String = "", email: String = "nora@sender.test") async throws -> Answer {
        try await call(
            "POST", "/v1/sessions",
            #"{"email":"\#(email)","password":"\#(IdentityWorld.password)","delivery":"cookie"\#(more)}"#)
    }

    func refresh() async throws -> Answer {
        try await call("POST", "/v1/sessions/refresh", #"{"delivery":"cookie"}"#)
    }

    private func keep(_ field: String) {
        let parts = field.split(separator: ";").map { $0.drop { $0 == " " } }
        let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let isRemoval = parts.contains("Max-Age=0")
        kept.withLock { $0[String(pair[0])] = isRemoval ? nil : String(pair[1]) }
        told.withLock { $0.append("\(pair[0]); " + parts.dropFirst().joined(separator: "; ")) }
    }
}
