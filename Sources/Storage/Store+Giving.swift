import Memory
import Model

struct GivingStatements {
    let below: Statement
    let counting: Statement
    let representatives: Statement

    init(_ database: Database) throws(StorageError) {
        // The queue of the recursion is first in, first out: parents come before their children.
        // ?1 is 0 for all channels.
        below = try database.prepare(
            """
            WITH RECURSIVE below (id, parent) AS (
                SELECT ?1, NULL WHERE ?1 <> 0 UNION ALL
                SELECT id, NULL FROM channels WHERE parent IS NULL AND ?1 = 0 UNION ALL
                SELECT channels.id, below.id FROM below
                    CROSS JOIN channels ON channels.parent = below.id)
            SELECT id, parent FROM below
            """)
        counting = try database.prepare(
            """
            SELECT channel, name, value FROM rights
            WHERE subject IN (SELECT ?1 UNION ALL SELECT role FROM role_members WHERE user = ?1)
            """)
        // ?1 is 0 for all members. Subjects are found by leaps, not by a scan of all values.
        representatives = try database.prepare(
            """
            WITH RECURSIVE subjects (id) AS (
                SELECT min(subject) FROM rights UNION ALL
                SELECT (SELECT min(subject) FROM rights WHERE subject > subjects.id)
                FROM subjects WHERE subjects.id IS NOT NULL)
            SELECT id FROM subjects
            WHERE id IN (SELECT id FROM users) AND (?1 = 0 OR EXISTS (
                SELECT 1 FROM role_members WHERE user = subjects.id AND role = ?1))
            UNION ALL
            SELECT min(user) FROM (
                SELECT user, group_concat(role) AS roles FROM role_members
                WHERE NOT EXISTS (SELECT 1 FROM rights WHERE subject = user)
                GROUP BY user HAVING ?1 = 0 OR max(role = ?1) = 1)
            GROUP BY roles
            """)
    }
}

/// What a change of rights is judged by: the tree, all that counts for one member, and one member
/// of each kind.
extension Store {
    /// Visits a channel and all below it, or all channels, a parent before its children. The parent
    /// is nil for the channel named and for roots. Stops when the visitor returns false.
    public func channelsTopDown(
        from channel: ChannelID?, _ visit: (_ channel: ChannelID, _ parent: ChannelID?) -> Bool
    ) throws(StorageError) {
        let statement = givingStatements.below
        statement.bind(1, channel?.value ?? 0)
        defer { statement.reset() }
        while try read(statement) {
            let parent = statement.optionalInteger(1).map { ChannelID($0) }
            guard visit(ChannelID(statement.integer(0)), parent) else { return }
        }
    }

    /// Visits every value given to a user or one of the user's roles; place 0 is the whole server,
    /// right 0 is `admin`. Stops when the visitor returns false.
    public func valuesCounting(
        for user: UserID, _ visit: (_ place: Int64, _ right: Int64, _ value: Int64) -> Bool
    ) throws(StorageError) {
        let statement = givingStatements.counting
        statement.bind(1, user.value)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(statement.integer(0), statement.integer(1), statement.integer(2)) else {
                return
            }
        }
    }

    /// Visits every user with values of their own, and of all others one for each set of roles
    /// (users without roles excepted); with a role, only users who have it. Stops when the visitor
    /// returns false.
    public func representatives(
        of role: RoleID?, _ visit: (UserID) -> Bool
    ) throws(StorageError) {
        let statement = givingStatements.representatives
        statement.bind(1, role?.value ?? 0)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(UserID(statement.integer(0))) else { return }
        }
    }
}
