import ConcordProtocol
import Crypto
import HTTP
import JSON
import Memory
import Model
import Storage

// Changing a password, and removing one's account, for which it is asked (protocol B, C5).
// Both wait in the queue: the old password is hashed, compared, and then the new one is hashed.
extension Server {
    func changePassword(_ request: Request, of user: UserID) throws(Failure) {
        try chargeAttempt(request)
        let change = try decoded { () throws(AttributeError) in
            let change = try PasswordChange.decode(
                request.body, limits: options.limits, scratch: scratch)
            guard change.old != nil || !options.passwordChangeRequiresOld else {
                throw AttributeError(.missing("oldPassword"))
            }
            return change
        }
        let bearer = try bearer(of: request, user)
        guard let old = change.old else {
            return try enqueue(
                .newPassword(by: bearer, replaced: nil),
                PasswordQueue.Texts(password: change.new), newHashParameters(), request)
        }
        let expected = try passwordHash(of: user)
        guard old.count <= options.limits.passwordBytesMax else { throw Server.wrongOldPassword }
        try enqueue(
            .passwordChange(by: bearer, expected: expected),
            PasswordQueue.Texts(password: old, second: change.new), expected, request)
    }

    func removeOwnAccount(_ request: Request, _ user: UserID) throws(Failure) {
        try chargeAttempt(request)
        let password = try decoded { () throws(AttributeError) in
            try Removal.decode(request.body, scratch: scratch)
        }
        let expected = try passwordHash(of: user)
        guard password.count <= options.limits.passwordBytesMax else { throw Server.wrongPassword }
        try enqueue(
            .removal(by: try bearer(of: request, user), expected: expected),
            PasswordQueue.Texts(password: password), expected, request)
    }

    private func bearer(
        of request: Request, _ user: UserID
    ) throws(Failure) -> PasswordQueue.Bearer {
        let account = try stored { store throws(StorageError) in try store.account(user) }
        guard let account else { throw .unauthorized }
        return PasswordQueue.Bearer(
            user: user, token: request.head.bearerToken.map { TokenMark($0) },
            generation: account.tokenGeneration)
    }

    /// 401 if the account is gone, or the token was revoked while the request waited: by it nothing
    /// is changed any more, and it is not spared.
    private func judgeAgain(_ bearer: PasswordQueue.Bearer) throws(Failure) {
        let account = try stored { store throws(StorageError) in try store.account(bearer.user) }
        guard let account else { throw .unauthorized }
        guard let token = bearer.token, account.tokenGeneration != bearer.generation else { return }
        guard account.sparedToken == token else { throw .unauthorized }
    }

    private static let wrongOldPassword = Failure(
        AttributeError(.invalid(attribute: "oldPassword", rule: "is wrong")))
    private static let wrongPassword = Failure(.forbidden, "The password is wrong")

    /// Guessing here is as costly as logging in.
    private func chargeAttempt(_ request: Request) throws(Failure) {
        let address = connections[request.exchange.connection].pointee.address
        try charge(.login, address, at: options.loginRate, "Too many attempts from this address")
    }

    func passwordHash(of user: UserID) throws(Failure) -> PasswordHash {
        let known = try stored { store throws(StorageError) in try store.credential(user: user) }
        guard let known, let hash = PasswordHash(known) else { throw .unauthorized }
        return hash
    }

    // MARK: - When the hashes are there

    func finishOldPassword(
        _ job: PasswordQueue.Result, _ bearer: PasswordQueue.Bearer, _ expected: PasswordHash
    ) throws(Failure) {
        try judgeAgain(bearer)
        guard job.hash.matches(expected) else {
            if passwords.tryNextForm() { return }
            throw Server.wrongOldPassword
        }
        let current = try passwordHash(of: bearer.user)
        guard current.matches(expected) else {
            return passwords.restart(
                as: .passwordChange(by: bearer, expected: current), parameters: current)
        }
        passwords.restart(
            as: .newPassword(by: bearer, replaced: expected.key),
            parameters: newHashParameters())
    }

    func finishNewPassword(
        _ job: PasswordQueue.Result, _ bearer: PasswordQueue.Bearer, _ replaced: Digest32?
    ) throws(Failure) {
        guard let exchange = job.exchange else { return passwords.finish() }
        try judgeAgain(bearer)
        let (user, token) = (bearer.user, bearer.token)
        let isChanged = try commanded { hub throws(HubError) in
            try hub.changePassword(of: user, replacing: replaced, with: job.hash, sparing: token)
        }
        guard isChanged else { throw Server.wrongOldPassword }
        let oldest = try stored { store throws(StorageError) in try store.oldestUser() }
        if user == oldest { initialPasswordIsVoid = true }
        closeWebSockets(of: user, sparing: token)
        answerEmpty(exchange)
        passwords.finish()
    }

    func finishRemoval(
        _ job: PasswordQueue.Result, _ bearer: PasswordQueue.Bearer, _ expected: PasswordHash
    ) throws(Failure) {
        guard let exchange = job.exchange else { return passwords.finish() }
        try judgeAgain(bearer)
        guard job.hash.matches(expected) else {
            if passwords.tryNextForm() { return }
            throw Server.wrongPassword
        }
        let current = try passwordHash(of: bearer.user)
        guard current.matches(expected) else {
            return passwords.restart(
                as: .removal(by: bearer, expected: current), parameters: current)
        }
        try endAccount(bearer.user)
        answerEmpty(exchange)
        passwords.finish()
    }
}

extension TokenMark {
    init(_ token: Bytes) {
        let value = SHA256.digest(token).withBytes { digest in
            var value: UInt64 = 0
            for index in 0..<8 { value = value << 8 | UInt64(digest[index]) }
            return value
        }
        self.init(Int64(bitPattern: value))
    }
}
