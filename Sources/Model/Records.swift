import Memory

// What the server keeps, as it is read from the store. Text is borrowed: a record is
// valid until the store is asked for the next one.

/// A member's account (FullUser in the protocol, without who is connected).
public struct User {
    public var id: UserID
    public var username: Bytes
    public var createdAt: Milliseconds
    public var nickname: Bytes
    public var bio: Bytes?
    public var avatar: ImageID?
    /// What others are to see while the member is connected.
    public var chosenStatus: OnlineStatus

    public init(
        id: UserID, username: Bytes, createdAt: Milliseconds, nickname: Bytes,
        bio: Bytes?, avatar: ImageID?, chosenStatus: OnlineStatus = .online
    ) {
        self.chosenStatus = chosenStatus
        self.id = id
        self.username = username
        self.createdAt = createdAt
        self.nickname = nickname
        self.bio = bio
        self.avatar = avatar
    }
}

/// What a login is checked against.
public struct Credential {
    public var user: UserID
    /// PBKDF2-HMAC-SHA256 rounds of this hash.
    public var rounds: Int
    public var salt: Bytes
    public var hash: Bytes
    /// Grows when the user's tokens are revoked; a token of another generation is void.
    public var tokenGeneration: Int64

    public init(user: UserID, rounds: Int, salt: Bytes, hash: Bytes, tokenGeneration: Int64) {
        self.user = user
        self.rounds = rounds
        self.salt = salt
        self.hash = hash
        self.tokenGeneration = tokenGeneration
    }
}

/// Permission to make accounts, by a code.
public struct Invite {
    public var code: Bytes
    /// How many more accounts.
    public var uses: Int64
    public var expiresAt: Milliseconds
    public var createdBy: UserID

    public init(code: Bytes, uses: Int64, expiresAt: Milliseconds, createdBy: UserID) {
        self.code = code
        self.uses = uses
        self.expiresAt = expiresAt
        self.createdBy = createdBy
    }
}

/// The one community that this process hosts (Server in the protocol).
public struct Community: Equatable {
    public var name: Bytes
    public var description: Bytes
    public var icon: ImageID?
    public var defaultChannel: ChannelID?

    public init(name: Bytes, description: Bytes, icon: ImageID?, defaultChannel: ChannelID?) {
        self.name = name
        self.description = description
        self.icon = icon
        self.defaultChannel = defaultChannel
    }
}

/// A channel; `ordinality` is its place among its siblings.
public struct Channel {
    public var id: ChannelID
    public var parent: ChannelID?
    public var ordinality: Int64
    public var name: Bytes
    public var description: Bytes?
    /// A JSON array of strings, as it goes over the wire.
    public var capabilities: Bytes
    public var createdAt: Milliseconds
    public var createdBy: UserID

    public init(
        id: ChannelID, parent: ChannelID?, ordinality: Int64, name: Bytes, description: Bytes?,
        capabilities: Bytes, createdAt: Milliseconds, createdBy: UserID
    ) {
        self.id = id
        self.parent = parent
        self.ordinality = ordinality
        self.name = name
        self.description = description
        self.capabilities = capabilities
        self.createdAt = createdAt
        self.createdBy = createdBy
    }
}

/// A message in a channel (Chat in the protocol), without its reactions.
public struct ChatRecord {
    public var id: ChatID
    public var createdAt: Milliseconds
    public var author: UserID
    public var channel: ChannelID
    public var thread: ThreadID?
    public var content: Bytes
    public var edited: Bool

    public init(
        id: ChatID, createdAt: Milliseconds, author: UserID, channel: ChannelID,
        thread: ThreadID?, content: Bytes, edited: Bool
    ) {
        self.id = id
        self.createdAt = createdAt
        self.author = author
        self.channel = channel
        self.thread = thread
        self.content = content
        self.edited = edited
    }
}

/// A side conversation that began with a chat (Thread in the protocol).
public struct ThreadRecord {
    public var id: ThreadID
    public var sourceChat: ChatID
    public var channel: ChannelID
    public var creator: UserID
    public var createdAt: Milliseconds
    public var name: Bytes

    public init(
        id: ThreadID, sourceChat: ChatID, channel: ChannelID, creator: UserID,
        createdAt: Milliseconds, name: Bytes
    ) {
        self.id = id
        self.sourceChat = sourceChat
        self.channel = channel
        self.creator = creator
        self.createdAt = createdAt
        self.name = name
    }
}

/// A role, without its rights.
public struct Role {
    public var id: RoleID
    public var ordinality: Int64
    public var name: Bytes

    public init(id: RoleID, ordinality: Int64, name: Bytes) {
        self.id = id
        self.ordinality = ordinality
        self.name = name
    }
}

/// One line of a chat's reactions: what, and how many members chose it.
public struct ReactionCount {
    public var reaction: Bytes
    public var count: Int

    public init(reaction: Bytes, count: Int) {
        self.reaction = reaction
        self.count = count
    }
}

/// What `GET /chats` is narrowed by; nil does not narrow. All conditions must hold.
public struct ChatFilter {
    /// The `threadId` parameter: −1 on the wire means outside any thread.
    public enum ThreadScope: Equatable {
        case any
        case outside
        case only(ThreadID)
    }

    public var author: UserID?
    public var channel: ChannelID?
    public var thread: ThreadScope = .any
    /// `createdAt` strictly before, strictly after.
    public var before: Milliseconds?
    public var after: Milliseconds?
    /// `id` strictly below, strictly above.
    public var beforeID: ChatID?
    public var afterID: ChatID?
    /// Full-text search as the member typed it: any word, `"phrase"`, `-word`.
    public var query: Bytes?

    public init() {}
}

/// The last row that a listing delivered; the next one starts after it.
public struct ChatPosition {
    public var createdAt: Milliseconds
    public var id: ChatID

    public init(createdAt: Milliseconds, id: ChatID) {
        self.createdAt = createdAt
        self.id = id
    }
}
