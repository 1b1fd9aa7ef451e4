import Memory
import Model

struct RoleStatements {
    let insert: Statement
    let update: Statement
    let byID: Statement
    let after: Statement
    let count: Statement
    let delete: Statement
    let deleteMembers: Statement
    let deleteRights: Statement
    let ofUser: Statement
    let nextOfUser: Statement
    let leave: Statement
    let join: Statement
    let administrators: Statement
    let subjects: Statement
    let clearChannel: Statement

    init(_ database: Database) throws(StorageError) {
        insert = try database.prepare("INSERT INTO roles (id, ordinality, name) VALUES (?1, ?2, ?3)")
        update = try database.prepare("UPDATE roles SET ordinality = ?2, name = ?3 WHERE id = ?1")
        byID = try database.prepare("SELECT id, ordinality, name FROM roles WHERE id = ?1")
        after = try database.prepare(
            "SELECT id, ordinality, name FROM roles WHERE id > ?1 ORDER BY id")
        count = try database.prepare("SELECT count(*) FROM roles")
        delete = try database.prepare("DELETE FROM roles WHERE id = ?1")
        deleteMembers = try database.prepare("DELETE FROM role_members WHERE role = ?1")
        deleteRights = try database.prepare("DELETE FROM rights WHERE subject = ?1")
        ofUser = try database.prepare("SELECT role FROM role_members WHERE user = ?1 ORDER BY role")
        nextOfUser = try database.prepare(
            "SELECT min(role) FROM role_members WHERE user = ?1 AND role > ?2")
        leave = try database.prepare("DELETE FROM role_members WHERE user = ?1")
        join = try database.prepare(
            "INSERT INTO role_members (user, role) VALUES (?1, ?2) ON CONFLICT DO NOTHING")
        administrators = try database.prepare(
            """
            SELECT count(*), min(id) FROM users WHERE removed_at IS NULL AND EXISTS (
                SELECT 1 FROM rights WHERE channel = 0 AND name = 0 AND value > 0
                    AND (subject = users.id OR subject IN (
                        SELECT role FROM role_members WHERE user = users.id)))
            """)
        // ?3: 1 for roles, 0 for users.
        subjects = try database.prepare(
            """
            SELECT DISTINCT subject FROM rights
            WHERE channel = ?1 AND subject > ?2 AND (subject IN (SELECT id FROM roles)) = ?3
            ORDER BY subject
            """)
        clearChannel = try database.prepare("DELETE FROM rights WHERE channel = ?1")
    }
}

/// Roles, who has them, and to whom rights are given.
extension Store {
    public func createRole(_ role: Role) throws(StorageError) {
        let statement = roleStatements.insert
        statement.bind(1, role.id.value)
        statement.bind(2, role.ordinality)
        statement.bind(3, text: role.name)
        try change(statement)
    }

    public func updateRole(_ role: Role) throws(StorageError) {
        let statement = roleStatements.update
        statement.bind(1, role.id.value)
        statement.bind(2, role.ordinality)
        statement.bind(3, text: role.name)
        try change(statement)
    }

    /// Deletes a role, takes it from all who have it, and forgets what was given to it.
    public func deleteRole(_ id: RoleID) throws(StorageError) {
        try raiseHighestIdentifier(to: id.value)
        for statement in [
            roleStatements.delete, roleStatements.deleteMembers, roleStatements.deleteRights,
        ] {
            statement.bind(1, id.value)
            try change(statement)
        }
    }

    public func role(_ id: RoleID) throws(StorageError) -> Role? {
        let statement = roleStatements.byID
        statement.bind(1, id.value)
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        var role = Role(row: statement)
        roleRecord.begin()
        role.name = try roleRecord.keep(role.name)
        return role
    }

    public func roleCount() throws(StorageError) -> Int {
        let statement = roleStatements.count
        defer { statement.reset() }
        return try read(statement) ? Int(statement.integer(0)) : 0
    }

    /// Visits roles, oldest first, after the one named, until the visitor returns false.
    public func roles(
        after: RoleID?, _ visit: (Role) -> Bool
    ) throws(StorageError) {
        let statement = roleStatements.after
        statement.bind(1, after?.value ?? .min)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(Role(row: statement)) else { return }
        }
    }

    /// Visits the roles that a user has, until the visitor returns false.
    public func roles(
        of user: UserID, _ visit: (RoleID) -> Bool
    ) throws(StorageError) {
        let statement = roleStatements.ofUser
        statement.bind(1, user.value)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(RoleID(statement.integer(0))) else { return }
        }
    }

    /// The role that a user has with the lowest id above that of `role`; the first, if that is nil.
    public func nextRole(of user: UserID, after role: RoleID?) throws(StorageError) -> RoleID? {
        let statement = roleStatements.nextOfUser
        statement.bind(1, user.value)
        statement.bind(2, role?.value ?? .min)
        defer { statement.reset() }
        return try read(statement) ? statement.optionalInteger(0).map { RoleID($0) } : nil
    }

    public func removeRoles(of user: UserID) throws(StorageError) {
        roleStatements.leave.bind(1, user.value)
        try change(roleStatements.leave)
    }

    public func addRole(_ role: RoleID, to user: UserID) throws(StorageError) {
        let statement = roleStatements.join
        statement.bind(1, user.value)
        statement.bind(2, role.value)
        try change(statement)
    }

    /// Users who are administrators everywhere, by themselves or by a role.
    public func administratorCount() throws(StorageError) -> Int {
        let statement = roleStatements.administrators
        defer { statement.reset() }
        return try read(statement) ? Int(statement.integer(0)) : 0
    }

    public func oldestAdministrator() throws(StorageError) -> UserID? {
        let statement = roleStatements.administrators
        defer { statement.reset() }
        return try read(statement) ? statement.optionalInteger(1).map { UserID($0) } : nil
    }

    /// Visits the users, or else the roles, to whom something is given for a channel, in the
    /// order of their ids, after the one named, until the visitor returns false.
    public func subjects(
        of channel: ChannelID, areRoles: Bool, after: Int64, _ visit: (Int64) -> Bool
    ) throws(StorageError) {
        let statement = roleStatements.subjects
        statement.bind(1, channel.value)
        statement.bind(2, after)
        statement.bind(3, areRoles ? 1 : 0 as Int64)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(statement.integer(0)) else { return }
        }
    }

    /// Forgets all that is given for a channel.
    public func removeRights(in channel: ChannelID) throws(StorageError) {
        roleStatements.clearChannel.bind(1, channel.value)
        try change(roleStatements.clearChannel)
    }

    /// Forgets all that is given to a user or role anywhere.
    public func removeRights(of subject: Int64) throws(StorageError) {
        roleStatements.deleteRights.bind(1, subject)
        try change(roleStatements.deleteRights)
    }
}

extension Role {
    fileprivate init(row: Statement) {
        self.init(id: RoleID(row.integer(0)), ordinality: row.integer(1), name: row.bytes(2))
    }
}
