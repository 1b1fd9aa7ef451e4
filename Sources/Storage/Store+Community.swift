import Memory
import Model

struct CommunityStatements {
    let insert: Statement
    let setDefaultChannel: Statement
    let read: Statement
    let update: Statement

    init(_ database: Database) throws(StorageError) {
        insert = try database.prepare(
            "INSERT INTO community (one, name, description) VALUES (1, ?1, ?2)")
        setDefaultChannel = try database.prepare("UPDATE community SET default_channel = ?1")
        update = try database.prepare(
            """
            UPDATE community SET name = ?1, description = ?2, icon = ?3, default_channel = ?4
            """)
        read = try database.prepare(
            "SELECT name, description, icon, default_channel FROM community")
    }
}

extension Store {
    /// Creates the one community of this store, without a default channel.
    public func createCommunity(name: Bytes, description: Bytes) throws(StorageError) {
        let statement = communityStatements.insert
        statement.bind(1, text: name)
        statement.bind(2, text: description)
        try change(statement)
    }

    public func setDefaultChannel(_ channel: ChannelID?) throws(StorageError) {
        let statement = communityStatements.setDefaultChannel
        statement.bind(1, channel?.value)
        try change(statement)
    }

    public func updateCommunity(_ community: Community) throws(StorageError) {
        let statement = communityStatements.update
        statement.bind(1, text: community.name)
        statement.bind(2, text: community.description)
        statement.bind(3, community.icon?.value)
        statement.bind(4, community.defaultChannel?.value)
        try change(statement)
    }

    /// The community, nil before it is created: the data folder is new.
    public func community() throws(StorageError) -> Community? {
        let statement = communityStatements.read
        defer { statement.reset() }
        guard try read(statement) else { return nil }
        communityRecord.begin()
        return Community(
            name: try communityRecord.keep(statement.bytes(0)),
            description: try communityRecord.keep(statement.bytes(1)),
            icon: statement.optionalInteger(2).map { ImageID($0) },
            defaultChannel: statement.optionalInteger(3).map { ChannelID($0) })
    }
}
