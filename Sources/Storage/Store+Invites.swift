import Memory
import Model

struct InviteStatements {
    let insert: Statement
    let byCode: Statement
    let after: Statement
    let count: Statement
    let use: Statement
    let delete: Statement
    let forget: Statement

    init(_ database: Database) throws(StorageError) {
        insert = try database.prepare(
            """
            INSERT INTO invites (code, uses, expires_at, created_by, created_at)
            VALUES (?1, ?2, ?3, ?4, ?5)
            """)
        byCode = try database.prepare(
            "SELECT code, uses, expires_at, created_by FROM invites WHERE code = ?1")
        after = try database.prepare(
            """
            SELECT code, uses, expires_at, created_by FROM invites
            WHERE code > ?1 AND expires_at > ?2 AND (?3 IS NULL OR created_by = ?3) ORDER BY code
            """)
        count = try database.prepare("SELECT count(*) FROM invites")
        use = try database.prepare(
            """
            UPDATE invites SET uses = uses - 1
            WHERE code = ?1 AND uses > 0 AND expires_at > ?2
            """)
        delete = try database.prepare("DELETE FROM invites WHERE code = ?1")
        forget = try database.prepare("DELETE FROM invites WHERE uses = 0 OR expires_at <= ?1")
    }
}

/// Codes by which accounts may be made (protocol C7).
extension Store {
    /// Adds an invite, and drops those whose time is over.
    public func createInvite(_ invite: Invite, at now: Milliseconds) throws(StorageError) {
        try forgetSpentInvites(at: now)
        let statement = inviteStatements.insert
        statement.bind(1, text: invite.code)
        statement.bind(2, invite.uses)
        statement.bind(3, invite.expiresAt)
        statement.bind(4, invite.createdBy.value)
        statement.bind(5, now)
        try change(statement)
    }

    /// An invite by its code, also one whose time is over. Its code is the one asked for.
    public func invite(_ code: Bytes) throws(StorageError) -> Invite? {
        let statement = inviteStatements.byCode
        statement.bind(1, text: code)
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        var invite = Invite(row: statement)
        invite.code = code
        return invite
    }

    /// Visits the invites that hold, all or one member's, in the order of their codes, after the
    /// one named, until the visitor returns false.
    public func invites(
        by user: UserID?, after code: Bytes, at now: Milliseconds, _ visit: (Invite) -> Bool
    ) throws(StorageError) {
        let statement = inviteStatements.after
        statement.bind(1, text: code)
        statement.bind(2, now)
        statement.bind(3, user?.value)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(Invite(row: statement)) else { return }
        }
    }

    public func inviteCount() throws(StorageError) -> Int {
        let statement = inviteStatements.count
        defer { statement.reset() }
        return try read(statement) ? Int(statement.integer(0)) : 0
    }

    /// Uses an invite up by one account. False if it does not hold.
    public func useInvite(_ code: Bytes, at now: Milliseconds) throws(StorageError) -> Bool {
        let statement = inviteStatements.use
        statement.bind(1, text: code)
        statement.bind(2, now)
        guard try change(statement) == 1 else { return false }
        try forgetSpentInvites(at: now)
        return true
    }

    public func deleteInvite(_ code: Bytes) throws(StorageError) {
        inviteStatements.delete.bind(1, text: code)
        try change(inviteStatements.delete)
    }

    private func forgetSpentInvites(at now: Milliseconds) throws(StorageError) {
        inviteStatements.forget.bind(1, now)
        try change(inviteStatements.forget)
    }
}

extension Invite {
    fileprivate init(row: Statement) {
        self.init(
            code: row.bytes(0), uses: row.integer(1), expiresAt: row.integer(2),
            createdBy: UserID(row.integer(3)))
    }
}
