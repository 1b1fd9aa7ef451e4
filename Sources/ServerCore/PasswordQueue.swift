import Crypto
import HTTP
import Memory
import Model
import Storage
import UnicodeText

/// How a password is written where its letters can be written in several ways. New hashes are of
/// the composed form; older ones are of what was sent then.
enum PasswordForm: CaseIterable {
    case composed, asSent, decomposed

    /// Writes the password in this form; one that is too long for that stays as it was sent.
    func write(_ password: Bytes, into memory: MutableBytes) -> Bytes {
        switch self {
        case .composed: NormalForm.composed.write(password, into: memory) ?? password
        case .asSent: password
        case .decomposed: NormalForm.decomposed.write(password, into: memory) ?? password
        }
    }

    /// The next one to be tried for this password, which differs from those before.
    func next(for password: Bytes, _ first: MutableBytes, _ second: MutableBytes) -> PasswordForm? {
        let composed = PasswordForm.composed.write(password, into: first)
        let decomposed = PasswordForm.decomposed.write(password, into: second)
        switch self {
        case .composed where composed != password: return .asSent
        case .composed, .asSent: return decomposed != password && decomposed != composed ? .decomposed : nil
        case .decomposed: return nil
        }
    }
}

/// Logins and registrations that wait for their password to be hashed, one at a time, a slice
/// between two turns. Addresses are served in rounds, one job of each in a round, and within a round
/// first come, first served. When it is full, the newest of the last round gives its place to
/// whoever would come before it; else newcomers are refused.
struct PasswordQueue: ~Copyable {
    enum Purpose {
        /// `user` is nil if there is no such name: the work is the same all the same.
        case login(user: UserID?, expected: PasswordHash)
        case registration
        /// A failed login goes on until it has cost what an unknown name costs, so that its
        /// time does not tell which names exist.
        case padding
        /// Nobody waits: a hash weaker than the setting is replaced after a login, unless
        /// the password was changed meanwhile.
        case rehash(user: UserID, replaced: Digest32)
        /// The old password is checked; the second text is the new one.
        case passwordChange(by: Bearer, expected: PasswordHash)
        /// `replaced`: what the old password was checked against, if it was.
        case newPassword(by: Bearer, replaced: Digest32?)
        case removal(by: Bearer, expected: PasswordHash)
    }

    /// Who asks, judged again when the hash is there: the token may have been revoked meanwhile.
    struct Bearer {
        let user: UserID
        /// nil for the operator.
        let token: TokenMark?
        /// The user's generation of tokens when the request came.
        let generation: Int64
    }

    /// What is kept of a request while it waits.
    struct Texts {
        var username = Bytes.empty
        var password: Bytes
        /// A new password, or the code of an invite.
        var second = Bytes.empty
    }

    private struct Job {
        var purpose: Purpose
        /// nil once the connection has gone.
        var connection: Handle?
        var then: Connection.AfterAnswer
        var minorVersion: Int
        let address: PeerAddress
        /// The round in which its address has its turn.
        let round: Int
        var parameters: PasswordHash
        var usernameCount: Int
        var passwordCount: Int
        var secondCount: Int
        var form = PasswordForm.composed
        /// Forms of the password that were hashed, this one included.
        var tries = 1
    }

    /// A job whose password is hashed. Its views are valid until `finish` or `restart`.
    struct Result {
        let purpose: Purpose
        let username: Bytes
        let second: Bytes
        /// nil if nobody waits for an answer any more.
        let exchange: Exchange?
        let hash: PasswordHash
        /// The form that was hashed, and how many were until now.
        let form: PasswordForm
        let tries: Int
    }

    private let jobs: UnsafeMutablePointer<Job>
    private let texts: MutableBytes
    /// The places of `jobs`: those that are taken, in the order of service, then the free ones.
    private let order: UnsafeMutablePointer<Int>
    private let capacity: Int
    private let usernameBytesMax: Int
    private let passwordBytesMax: Int
    private var first: Int { order[0] }
    private(set) var count = 0
    /// The most jobs that ever waited at once.
    private(set) var highWaterMark = 0
    private var derivation: PasswordDerivation?
    /// For two forms of a password; erased after each use.
    private let forms: MutableBytes

