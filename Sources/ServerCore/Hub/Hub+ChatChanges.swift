import ConcordProtocol
import JSON
import Memory
import Model
import Storage

// What may happen to a chat after it was written.
extension Hub {
    /// The chat, if the member may see it. Its text is valid until the store is next asked for
    /// a chat.
    mutating func visibleChat(_ id: ChatID, to user: UserID) throws(HubError) -> ChatRecord {
        let chat = try storing { store throws(StorageError) in try store.chat(id) }
        guard let chat, try standing(of: user, in: chat.channel).isVisible else {
            throw .notFound("There is no such chat")
        }
        return chat
    }

    /// Replaces the text of one's own chat.
    mutating func editChat(
        _ id: ChatID, content: Bytes, by user: UserID
    ) throws(HubError) -> ChatRecord {
        try reserve(events: 1)
        let chat = try visibleChat(id, to: user)
        guard chat.author == user else { throw .forbidden("Only its author may edit a chat") }
        try check(.sendChats, of: user, in: chat.channel)
        _ = try storing { store throws(StorageError) in try store.editChat(id, content: content) }
        var edited = chat
        edited.content = content
        edited.edited = true
        try broadcastStored(as: .chatEdited(id), to: .viewers(chat.channel)) { json, event in
            json.chatEdited(edited, event: event)
        }
        return edited
    }

    mutating func deleteChat(_ id: ChatID, by user: UserID) throws(HubError) {
        try reserve(events: 1)
        let chat = try visibleChat(id, to: user)
        if chat.author != user { try check(.deleteChats, of: user, in: chat.channel) }
        try storing { store throws(StorageError) in
            _ = try store.deleteChat(id)
            try store.purgeRemovedUser(chat.author)
        }
        try broadcastStored(to: .viewers(chat.channel)) { json, event in
            json.chatDeleted(chat, event: event)
        }
    }

    // MARK: - Threads

    /// Begins a thread on a chat that stands outside of threads and has none.
    mutating func createThread(
        on id: ChatID, name: Bytes, by user: UserID
    ) throws(HubError) -> ThreadRecord {
        try reserve(events: 1)
        let chat = try visibleChat(id, to: user)
        try check(.createThreads, of: user, in: chat.channel)
        guard chat.thread == nil else {
            throw .invalid(attribute: "id", rule: "is a chat inside a thread")
        }
        try judge(name)
        let hasThread = try storing { store throws(StorageError) in try store.hasThread(id) }
        guard !hasThread else { throw .invalid(attribute: "id", rule: "has a thread already") }
        let thread = ThreadRecord(
            id: ThreadID(identifiers.next(at: clock)), sourceChat: id, channel: chat.channel,
            creator: user, createdAt: now, name: name)
        try storing { store throws(StorageError) in try store.createThread(thread) }
        try broadcastStored(to: .viewers(chat.channel)) { json, event in
            json.threadCreated(thread, event: event)
        }
        return thread
    }

    mutating func visibleThread(
        _ id: ThreadID, to user: UserID
    ) throws(HubError) -> ThreadRecord {
        let thread = try storing { store throws(StorageError) in try store.thread(id) }
        guard let thread, try standing(of: user, in: thread.channel).isVisible else {
            throw .notFound("There is no such thread")
        }
        return thread
    }

    /// A thread that is named must be one of the channel's.
    mutating func checkThread(
        _ thread: ThreadID?, in channel: ChannelID
    ) throws(HubError) {
        guard let thread else { return }
        let record = try storing { store throws(StorageError) in try store.thread(thread) }
        guard record?.channel == channel else {
            throw .invalid(attribute: "threadId", rule: "is not a thread of that channel")
        }
    }
}
