import JSON
import Memory
import Model

// The objects of protocol A4, attributes in wire order. Each writes one JSON value.

/// Writes a chat's `{reaction: count}` members; the caller knows where they come from.
public typealias ReactionWriter = (inout JSONWriter) -> Void

extension JSONWriter {
    public mutating func token(_ text: Bytes) {
        beginObject()
        member("token", text)
        endObject()
    }

    /// UserBrief.
    public mutating func userBrief(id: UserID, username: Bytes) {
        beginObject()
        member("id", id.value)
        member("username", username)
        endObject()
    }

    /// FullUser.
    public mutating func user(_ user: User, status: OnlineStatus) {
        beginObject()
        member("id", user.id.value)
        member("username", user.username)
        key("profile")
        beginObject()
        member("createdAt", user.createdAt)
        member("nickname", user.nickname)
        member("bio", user.bio)
        member("avatarId", user.avatar?.value)
        endObject()
        key("status")
        beginObject()
        member("onlineStatus", status.name)
        endObject()
        endObject()
    }

    /// Server.
    public mutating func community(_ community: Community) {
        beginObject()
        member("name", community.name)
        member("description", community.description)
        member("iconId", community.icon?.value)
        member("defaultChannelId", community.defaultChannel?.value)
        endObject()
    }

    /// Channel.
    public mutating func channel(_ channel: Channel) {
        beginObject()
        member("id", channel.id.value)
        member("parentChannelId", channel.parent?.value)
        channelDetails(channel)
        endObject()
    }

    /// The beginning of a ChannelTree, up to its open list of children.
    public mutating func beginChannelTree(_ channel: Channel) {
        beginObject()
        member("id", channel.id.value)
        channelDetails(channel)
        key("children")
        beginArray()
    }

    public mutating func endChannelTree() {
        endArray()
        endObject()
    }

    private mutating func channelDetails(_ channel: Channel) {
        member("ordinality", channel.ordinality)
        member("name", channel.name)
        member("description", channel.description)
        key("capabilities")
        raw(channel.capabilities)
        member("createdAt", channel.createdAt)
        member("createdByUserId", channel.createdBy.value)
    }

    /// Rights: the values that are not zero.
    public mutating func rights(_ rights: Rights) {
        beginObject()
        member("admin", rights.isAdministrator)
        key("values")
        beginObject()
        for right in Right.all where rights[right] != 0 { member(right.name, rights[right]) }
        endObject()
        endObject()
    }

    /// Role.
    public mutating func role(_ role: Role, rights: Rights) {
        beginObject()
        member("id", role.id.value)
        member("name", role.name)
        member("ordinality", role.ordinality)
        key("rights")
        self.rights(rights)
        endObject()
    }

    /// Invite.
    public mutating func invite(_ invite: Invite) {
        beginObject()
        member("code", invite.code)
        member("uses", invite.uses)
        member("expiresAt", invite.expiresAt)
        endObject()
    }

    /// Thread.
    public mutating func thread(_ thread: ThreadRecord) {
        beginObject()
        member("id", thread.id.value)
        member("sourceChatId", thread.sourceChat.value)
        member("channelId", thread.channel.value)
        member("creatorId", thread.creator.value)
        member("createdAt", thread.createdAt)
        member("name", thread.name)
        endObject()
    }

    /// Chat. `nonce` is only for the answer to the one who sent it (protocol C3).
    public mutating func chat(
        _ chat: ChatRecord, nonce: Bytes? = nil, reactions: ReactionWriter
    ) {
        beginObject()
        member("id", chat.id.value)
        member("createdAt", chat.createdAt)
        member("authorId", chat.author.value)
        member("channelId", chat.channel.value)
        member("threadId", chat.thread?.value)
        member("content", chat.content)
        member("edited", chat.edited)
        key("reactions")
        beginObject()
        reactions(&self)
        endObject()
        if let nonce { member("nonce", nonce) }
        endObject()
    }
}