    init(capacity: Int, limits: Limits) {
        self.capacity = capacity
        usernameBytesMax = PasswordQueue.usernameBytesMax(limits)
        passwordBytesMax = max(limits.passwordBytesMax, InviteCode.length)
        jobs = .allocate(capacity: capacity)
        order = .allocate(capacity: capacity)
        for place in 0..<capacity { order[place] = place }
        texts = .allocate(capacity * PasswordQueue.textBytes(limits))
        forms = .allocate(PasswordQueue.formsBytes(limits))
    }

    deinit {
        jobs.deallocate()
        order.deallocate()
        texts.base.deallocate()
        forms.base.deallocate()
    }

    static func bytes(capacity: Int, limits: Limits) -> Int {
        capacity
            * (MemoryLayout<Job>.stride + MemoryLayout<Int>.stride + textBytes(limits))
            + formsBytes(limits)
    }

    /// A letter and its marks take three times the bytes of their composed form at most.
    private static func formsBytes(_ limits: Limits) -> Int {
        2 * 3 * max(limits.passwordBytesMax, InviteCode.length)
    }

    private static func textBytes(_ limits: Limits) -> Int {
        usernameBytesMax(limits) + 2 * max(limits.passwordBytesMax, InviteCode.length)
    }

    static func usernameBytesMax(_ limits: Limits) -> Int { limits.usernameScalarsMax * 4 }

    var isEmpty: Bool { count == 0 }

    /// What became of a newcomer.
    enum Outcome {
        case queued
        /// It has the place of another, whose peer is to be told.
        case displaced(Exchange?)
        case full
    }

    /// The texts must be within their limits.
    mutating func append(
        _ purpose: Purpose, for exchange: Exchange, from address: PeerAddress, _ texts: Texts,
        parameters: PasswordHash
    ) -> Outcome {
        let round = nextRound(of: address)
        var outcome = Outcome.queued
        if count == capacity {
            // The first is being hashed.
            guard count > 1, jobs[order[count - 1]].round > round else { return .full }
            outcome = .displaced(removeLast())
        }
        let place = order[count]
        usernameMemory(place).copy(texts.username, at: 0)
        passwordMemory(place).copy(texts.password, at: 0)
        secondMemory(place).copy(texts.second, at: 0)
        (jobs + place).initialize(
            to: Job(
                purpose: purpose, connection: exchange.connection, then: exchange.then,
                minorVersion: exchange.minorVersion, address: address, round: round,
                parameters: parameters,
                usernameCount: texts.username.count, passwordCount: texts.password.count,
                secondCount: texts.second.count))
        lineUp(place, round)
        count += 1
        highWaterMark = max(highWaterMark, count)
        return outcome
    }

    /// The one that is served now, or the one after the last of this address.
    private func nextRound(of address: PeerAddress) -> Int {
        var round = count > 0 ? jobs[first].round : 0
        for index in 0..<count where jobs[order[index]].address == address {
            round = max(round, jobs[order[index]].round + 1)
        }
        return round
    }

    /// Behind all of its round, and never before the first, which is being hashed.
    private mutating func lineUp(_ place: Int, _ round: Int) {
        var index = count
        while index > 1, jobs[order[index - 1]].round > round {
            order[index] = order[index - 1]
            index -= 1
        }
        order[index] = place
    }

    private mutating func removeLast() -> Exchange? {
        count -= 1
        let place = order[count]
        erase(passwordMemory(place))
        erase(secondMemory(place))
        return exchange(of: jobs[place])
    }

    /// The connection has gone: its job is passed over when its time comes.
    mutating func abandon(_ connection: Handle) {
        for offset in 0..<count {
            let place = order[offset]
            if jobs[place].connection == connection { jobs[place].connection = nil }
        }
    }

