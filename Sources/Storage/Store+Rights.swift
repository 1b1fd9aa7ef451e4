import Memory
import Model

struct RightsStatements {
    let sums: Statement
    let place: Statement
    let anythingHidden: Statement
    let hidden: Statement
    let given: Statement
    let give: Statement
    let withdraw: Statement
    let nextPlace: Statement

    init(_ database: Database) throws(StorageError) {
        // ?2 is 0 for the whole server. The chain is followed by look-ups of single rows: a union of
        // both tables would be built, all of it, for every call.
        sums = try database.prepare(
            """
            WITH RECURSIVE chain (id) AS (
                SELECT ?2 UNION ALL
                SELECT coalesce(
                    (SELECT parent FROM channels WHERE channels.id = chain.id),
                    (SELECT parent FROM deleted_channels WHERE deleted_channels.id = chain.id)) AS up
                FROM chain WHERE up IS NOT NULL)
            SELECT name, sum(value) FROM rights
            WHERE subject IN (SELECT ?1 UNION ALL SELECT role FROM role_members WHERE user = ?1)
                AND channel IN (SELECT 0 UNION ALL SELECT id FROM chain)
            GROUP BY name
            """)
        place = try database.prepare(
            """
            SELECT parent, 1 FROM channels WHERE id = ?1 UNION ALL
            SELECT parent, 0 FROM deleted_channels WHERE id = ?1
            """)
        anythingHidden = try database.prepare(
            "SELECT EXISTS (SELECT 1 FROM rights WHERE name = 1 AND value < 0)")
        hidden = try database.prepare(
            """
            WITH RECURSIVE chain (id) AS (
                SELECT ?1 UNION ALL
                SELECT coalesce(
                    (SELECT parent FROM channels WHERE channels.id = chain.id),
                    (SELECT parent FROM deleted_channels WHERE deleted_channels.id = chain.id)) AS up
                FROM chain WHERE up IS NOT NULL)
            SELECT EXISTS (
                SELECT 1 FROM rights WHERE name = 1 AND value < 0
                    AND channel IN (SELECT 0 UNION ALL SELECT id FROM chain))
            """)
        given = try database.prepare(
            "SELECT name, value FROM rights WHERE channel = ?1 AND subject = ?2")
        give = try database.prepare(
            "INSERT INTO rights (channel, subject, name, value) VALUES (?1, ?2, ?3, ?4)")
        withdraw = try database.prepare(
            "DELETE FROM rights WHERE channel = ?1 AND subject = ?2")
        nextPlace = try database.prepare(
            """
            SELECT min(channel) FROM rights WHERE subject = ?1 AND channel > ?2
                AND (channel = 0 OR channel IN (SELECT id FROM channels))
            """)
    }
}

/// Where a channel stands, or stood before it was deleted.
public struct ChannelPlace {
    public var parent: ChannelID?
    public var exists: Bool
}

/// Rights as they were given, and what they come to (protocol B1). Channel nil: everywhere.
extension Store {
    /// The sums of all that was given to a user and to the user's roles, everywhere, for the
    /// channel and for each channel above it.
    public func rightsSums(
        of user: UserID, in channel: ChannelID?
    ) throws(StorageError) -> Rights {
        let statement = rightsStatements.sums
        statement.bind(1, user.value)
        statement.bind(2, channel?.value ?? 0)
        return try rights(statement)
    }

    /// What was given to a user or role in this very place.
    public func rights(
        givenTo subject: Int64, in channel: ChannelID?
    ) throws(StorageError) -> Rights {
        let statement = rightsStatements.given
        statement.bind(1, channel?.value ?? 0)
        statement.bind(2, subject)
        return try rights(statement)
    }

    /// Replaces what was given to a user or role in this very place.
    public func setRights(
        _ rights: Rights, of subject: Int64, in channel: ChannelID?
    ) throws(StorageError) {
        let withdraw = rightsStatements.withdraw
        withdraw.bind(1, channel?.value ?? 0)
        withdraw.bind(2, subject)
        try change(withdraw)
        if rights.isAdministrator { try give(0, 1, to: subject, in: channel) }
        for right in Right.all where rights[right] != 0 {
            try give(Int64(right.rawValue), rights[right], to: subject, in: channel)
        }
    }

    /// Where something was given to a user or role: the channel with the lowest id above `place`, or 0,
    /// which stands for everywhere.
    public func nextPlace(
        ofRightsGivenTo subject: Int64, after place: Int64
    ) throws(StorageError) -> Int64? {
        let statement = rightsStatements.nextPlace
        statement.bind(1, subject)
        statement.bind(2, place)
        defer { statement.reset() }
        return try read(statement) ? statement.optionalInteger(0) : nil
    }

    /// A channel's place in the tree, also of one that was deleted; nil if there never was one.
    public func place(of channel: ChannelID) throws(StorageError) -> ChannelPlace? {
        let statement = rightsStatements.place
        statement.bind(1, channel.value)
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        return ChannelPlace(
            parent: statement.optionalInteger(0).map { ChannelID($0) },
            exists: statement.integer(1) != 0)
    }

    /// Whether anything anywhere speaks against seeing a channel.
    public func hidesAnything() throws(StorageError) -> Bool {
        let statement = rightsStatements.anythingHidden
        defer { statement.reset() }
        return try read(statement) && statement.integer(0) != 0
    }

    /// Whether anything speaks against anyone's seeing this channel.
    public func mayBeHidden(_ channel: ChannelID) throws(StorageError) -> Bool {
        let statement = rightsStatements.hidden
        statement.bind(1, channel.value)
        defer { statement.reset() }
        return try read(statement) && statement.integer(0) != 0
    }

    private func give(
        _ name: Int64, _ value: Int64, to subject: Int64, in channel: ChannelID?
    ) throws(StorageError) {
        let statement = rightsStatements.give
        statement.bind(1, channel?.value ?? 0)
        statement.bind(2, subject)
        statement.bind(3, name)
        statement.bind(4, value)
        try change(statement)
    }

    /// Rows of a right's number and a value.
    private func rights(_ statement: Statement) throws(StorageError) -> Rights {
        defer { statement.reset() }
        var rights = Rights()
        while try read(statement) {
            let value = statement.integer(1)
            guard let right = Right(rawValue: Int(statement.integer(0))) else {
                rights.isAdministrator = value > 0
                continue
            }
            rights[right] = value
        }
        return rights
    }
}
