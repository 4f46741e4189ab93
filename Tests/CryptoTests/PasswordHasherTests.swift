import Crypto
import Testing

@Suite struct PasswordHasherTests {
    private let password = "correct horse battery staple"

    @Test("a hash names its parameters, differs each time and verifies its password only")
    func roundTrip() async throws {
        let hasher = PasswordHasher(threadCount: 2, queueLimit: 16)
        let hash = try await hasher.hash(password)
        #expect(hash.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try await hasher.hash(password) != hash)
        let match = try await hasher.verify(password, against: hash)
        #expect(match.isMatch && !match.needsRehash)
        let mismatch = try await hasher.verify("correct horse", against: hash)
        #expect(!mismatch.isMatch && !mismatch.needsRehash)
        #expect(try await hasher.verify("", against: hash).isMatch == false)
    }

    @Test("a hash of another implementation verifies, and weaker parameters ask for a new hash")
    func foreignHashes() async throws {
        let hasher = PasswordHasher(threadCount: 1, queueLimit: 16)
        // Made by the reference command: echo -n password | argon2 somesalt -id -t 2 -k 16384 -p 1 -l 24 -e
        let weaker = try await hasher.verify(
            "password", against: "$argon2id$v=19$m=16384,t=2,p=1$c29tZXNhbHQ$h6Dwqh7ClJpChePIu9iRv2RJaZDZ0H/3"
        )
        #expect(weaker.isMatch && weaker.needsRehash)
    }

    @Test("an unknown account costs a hash and never matches")
    func unknownAccount() async throws {
        let hasher = PasswordHasher(threadCount: 1, queueLimit: 16)
        let clock = ContinuousClock()
        let hash = try await hasher.hash(password)
        var known = Duration.zero
        var unknown = Duration.zero
        for _ in 0..<5 {
            known += try await clock.measure { _ = try await hasher.verify(password, against: hash) }
            unknown += try await clock.measure { _ = try await hasher.verify(password, against: nil) }
        }
        #expect(unknown > known / 4 && known > unknown / 4)
        #expect(try await hasher.verify(password, against: nil).isMatch == false)
    }

    @Test(
        "stored text that is no hash matches nothing",
        arguments: ["", "$argon2id$", "plain", "$argon2id$v=19$m=1"])
    func brokenHash(_ stored: String) async throws {
        let hasher = PasswordHasher(threadCount: 1, queueLimit: 16)
        #expect(try await hasher.verify(password, against: stored).isMatch == false)
    }

    @Test("a password may hold any character, and one over the limit is refused")
    func limits() async throws {
        let hasher = PasswordHasher(threadCount: 1, queueLimit: 16)
        for password in ["a\u{0}b", "пароль-密码-🔐", String(repeating: "x", count: 1024)] {
            let hash = try await hasher.hash(password)
            #expect(try await hasher.verify(password, against: hash).isMatch)
        }
        let hash = try await hasher.hash("a\u{0}b")
        #expect(try await hasher.verify("a\u{0}c", against: hash).isMatch == false)
        await #expect(throws: PasswordHasher.Failure.passwordTooLong) {
            try await hasher.hash(String(repeating: "x", count: 1025))
        }
    }

    @Test("over the bound of the queue the answer is an error at once, and what was accepted is done")
    func overload() async throws {
        let hasher = PasswordHasher(threadCount: 1, queueLimit: 2)
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    do throws(PasswordHasher.Failure) {
                        _ = try await hasher.hash("x")
                        return true
                    } catch {
                        #expect(error == .overloaded)
                        return false
                    }
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(outcomes.contains(true) && outcomes.contains(false))
        _ = try await hasher.hash("afterwards")
    }
}