    /// Does a slice of work; the first job, if that finished its hash. `finish` or `restart`
    /// must follow.
    mutating func advance(rounds: Int) -> Result? {
        while count > 0, isAbandoned(jobs[first]) { finish() }
        guard count > 0 else { return nil }
        var work = derivation ?? begin(jobs[first])
        let isFinished = work.advance(rounds: rounds)
        derivation = work
        return isFinished ? result(of: jobs[first], key: work.key) : nil
    }

    /// Takes the first job out and forgets its password.
    mutating func finish() {
        precondition(count > 0)
        erase(passwordMemory(first))
        erase(secondMemory(first))
        derivation = nil
        let place = first
        count -= 1
        for index in 0..<count { order[index] = order[index + 1] }
        order[count] = place
    }

    private func erase(_ memory: MutableBytes) {
        for index in 0..<memory.count { memory[index] = 0 }
    }

    /// Hashes the first job's password once more, with other parameters; or its second text,
    /// where that is the new password.
    mutating func restart(as purpose: Purpose, parameters: PasswordHash) {
        precondition(count > 0)
        jobs[first].purpose = purpose
        jobs[first].parameters = parameters
        jobs[first].form = .composed
        if case .padding = purpose {} else { jobs[first].tries = 1 }
        if case .rehash = purpose { jobs[first].connection = nil }
        if case .newPassword = purpose {
            let new = secondMemory(first).bytes.prefix(jobs[first].secondCount)
            passwordMemory(first).copy(new, at: 0)
            jobs[first].passwordCount = new.count
        }
        derivation = nil
    }

    /// Hashes the first job's password in its next form, for the same purpose. False if there is none.
    mutating func tryNextForm() -> Bool {
        precondition(count > 0)
        let half = forms.count / 2
        let password = passwordMemory(first).bytes.prefix(jobs[first].passwordCount)
        let next = jobs[first].form.next(
            for: password, forms.prefix(half), forms.dropFirst(half))
        erase(forms)
        guard let next else { return false }
        jobs[first].form = next
        jobs[first].tries += 1
        derivation = nil
        return true
    }

    private func isAbandoned(_ job: Job) -> Bool {
        switch job.purpose {
        case .login, .registration, .padding, .passwordChange, .newPassword, .removal:
            job.connection == nil
        case .rehash: false
        }
    }

    private func begin(_ job: Job) -> PasswordDerivation {
        let password = passwordMemory(first).bytes.prefix(job.passwordCount)
        defer { erase(forms) }
        let written = job.form.write(password, into: forms)
        return job.parameters.withBytes { salt, _ in
            PasswordDerivation(password: written, salt: salt, rounds: job.parameters.rounds)
        }
    }

    private func exchange(of job: Job) -> Exchange? {
        let path: StaticString =
            switch job.purpose {
            case .login, .padding, .rehash: "/api/tokens"
            case .registration: "/api/users/register"
            case .passwordChange, .newPassword: "/api/self/password"
            case .removal: "/api/self"
            }
        return job.connection.map {
            Exchange(
                connection: $0, path: Bytes(path), then: job.then,
                minorVersion: job.minorVersion)
        }
    }

    private func result(of job: Job, key: Digest32) -> Result {
        var hash = job.parameters
        hash.key = key
        return Result(
            purpose: job.purpose,
            username: usernameMemory(first).bytes.prefix(job.usernameCount),
            second: secondMemory(first).bytes.prefix(job.secondCount),
            exchange: exchange(of: job), hash: hash, form: job.form, tries: job.tries)
    }

    private func usernameMemory(_ place: Int) -> MutableBytes {
        let start = place * slotBytes
        return texts[start..<start + usernameBytesMax]
    }

    private func passwordMemory(_ place: Int) -> MutableBytes {
        let start = place * slotBytes + usernameBytesMax
        return texts[start..<start + passwordBytesMax]
    }

    private func secondMemory(_ place: Int) -> MutableBytes {
        let start = place * slotBytes + usernameBytesMax + passwordBytesMax
        return texts[start..<start + passwordBytesMax]
    }

    private var slotBytes: Int { usernameBytesMax + 2 * passwordBytesMax }
}
