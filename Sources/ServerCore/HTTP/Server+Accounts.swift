import ConcordProtocol
import Crypto
import HTTP
import JSON
import Memory
import Model
import Storage

// Logins, registrations and tokens. A password is never compared at once: it joins the
// queue, is hashed in slices between turns, and its request is answered afterwards.
extension Server {
    func logIn(_ request: Request) throws(Failure) {
        let address = connections[request.exchange.connection].pointee.address
        try charge(.login, address, at: options.loginRate, "Too many logins from this address")
        let credentials = try decoded { () throws(AttributeError) in
            try Credentials.decode(request.body, scratch: scratch)
        }
        let limits = options.limits
        guard credentials.password.count <= limits.passwordBytesMax,
            credentials.username.count <= PasswordQueue.usernameBytesMax(limits)
        else { throw Server.badCredentials }
        let known = try stored { store throws(StorageError) in
            try store.credential(username: credentials.username)
        }
        let expected = known.flatMap { PasswordHash($0) } ?? newHashParameters()
        try enqueue(
            .login(user: known?.user, expected: expected), credentials, expected, request)
    }

    func register(_ request: Request) throws(Failure) {
        let address = connections[request.exchange.connection].pointee.address
        if case .closed = options.registration {
            throw Failure(.forbidden, "Registration is closed: ask the administrator")
        }
        try charge(
            .registration, address, at: options.registrationRate,
            "Too many registrations from this address")
        let credentials = try decoded { () throws(AttributeError) in
            let credentials = try Credentials.decode(request.body, scratch: scratch)
            try credentials.check(options.limits)
            return credentials
        }
        let known = try stored { store throws(StorageError) in
            try store.credential(username: credentials.username)
        }
        guard known == nil else { throw Server.nameTaken }
        try enqueue(.registration, credentials, newHashParameters(), request)
    }

    func recycleToken(_ request: Request, _ user: UserID) throws(Failure) {
        try answerToken(request.exchange, user, generation: request.admission.generation)
    }

    private static let badCredentials = Failure(.badRequest, "The username or password is wrong")
    private static let nameTaken = Failure(.badRequest, "username is taken")

    private func enqueue(
        _ purpose: PasswordQueue.Purpose, _ credentials: Credentials,
        _ parameters: PasswordHash, _ request: Request
    ) throws(Failure) {
        let handle = request.exchange.connection
        let isQueued = passwords.append(
            purpose, for: request.exchange, username: credentials.username,
            password: credentials.password, parameters: parameters)
        guard isQueued else {
            throw Failure(
                .serviceUnavailable, "Too many logins are waiting", retryAfter: 3_000)
        }
        connections[handle].pointee.phase = .hashingPassword
        timers.clear(Int(handle.index))
        activate(handle)
    }

    /// Rounds and a fresh salt for a new hash, or for the work that an unknown name costs.
    private func newHashParameters() -> PasswordHash {
        PasswordHash(rounds: options.passwordRounds, random: random)
    }

    /// A slice of the work of the login at the head of the queue.
    func advancePasswords() {
        guard let job = passwords.advance(rounds: options.passwordRoundsPerSlice) else { return }
        do throws(Failure) {
            switch job.purpose {
            case .login(let user, let expected): try finishLogin(job, user, expected)
            case .padding: throw Server.badCredentials
            case .registration: try finishRegistration(job)
            case .rehash(let user, let replaced):
                try commanded { hub throws(HubError) in
                    try hub.replacePassword(of: user, replaced, with: job.hash)
                }
                passwords.finish()
            }
        } catch {
            if let exchange = job.exchange { answer(exchange, error) }
            passwords.finish()
        }
    }

    private func finishLogin(
        _ job: PasswordQueue.Result, _ user: UserID?, _ expected: PasswordHash
    ) throws(Failure) {
        let matches = expected.key.withBytes { expected in
            job.hash.key.withBytes { constantTimeEqual($0, expected) }
        }
        guard let user, matches else {
            let missing = options.passwordRounds - expected.rounds
            guard missing > 0 else { throw Server.badCredentials }
            return passwords.restart(
                as: .padding, parameters: PasswordHash(rounds: missing, random: random))
        }
        let account = try stored { store throws(StorageError) in try store.account(user) }
        guard let account else { throw Server.badCredentials }
        if let exchange = job.exchange {
            try answerToken(exchange, user, generation: account.tokenGeneration)
        }
        if expected.rounds < options.passwordRounds {
            passwords.restart(
                as: .rehash(user: user, replaced: expected.key), parameters: newHashParameters())
        } else {
            passwords.finish()
        }
    }

    private func finishRegistration(_ job: PasswordQueue.Result) throws(Failure) {
        guard let exchange = job.exchange else { return passwords.finish() }
        let user = try commanded { hub throws(HubError) in
            try hub.register(username: job.username, hash: job.hash)
        }
        guard let user else { throw Server.nameTaken }
        answer(exchange) { $0.userBrief(id: user, username: job.username) }
        passwords.finish()
    }

    private func answerToken(
        _ exchange: Exchange, _ id: UserID, generation: Int64
    ) throws(Failure) {
        guard let user = try stored({ store throws(StorageError) in try store.user(id) }) else {
            throw .unauthorized
        }
        let now = hub.now / 1_000
        let claims = TokenClaims(
            user: id.value, username: user.username, issuedAt: now,
            expiresAt: now + options.tokenValiditySeconds, generation: generation)
        var token = ByteWriter(scratch)
        tokens.sign(claims, into: &token)
        let text = token.bytes
        answer(exchange) { $0.token(text) }
    }
}
