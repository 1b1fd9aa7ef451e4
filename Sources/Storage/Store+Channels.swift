import Memory
import Model

struct ChannelStatements {
    let insert: Statement
    let byID: Statement
    let count: Statement
    let tree: Statement
    let siblings: Statement
    let setOrdinality: Statement
    let update: Statement

    init(_ database: Database) throws(StorageError) {
        insert = try database.prepare(
            """
            INSERT INTO channels (id, parent, ordinality, name, description, capabilities,
                created_at, created_by)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """)
        byID = try database.prepare(
            """
            SELECT id, parent, ordinality, name, description, capabilities, created_at,
                created_by
            FROM channels WHERE id = ?1
            """)
        count = try database.prepare("SELECT count(*) FROM channels")
        // The queue of the recursion gives out the deepest rows first, which are always the
        // children of one parent: so the walk is depth-first and siblings are in order.
        // (Without its LIMIT, SQLite drops the ORDER BY of a query that is joined.)
        tree = try database.prepare(
            """
            WITH RECURSIVE tree (depth, ordinality, name, id) AS (
                SELECT 0, ordinality, name, id FROM channels WHERE parent IS NULL
                UNION ALL
                SELECT tree.depth + 1, channels.ordinality, channels.name, channels.id
                FROM tree CROSS JOIN channels ON channels.parent = tree.id
                ORDER BY 1 DESC, 2, 3, 4 LIMIT -1 OFFSET ?1)
            SELECT channels.id, parent, channels.ordinality, channels.name, description,
                capabilities, created_at, created_by, depth
            FROM tree CROSS JOIN channels ON channels.id = tree.id
            """)
        // The unary plus makes SQLite sort all siblings before it gives out the first,
        // whose number may then be changed.
        siblings = try database.prepare(
            """
            SELECT id, parent, ordinality, name, description, capabilities, created_at,
                created_by
            FROM channels WHERE parent IS ?1 ORDER BY +ordinality, id IS ?2, id
            """)
        update = try database.prepare(
            """
            UPDATE channels SET parent = ?2, ordinality = ?3, name = ?4, description = ?5,
                capabilities = ?6
            WHERE id = ?1
            """)
        setOrdinality = try database.prepare(
            "UPDATE channels SET ordinality = ?2 WHERE id = ?1")
    }
}

extension Store {
    public func createChannel(_ channel: Channel) throws(StorageError) {
        let statement = channelStatements.insert
        statement.bind(1, channel.id.value)
        statement.bind(2, channel.parent?.value)
        statement.bind(3, channel.ordinality)
        statement.bind(4, text: channel.name)
        statement.bind(5, text: channel.description)
        statement.bind(6, text: channel.capabilities)
        statement.bind(7, channel.createdAt)
        statement.bind(8, channel.createdBy.value)
        try change(statement)
    }

    /// Stores what may change about a channel.
    public func updateChannel(_ channel: Channel) throws(StorageError) {
        let statement = channelStatements.update
        statement.bind(1, channel.id.value)
        statement.bind(2, channel.parent?.value)
        statement.bind(3, channel.ordinality)
        statement.bind(4, text: channel.name)
        statement.bind(5, text: channel.description)
        statement.bind(6, text: channel.capabilities)
        try change(statement)
    }

    public func channel(_ id: ChannelID) throws(StorageError) -> Channel? {
        let statement = channelStatements.byID
        statement.bind(1, id.value)
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        var channel = Channel(row: statement)
        channelRecord.begin()
        channel.name = try channelRecord.keep(channel.name)
        channel.description = try channelRecord.keep(channel.description)
        channel.capabilities = try channelRecord.keep(channel.capabilities)
        return channel
    }

    public func channelCount() throws(StorageError) -> Int {
        let statement = channelStatements.count
        defer { statement.reset() }
        return try read(statement) ? Int(statement.integer(0)) : 0
    }

    /// Visits all channels depth-first, a parent before its children, siblings by
    /// ordinality, then name, then id; roots have depth 0. The first `skip` of them, which
    /// an earlier piece delivered, are passed over. Stops when the visitor returns false.
    public func channelTree(
        skip: Int, _ visit: (_ channel: Channel, _ depth: Int) -> Bool
    ) throws(StorageError) {
        let statement = channelStatements.tree
        statement.bind(1, Int64(skip))
        defer { statement.reset() }
        while try read(statement) {
            guard visit(Channel(row: statement), Int(statement.integer(8))) else { return }
        }
    }

    /// Numbers the children of a parent (nil: the roots) 0…n−1 by ordinality; where two
    /// have the same, the newcomer comes after the older. Visits every channel whose number
    /// has changed, with its new one.
    public func renumberSiblings(
        of parent: ChannelID?, newcomer: ChannelID?, changed: (Channel) -> Void
    ) throws(StorageError) {
        let statement = channelStatements.siblings
        statement.bind(1, parent?.value)
        statement.bind(2, newcomer?.value)
        defer { statement.reset() }
        var ordinality: Int64 = 0
        while try read(statement) {
            var channel = Channel(row: statement)
            if channel.ordinality != ordinality {
                channel.ordinality = ordinality
                try setOrdinality(of: channel.id, to: ordinality)
                changed(channel)
            }
            ordinality += 1
        }
    }

    private func setOrdinality(
        of channel: ChannelID, to ordinality: Int64
    ) throws(StorageError) {
        let statement = channelStatements.setOrdinality
        statement.bind(1, channel.value)
        statement.bind(2, ordinality)
        try change(statement)
    }
}

extension Channel {
    fileprivate init(row: Statement) {
        self.init(
            id: ChannelID(row.integer(0)),
            parent: row.optionalInteger(1).map { ChannelID($0) },
            ordinality: row.integer(2),
            name: row.bytes(3),
            description: row.optionalBytes(4),
            capabilities: row.bytes(5),
            createdAt: row.integer(6),
            createdBy: UserID(row.integer(7)))
    }
}
