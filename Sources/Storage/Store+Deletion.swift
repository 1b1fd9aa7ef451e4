import Memory
import Model

struct DeletionStatements {
    let below: Statement
    let height: Statement
    let remember: Statement
    let remove: Statement
    let unpurged: Statement
    let chatsOfChannel: Statement
    let setPurged: Statement
    let forgettable: Statement
    let forgetRights: Statement
    let forget: Statement

    init(_ database: Database) throws(StorageError) {
        // Sorted before the first row comes, so that rows may be deleted meanwhile.
        below = try database.prepare(
            """
            WITH RECURSIVE below (id, depth) AS (
                SELECT ?1, 0 UNION ALL
                SELECT channels.id, depth + 1 FROM below JOIN channels ON parent = below.id)
            SELECT id FROM below ORDER BY depth DESC, id DESC
            """)
        height = try database.prepare(
            """
            WITH RECURSIVE below (id, depth) AS (
                SELECT ?1, 0 UNION ALL
                SELECT channels.id, depth + 1 FROM below JOIN channels ON parent = below.id)
            SELECT max(depth), count(*) FROM below
            """)
        remember = try database.prepare(
            """
            INSERT INTO deleted_channels (id, parent, event, is_purged)
            SELECT id, parent, ?2, 0 FROM channels WHERE id = ?1
            """)
        remove = try database.prepare("DELETE FROM channels WHERE id = ?1")
        unpurged = try database.prepare("SELECT id FROM deleted_channels WHERE is_purged = 0 LIMIT 1")
        chatsOfChannel = try database.prepare(
            """
            SELECT id FROM catalogue INDEXED BY catalogue_by_channel
            WHERE channel = ?1 ORDER BY place DESC LIMIT 1
            """)
        setPurged = try database.prepare("UPDATE deleted_channels SET is_purged = 1 WHERE id = ?1")
        forgettable = try database.prepare(
            """
            SELECT id FROM deleted_channels WHERE is_purged = 1
                AND event < (SELECT first FROM events ORDER BY last LIMIT 1) LIMIT 1
            """)
        forgetRights = try database.prepare("DELETE FROM rights WHERE channel = ?1")
        forget = try database.prepare("DELETE FROM deleted_channels WHERE id = ?1")
    }
}

/// Deleting channels. Their rows go at once, and with them everything in them is out of
/// sight; what they held is cleared away in slices, so that nobody waits for it. Of each a
/// trace stays while events are kept that only those may see who could see the channel.
extension Store {
    /// Visits a channel and all below it, deepest first, until the visitor returns false. The
    /// visitor may delete them.
    public func channels(
        from channel: ChannelID, _ visit: (ChannelID) -> Bool
    ) throws(StorageError) {
        let statement = deletionStatements.below
        statement.bind(1, channel.value)
        defer { statement.reset() }
        while try read(statement) {
            guard visit(ChannelID(statement.integer(0))) else { return }
        }
    }

    /// How many levels lie below a channel, and how many channels it is with all of them.
    public func extent(
        of channel: ChannelID
    ) throws(StorageError) -> (height: Int, count: Int) {
        let statement = deletionStatements.height
        statement.bind(1, channel.value)
        defer { statement.reset() }
        guard try read(statement) else { return (0, 0) }
        return (Int(statement.integer(0)), Int(statement.integer(1)))
    }

    /// Deletes one channel, whose last event is the one given.
    public func deleteChannel(_ channel: ChannelID, event: Int64) throws(StorageError) {
        knownChannels.forget(channel)
        try raiseHighestIdentifier(to: channel.value)
        deletionStatements.remember.bind(1, channel.value)
        deletionStatements.remember.bind(2, event)
        try change(deletionStatements.remember)
        deletionStatements.remove.bind(1, channel.value)
        try change(deletionStatements.remove)
    }

    /// Clears away up to so many chats of deleted channels. True if there may be more, false also
    /// where it failed.
    public func purgeDeletedChannels(limit: Int) -> Bool {
        var hasMore = false
        try? maintain { () throws(StorageError) in hasMore = try purgeSlice(limit) }
        return hasMore
    }

    private func purgeSlice(_ limit: Int) throws(StorageError) -> Bool {
        guard let channel = try unpurgedChannel() else { return false }
        guard try catchUp(to: 0) else { return true }
        for _ in 0..<limit {
            guard let chat = try newestCatalogued(in: channel) else {
                try deleteThreads(in: channel)
                deletionStatements.setPurged.bind(1, channel.value)
                try change(deletionStatements.setPurged)
                return true
            }
            let author = try self.chat(chat)?.author
            _ = try deleteChat(chat)
            if let author { try purgeRemovedUser(author) }
        }
        return true
    }

    public func hasUnpurgedChannels() throws(StorageError) -> Bool {
        try unpurgedChannel() != nil
    }

    /// Drops the traces that no event needs any more.
    func forgetDeletedChannels() throws(StorageError) {
        while let channel = try forgettableChannel() {
            deletionStatements.forgetRights.bind(1, channel.value)
            try change(deletionStatements.forgetRights)
            deletionStatements.forget.bind(1, channel.value)
            try change(deletionStatements.forget)
        }
    }

    private func forgettableChannel() throws(StorageError) -> ChannelID? {
        let statement = deletionStatements.forgettable
        defer { statement.reset() }
        return try read(statement) ? ChannelID(statement.integer(0)) : nil
    }

    private func unpurgedChannel() throws(StorageError) -> ChannelID? {
        let statement = deletionStatements.unpurged
        defer { statement.reset() }
        return try read(statement) ? ChannelID(statement.integer(0)) : nil
    }

    private func newestCatalogued(in channel: ChannelID) throws(StorageError) -> ChatID? {
        let statement = deletionStatements.chatsOfChannel
        statement.bind(1, channel.value)
        defer { statement.reset() }
        return try read(statement) ? ChatID(statement.integer(0)) : nil
    }
}
