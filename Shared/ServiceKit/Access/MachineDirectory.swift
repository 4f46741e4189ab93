import Crypto
import HTTPServer
import Primitives

/// All keys of machines in memory, found by the hash of what a caller shows.
struct MachineDirectory: Sendable {
    /// How a key begins; a token of a login begins otherwise.
    static let keyPrefix = "dk"

    /// One answer for every key that does not count, whatever is wrong with it.
    static let refusal = Problem(
        status: 401, code: "invalid_api_key", title: "Authentication is needed",
        detail: "The API key is not known, has ended or was revoked.",
        headers: ["WWW-Authenticate": "Bearer error=\"invalid_token\""])

    private var byID: [APIKeyID: MachineCredential] = [:]
    private var byHash: [[UInt8]: APIKeyID] = [:]
    /// From where the next load goes on.
    private(set) var mark: Int64 = 0

    /// Takes what was loaded.
    mutating func take(_ credentials: [MachineCredential], mark: Int64) {
        for credential in credentials {
            if let old = byID[credential.id] {
                for hash in [old.hash, old.previousHash].compactMap({ $0 }) { byHash[hash] = nil }
            }
            byID[credential.id] = credential
            for hash in [credential.hash, credential.previousHash].compactMap({ $0 }) {
                byHash[hash] = credential.id
            }
        }
        self.mark = mark
    }

    /// What is known of a key or client, whether it counts or not.
    subscript(id: APIKeyID) -> MachineCredential? { byID[id] }

    /// The key that a caller shows, if it counts now.
    ///
    /// The text is always hashed and the hash looked up once: how long a refusal takes tells nothing about a guess.
    func find(_ text: String, at now: Instant) -> MachineCredential? {
        let hash = SecretToken.hash(of: text)
        guard let credential = byHash[hash].flatMap({ byID[$0] }), !credential.isClient,
            credential.isUsable(at: now)
        else { return nil }
        if credential.hash == hash { return credential }
        return credential.previousUntil.map { now < $0 } == true ? credential : nil
    }
}
