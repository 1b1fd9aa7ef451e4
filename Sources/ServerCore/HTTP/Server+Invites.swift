import ConcordProtocol
import HTTP
import JSON
import Memory
import Model
import Storage

// Invites (protocol C7).
extension Server {
    func invites(_ request: Request, by user: UserID) throws(Failure) {
        guard request.head.method == .post else {
            let rights = try commanded { hub throws(HubError) in try hub.rights(of: user) }
            let maker = rights.allows(.manageUsers) ? nil : user
            return try list(.invites(by: maker, after: InviteCode.first), for: request)
        }
        let new = try decoded { () throws(AttributeError) in
            try NewInvite.decode(request.body, scratch: scratch)
        }
        let code = InviteCode(random: random)
        let expiresAt = try commanded { hub throws(HubError) in
            try hub.createInvite(code, new, by: user)
        }
        answer(request.exchange) { json in
            code.withBytes { text in
                json.invite(
                    Invite(code: text, uses: new.uses, expiresAt: expiresAt, createdBy: user))
            }
        }
    }

    func removeInvite(_ code: Bytes, _ request: Request, by user: UserID) throws(Failure) {
        try commanded { hub throws(HubError) in try hub.removeInvite(code, by: user) }
        answerEmpty(request.exchange)
    }

    func writeInvites(
        by maker: UserID?, after: inout InviteCode, into json: inout JSONWriter
    ) throws(StorageError) -> PieceEnd {
        let store = hub.store
        let now = hub.now
        let start = after
        var isWhole = true
        try start.withBytes { code throws(StorageError) in
            try store.invites(by: maker, after: code, at: now) { invite in
                isWhole = json.fits { $0.invite(invite) }
                if isWhole { after = InviteCode(invite.code) }
                return isWhole
            }
        }
        return isWhole ? .listIsWhole : .bufferIsFull
    }
}

/// The code of an invite: 20 letters and digits that are not mistaken for one another, 99 random
/// bits.
struct InviteCode {
    static let length = 20
    private static let alphabet: StaticString = "abcdefghjkmnpqrstuvwxyz23456789"

    private var content = InlineArray<20, UInt8>(repeating: 0)

    /// Comes before every code.
    static let first = InviteCode()

    private init() {}

    /// Each character is drawn evenly: bytes beyond the last whole alphabet are drawn again.
    init(random: RandomSource) {
        let letters = Bytes(InviteCode.alphabet)
        let bound = UInt8(256 / letters.count * letters.count)
        var count = 0
        while count < InviteCode.length {
            let byte = UInt8(truncatingIfNeeded: random.number())
            guard byte < bound else { continue }
            content[count] = letters[Int(byte) % letters.count]
            count += 1
        }
    }

    /// A code as it was stored.
    init(_ text: Bytes) {
        for index in 0..<min(text.count, InviteCode.length) { content[index] = text[index] }
    }

    func withBytes<Result, Failure: Error>(
        _ body: (Bytes) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let span = content.span
        return try span.withUnsafeBufferPointer { buffer throws(Failure) in
            try body(Bytes(base: buffer.baseAddress!, count: InviteCode.length))
        }
    }
}
