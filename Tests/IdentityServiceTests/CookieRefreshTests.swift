import HTTPClient
import Primitives
import TestKit
import Testing

@testable import IdentityService
@testable import ServiceKit

@Suite(.timeLimit(.minutes(10))) struct CookieRefreshTests {
    @Test("a refresh renews both tokens, and a tab that read the CSRF token before goes on")
    func refresh() async throws {
        try await CookieTests.with { world, browser in
            _ = try await browser.logIn()
            for _ in 0..<2 {
                world.clock.advance(by: .seconds(700))
                #expect(try await browser.call("GET", "/v1/me").code == "token_expired")
                let before = browser.copy()
                let answer = try await browser.refresh()
                #expect(answer.status == 200 && answer.root?["access_token"] == nil)
                #expect(answer.root?["refresh_token"] == nil)
                #expect(browser[SessionCookies.access] != before[SessionCookies.access])
                #expect(browser[SessionCookies.refresh] != before[SessionCookies.refresh])
                #expect(browser[SessionCookies.csrf] == before[SessionCookies.csrf])
                #expect(try await browser.call("GET", "/v1/me").status == 200)
            }
            let another = CookieJar(world)
            _ = try await another.logIn()
            #expect(another[SessionCookies.csrf] != browser[SessionCookies.csrf])
        }
    }

    @Test("a refresh by cookie takes no token from the body, needs the CSRF token, and needs the cookie")
    func refreshRefused() async throws {
        try await CookieTests.with { world, browser in
            #expect(try await browser.refresh().status == 401)
            _ = try await browser.logIn()
            let token = try #require(browser[SessionCookies.refresh])
            let mixed = try await browser.call(
                "POST", "/v1/sessions/refresh", #"{"delivery":"cookie","refresh_token":"\#(token)"}"#)
            #expect(mixed.fields == ["refresh_token": "not_allowed"])
            #expect(
                try await browser.call("POST", "/v1/sessions/refresh", "{}").fields
                    == ["refresh_token": "required"])
            // Without the access cookie the refresh cookie alone is enough for the guard to look.
            browser[SessionCookies.access] = nil
            let bare = try await browser.call(
                "POST", "/v1/sessions/refresh", #"{"delivery":"cookie"}"#,
                headers: [("Origin", IdentityWorld.publicURL)])
            #expect(bare.code == "csrf_token_mismatch")
            #expect(try await browser.refresh().status == 200)
        }
    }

    @Test("two tabs that refresh with the same cookies both go on")
    func tabs() async throws {
        try await CookieTests.with { world, browser in
            _ = try await browser.logIn()
            let tabs = (0..<4).map { _ in browser.copy() }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for tab in tabs { group.addTask { try await tab.refresh().status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses == [200, 200, 200, 200])
            for tab in tabs { #expect(try await tab.call("GET", "/v1/me").status == 200) }
            #expect(try await world.events("session.revoked.v1").isEmpty)
        }
    }

    @Test("a copied refresh cookie ends the login, and whoever presents it is told to forget it")
    func reuse() async throws {
        try await CookieTests.with { world, browser in
            _ = try await browser.logIn()
            let thief = browser.copy()
            #expect(try await browser.refresh().status == 200)
            world.clock.advance(by: .seconds(11))
            #expect(try await thief.refresh().code == "invalid_refresh_token")
            #expect(thief.names.isEmpty)
            #expect(try await browser.refresh().status == 401)
            #expect(browser.names.isEmpty)
            #expect(try await world.events("session.revoked.v1").count == 1)
        }
    }
}
