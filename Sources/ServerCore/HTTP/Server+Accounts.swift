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
        // No name has blanks at its ends, and some keyboards add one.
        let name = credentials.username.withoutBlankEnds
        let composed = credentials.composedUsername.withoutBlankEnds
        let known = try stored { store throws(StorageError) -> Credential? in
            if let known = try store.credential(username: name) { return known }
            return try store.credential(username: composed)
        }
        let expected = known.flatMap { PasswordHash($0) } ?? newHashParameters()
        try enqueue(
            .login(user: known?.user, expected: expected),
            PasswordQueue.Texts(username: name, password: credentials.password),
            expected, request)
    }

    func register(_ request: Request) throws(Failure) {
        let address = connections[request.exchange.connection].pointee.address
        let needsInvite = try registrationNeedsInvite(from: address)
        try charge(
            .registration, address, at: options.registrationRate,
            "Too many registrations from this address")
        let credentials = try decoded { () throws(AttributeError) in
            let credentials = try Credentials.decode(request.body, scratch: scratch)
            try credentials.check(options.limits)
            return credentials
        }
        let known = try stored { store throws(StorageError) in
            try store.credential(username: credentials.composedUsername)
        }
        if needsInvite {
            let holds = try commanded { hub throws(HubError) in try hub.holds(credentials.invite) }
            guard holds else { throw Server.needsInvite }
        }
        guard known == nil else { throw Server.nameTaken }
        try commanded { hub throws(HubError) in
            try hub.judge(username: credentials.composedUsername)
        }
        let invite = credentials.invite ?? .empty
        try enqueue(
            .registration,
            PasswordQueue.Texts(
                username: credentials.composedUsername, password: credentials.password,
                second: invite.prefix(min(invite.count, InviteCode.length))),
            newHashParameters(), request)
    }

    /// The setting may change while a registration waits, so it is asked twice.
    private func registrationNeedsInvite(from address: PeerAddress) throws(Failure) -> Bool {
        // The operator makes accounts for others.
        switch address == .controlSocket ? .open : options.registration {
        case .open: return false
        case .invite: return true
        case .closed: throw Failure(.forbidden, "Registration is closed: ask the administrator")
        }
    }

    func recycleToken(_ request: Request, _ user: UserID) throws(Failure) {
        let account = try stored { store throws(StorageError) in try store.account(user) }
        guard let account else { throw .unauthorized }
        try answerToken(request.exchange, user, generation: account.tokenGeneration)
    }

    private static let badCredentials = Failure(.badRequest, "The username or password is wrong")
    private static let nameTaken = Failure(.badRequest, "username is taken")

    private static let tooManyLogins = Failure(
        .serviceUnavailable, "Too many logins are waiting", retryAfter: 3_000)

    private static let needsInvite = Failure(
        .forbidden, "Registration is by invite: a valid one is needed")

    func enqueue(
        _ purpose: PasswordQueue.Purpose, _ texts: PasswordQueue.Texts,
        _ parameters: PasswordHash, _ request: Request
    ) throws(Failure) {
        let handle = request.exchange.connection
        let outcome = passwords.append(
            purpose, for: request.exchange, from: connections[handle].pointee.address, texts,
            parameters: parameters)
        switch outcome {
        case .queued: break
        case .displaced(let exchange):
            if let exchange { answer(exchange, Server.tooManyLogins) }
        case .full: throw Server.tooManyLogins
        }
        connections[handle].pointee.phase = .hashingPassword
        timers.clear(Int(handle.index))
        activate(handle)
    }

    /// Rounds and a fresh salt for a new hash, or for the work that an unknown name costs.
    func newHashParameters() -> PasswordHash {
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
            case .passwordChange(let bearer, let expected):
                try finishOldPassword(job, bearer, expected)
            case .newPassword(let bearer, let replaced):
                try finishNewPassword(job, bearer, replaced)
            case .removal(let bearer, let expected): try finishRemoval(job, bearer, expected)
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
        guard let user, job.hash.matches(expected) else {
            if passwords.tryNextForm() { return }
            let missing = job.tries * (options.passwordRounds - expected.rounds)
            guard missing > 0 else { throw Server.badCredentials }
            return passwords.restart(
                as: .padding, parameters: PasswordHash(rounds: missing, random: random))
        }
        // The account may have been removed, or the hash replaced, while this one was on its way: by
        // another password's, or by a stronger one of the same, so it is not wrong yet.
        let current = try stored { store throws(StorageError) in try store.credential(user: user) }
        guard let current, let hash = PasswordHash(current) else { throw Server.badCredentials }
        guard hash.matches(expected) else {
            return passwords.restart(as: .login(user: user, expected: hash), parameters: hash)
        }
        if let exchange = job.exchange {
            try answerToken(exchange, user, generation: current.tokenGeneration)
        }
        if expected.rounds < options.passwordRounds || job.form != .composed {
            passwords.restart(
                as: .rehash(user: user, replaced: expected.key), parameters: newHashParameters())
        } else {
            passwords.finish()
        }
    }

    private func finishRegistration(
        _ job: PasswordQueue.Result
    ) throws(Failure) {
        guard let exchange = job.exchange else { return passwords.finish() }
        let needsInvite = try registrationNeedsInvite(
            from: connections[exchange.connection].pointee.address)
        let user = try commanded { hub throws(HubError) in
            // Another that looks like it may have come meanwhile.
            try hub.judge(username: job.username)
            return try hub.register(
                username: job.username, hash: job.hash, invite: needsInvite ? job.second : nil)
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
            expiresAt: now + options.tokenValiditySeconds,
            issuedAtRunning: hub.running.seconds, generation: generation,
            number: random.number() | 1)
        var token = ByteWriter(scratch)
        guard tokens.sign(claims, into: &token) else { throw .cannotSign }
        let text = token.bytes
        answer(exchange) { $0.token(text) }
    }
}
