import Primitives
import Testing

@testable import Settings

private enum Mode: String, CaseIterable {
    case live, test
}

@Suite struct SettingsReaderTests {
    @Test("good values are read and nothing is reported")
    func goodValues() throws {
        var settings = SettingsReader([
            "PORT": "8080", "NAME": "invoice", "WAIT_MS": "250", "ON": "yes", "HOSTS": "a, b,,c",
            "MODE": "live",
        ])
        #expect(settings.int("PORT", in: 1...65_535) == 8080)
        #expect(settings.string("NAME") == "invoice")
        #expect(settings.milliseconds("WAIT_MS") == .milliseconds(250))
        let isOn = settings.bool("ON")
        #expect(isOn)
        #expect(settings.list("HOSTS") == ["a", "b", "c"])
        #expect(settings.choice("MODE", default: Mode.test) == .live)
        try settings.finish()
    }

    @Test("defaults stand in for what is absent or empty")
    func defaults() throws {
        var settings = SettingsReader(["EMPTY": ""])
        #expect(settings.int("PORT", default: 80, in: 1...65_535) == 80)
        #expect(settings.string("EMPTY", default: "x") == "x")
        #expect(settings.list("HOSTS", default: []) == [])
        #expect(settings.choice("MODE", default: Mode.test) == .test)
        let key = settings.optionalSecret("KEY")
        #expect(key == nil)
        #expect(settings.url("BASE", default: "http://127.0.0.1:1", schemes: ["http"]).port == 1)
        try settings.finish()
    }

    @Test("every mistake is named at once, and no value is repeated")
    func allMistakes() {
        var settings = SettingsReader([
            "PORT": "99999", "COUNT": "many", "ON": "perhaps", "MODE": "wild", "BASE": "ftp://host",
            "ADDRESS": "host",
            "KEY": "hunter2", "KEY_FILE": "/run/key",
        ])
        _ = settings.int("PORT", in: 1...65_535)
        _ = settings.int("COUNT", in: 1...2)
        _ = settings.string("NAME")
        _ = settings.bool("ON")
        _ = settings.choice("MODE", default: Mode.test)
        _ = settings.url("BASE", schemes: ["http", "https"])
        _ = settings.url("ADDRESS", schemes: ["http"])
        _ = settings.secret("KEY")
        _ = settings.secret("TOKEN")
        do {
            try settings.finish()
            Issue.record("nothing was reported")
        } catch {
            #expect(
                error.problems.map(\.name) == [
                    "PORT", "COUNT", "NAME", "ON", "MODE", "BASE", "ADDRESS", "KEY", "TOKEN",
                ])
            #expect(!"\(error)".contains("hunter2"))
            #expect("\(error)".contains("PORT is outside 1 to 65535"))
        }
    }

    @Test("a secret comes from the variable or from the file it names")
    func secrets() throws {
        var settings = SettingsReader(["A": "one", "B_FILE": "/run/b"]) { path in "content of \(path)\n" }
        let first = settings.secret("A")
        #expect(first.reveal() == "one")
        let second = settings.secret("B")
        #expect(second.reveal() == "content of /run/b")
        try settings.finish()
    }

    @Test("a secret file that cannot be read is a mistake with the reason")
    func missingFile() {
        var settings = SettingsReader(["B_FILE": "/does/not/exist"])
        _ = settings.secret("B")
        #expect(throws: SettingsError.self) { try settings.finish() }
        #expect(settings.problems.first?.reason.contains("No such file") == true)
    }
}

@Suite struct SettingsURLTests {
    @Test("an address is taken apart")
    func parts() throws {
        let url = try #require(SettingsURL("amqps://us%40er:p%3Aw@broker.example:5671/%2f?x=1"))
        #expect(url.scheme == "amqps")
        #expect(url.user == "us@er")
        #expect(url.password?.reveal() == "p:w")
        #expect(url.host == "broker.example")
        #expect(url.port == 5671)
        #expect(url.path == "/%2f")
        #expect(url.query == "x=1")
        #expect(url.withoutCredentials == "amqps://broker.example:5671/%2f?x=1")
    }

    @Test("an IPv6 address stands in brackets")
    func addressSix() throws {
        let url = try #require(SettingsURL("http://[::1]:8080"))
        #expect(url.host == "::1")
        #expect(url.port == 8080)
        #expect(url.withoutCredentials == "http://[::1]:8080")
    }

    @Test(
        "what is not an address is refused",
        arguments: [
            "", "host", "://host", "http://", "http://host:0", "http://host:x", "http://[::1", "http://a b",
            "http://us%zz@host", "http://u@",
        ])
    func refused(text: String) {
        #expect(SettingsURL(text) == nil)
    }
}
