import ConcordProtocol
import JSON
import Memory
import Model
import Storage

/// What became of a chat that was sent.
enum WrittenChat {
    /// The record's content is the sender's own text.
    case stored(ChatRecord)
    /// It was sent before, under the same nonce.
    case standing(ChatRecord)

    var record: ChatRecord {
        switch self {
        case .stored(let record), .standing(let record): record
        }
    }
}

extension Hub {
    /// Stores a chat and tells everyone (`chat_sent`), unless its author has sent it before
    /// under the same nonce.
    mutating func writeChat(
        _ chat: NewChat, in channel: ChannelID, by author: UserID
    ) throws(HubError) -> WrittenChat {
        try reserve(events: 1)
        if let nonce = chat.nonce, let standing = try chatSent(by: author, under: nonce) {
            return .standing(standing)
        }
        try check(.sendChats, of: author, in: channel)
        let earliest = try earliestCreatedAt(in: channel)
        try checkThread(chat.thread, in: channel)
        let now = now
        let record = ChatRecord(
            id: ChatID(identifiers.next(at: clock)),
            createdAt: max(min(chat.sentAt ?? now, now), earliest),
            author: author, channel: channel, thread: chat.thread, content: chat.content,
            edited: false)
        try storing { store throws(StorageError) in
            try store.insertChat(record)
            if let nonce = chat.nonce { try store.rememberNonce(nonce, of: record, at: now) }
        }
        let content = EventContent.chatSent(record.id, nonce: chat.nonce)
        try broadcastStored(as: content, to: .viewers(channel)) { json, event in
            json.chatSent(record, nonce: chat.nonce, event: event) { _ in }
        }
        return .stored(record)
    }

    /// What an author has sent under a nonce before; nil if nothing.
    private mutating func chatSent(
        by author: UserID, under nonce: Bytes
    ) throws(HubError) -> ChatRecord? {
        let now = now
        let id = try storing { store throws(StorageError) in
            try store.chat(by: author, nonce: nonce, at: now)
        }
        guard let id else { return nil }
        return try visibleChat(id, to: author)
    }

    /// Gives or takes back one member's reaction; tells everyone if that changed anything.
    mutating func react(
        _ change: NewReaction, to chat: ChatID, by user: UserID
    ) throws(HubError) {
        try reserve(events: 1)
        let record = try visibleChat(chat, to: user)
        try check(.react, of: user, in: record.channel)
        if change.adding { try checkRoom(for: change.reaction, on: chat) }
        let changed = try storing { store throws(StorageError) in
            try store.setReaction(
                chat: chat, user: user, reaction: change.reaction, present: change.adding)
        }
        guard changed else { return }
        var failure: StorageError?
        try broadcastStored(to: .viewers(record.channel)) { [store] json, event in
            json.chatReactionsUpdated(record, event: event) { json in
                failure = json.reactions(of: chat, from: store)
            }
        }
        if let failure { throw .storage(failure) }
    }

    /// Tells everyone that a member is typing. `sentAt` may lie in the past, not in the future.
    mutating func type(
        in channel: ChannelID, thread: ThreadID?, sentAt: Milliseconds?, by user: UserID
    ) throws(HubError) {
        try check(.sendChats, of: user, in: channel)
        try checkThread(thread, in: channel)
        let now = now
        broadcast(to: .viewers(channel)) { json in
            json.chatTyping(
                user: user, channel: channel, thread: thread, sentAt: min(sentAt ?? now, now))
        }
    }

    /// The earliest moment that the next chat of an existing channel may bear.
    private mutating func earliestCreatedAt(
        in channel: ChannelID
    ) throws(HubError) -> Milliseconds {
        let earliest = try storing { store throws(StorageError) in
            try store.earliestCreatedAt(in: channel)
        }
        guard let earliest else { throw .notFound("There is no such channel") }
        return earliest
    }

    /// The channel, whose texts are valid until the store is next asked.
    mutating func existingChannel(_ id: ChannelID) throws(HubError) -> Channel {
        let channel = try storing { store throws(StorageError) in try store.channel(id) }
        guard let channel else { throw .notFound("There is no such channel") }
        return channel
    }

    /// One chat takes a bounded number of different reactions, which bounds its events.
    private mutating func checkRoom(for reaction: Bytes, on chat: ChatID) throws(HubError) {
        var others = 0
        try storing { store throws(StorageError) in
            try store.reactionCounts(of: chat) { count in
                if count.reaction != reaction { others += 1 }
                return true
            }
        }
        if others >= Limits.reactionsPerChatMax {
            throw .invalid(attribute: "reaction", rule: "would be one too many for this chat")
        }
    }
}

extension JSONWriter {
    /// The `{reaction: count}` members of a chat, straight from the store.
    mutating func reactions(of chat: ChatID, from store: Store) -> StorageError? {
        do throws(StorageError) {
            try store.reactionCounts(of: chat) { count in
                key(count.reaction)
                integer(Int64(count.count))
                return true
            }
            return nil
        } catch {
            return error
        }
    }
}
