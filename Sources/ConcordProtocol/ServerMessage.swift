import JSON
import Memory
import Model

// The messages of protocol A6, C1 and C2 from server to client; `type` comes first. Those that
// are stored end with their `eventId`.

/// Machine-readable reasons of error messages (protocol C2).
public enum ErrorCode {
    case malformedJSON, invalidMessage, unknownType, notFound, forbidden, rateLimited, tooLarge
    case storageFailed

    public var name: StaticString {
        switch self {
        case .malformedJSON: "malformed_json"
        case .invalidMessage: "invalid_message"
        case .unknownType: "unknown_type"
        case .notFound: "not_found"
        case .forbidden: "forbidden"
        case .rateLimited: "rate_limited"
        case .tooLarge: "too_large"
        case .storageFailed: "storage_failed"
        }
    }
}

extension AttributeError {
    public var code: ErrorCode {
        switch problem {
        case .malformed: .malformedJSON
        case .unknownType: .unknownType
        case .notAnObject, .missing, .wrongType, .invalid: .invalidMessage
        }
    }
}

extension JSONWriter {
    public mutating func hello(user: UserID, newestEvent: Int64) {
        beginObject()
        member("type", "hello")
        member("userId", user.value)
        member("eventId", newestEvent)
        endObject()
    }

    public mutating func resyncRequired(newestEvent: Int64) {
        beginObject()
        member("type", "resync_required")
        member("eventId", newestEvent)
        endObject()
    }

    public mutating func error(_ code: ErrorCode, message: Bytes, nonce: Bytes?) {
        beginObject()
        member("type", "error")
        member("code", code.name)
        member("message", message)
        member("nonce", nonce)
        endObject()
    }

    /// `event` is nil in the answer to a chat that was sent before (protocol C3).
    public mutating func chatSent(
        _ chat: ChatRecord, nonce: Bytes?, event: Int64?, reactions: ReactionWriter
    ) {
        beginObject()
        member("type", "chat_sent")
        key("chat")
        self.chat(chat, nonce: nonce, reactions: reactions)
        if let event { member("eventId", event) }
        endObject()
    }

    public mutating func chatEdited(_ chat: ChatRecord, event: Int64) {
        beginChatMessage("chat_edited", chat)
        member("content", chat.content)
        member("eventId", event)
        endObject()
    }

    public mutating func chatDeleted(_ chat: ChatRecord, event: Int64) {
        beginChatMessage("chat_deleted", chat)
        member("eventId", event)
        endObject()
    }

    private mutating func beginChatMessage(_ type: StaticString, _ chat: ChatRecord) {
        beginObject()
        member("type", type)
        member("chatId", chat.id.value)
        member("channelId", chat.channel.value)
        member("threadId", chat.thread?.value)
    }

    public mutating func chatReactionsUpdated(
        _ chat: ChatRecord, event: Int64, reactions: ReactionWriter
    ) {
        beginChatMessage("chat_reactions_updated", chat)
        key("reactions")
        beginObject()
        reactions(&self)
        endObject()
        member("eventId", event)
        endObject()
    }

    public mutating func chatTyping(
        user: UserID, channel: ChannelID, thread: ThreadID?, sentAt: Milliseconds
    ) {
        beginObject()
        member("type", "chat_typing")
        member("userId", user.value)
        member("channelId", channel.value)
        member("threadId", thread?.value)
        member("sentAt", sentAt)
        endObject()
    }

    public mutating func channelCreated(_ channel: Channel, event: Int64) {
        channelMessage("channel_created", channel, event: event)
    }

    public mutating func channelsUpdated(_ channel: Channel, event: Int64) {
        channelMessage("channels_updated", channel, event: event)
    }

    public mutating func channelDeleted(_ channel: ChannelID, event: Int64) {
        beginObject()
        member("type", "channel_deleted")
        member("channelId", channel.value)
        member("eventId", event)
        endObject()
    }

    public mutating func threadCreated(_ thread: ThreadRecord, event: Int64) {
        beginObject()
        member("type", "thread_created")
        key("thread")
        self.thread(thread)
        member("eventId", event)
        endObject()
    }

    public mutating func userLeft(_ user: UserID, event: Int64) {
        beginObject()
        member("type", "user_left")
        member("userId", user.value)
        member("eventId", event)
        endObject()
    }

    public mutating func userJoined(_ user: UserID, event: Int64) {
        beginObject()
        member("type", "user_joined")
        member("userId", user.value)
        member("eventId", event)
        endObject()
    }

    public mutating func userUpdated(_ user: User, status: OnlineStatus, event: Int64) {
        beginObject()
        member("type", "user_updated")
        key("user")
        self.user(user, status: status)
        member("eventId", event)
        endObject()
    }

    public mutating func serverUpdated(_ community: Community, event: Int64) {
        beginObject()
        member("type", "server_updated")
        key("server")
        self.community(community)
        member("eventId", event)
        endObject()
    }

    public mutating func userStatusUpdated(_ user: UserID, status: OnlineStatus) {
        beginObject()
        member("type", "user_status_updated")
        member("userId", user.value)
        member("status", status.name)
        endObject()
    }

    private mutating func channelMessage(_ type: StaticString, _ channel: Channel, event: Int64) {
        beginObject()
        member("type", type)
        key("channel")
        self.channel(channel)
        member("eventId", event)
        endObject()
    }
}
