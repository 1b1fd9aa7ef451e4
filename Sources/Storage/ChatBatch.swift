import CSQLite
import Memory
import Model

/// The chats of a turn on their way into the database, which takes them all by one statement
/// (CSQLite/ChatBatch.c): one each would cost twice as much. Their ids follow one another, as those of a
/// turn do.
struct ChatBatch: ~Copyable {
    /// A turn with more of them has several statements.
    private static let chatsMax = 128
    private static let textBytesMin = 32 << 10

    private let chats: UnsafeMutablePointer<csqlite_chat>
    /// What SQLite sees.
    private let shown: UnsafeMutablePointer<csqlite_chat_batch>
    private let memory: MutableBytes
    private var texts: ByteWriter

    init(textBytesMax: Int) {
        chats = .allocate(capacity: Self.chatsMax)
        shown = .allocate(capacity: 1)
        shown.initialize(to: csqlite_chat_batch(chats: chats, count: 0))
        memory = .allocate(max(Self.textBytesMin, textBytesMax))
        texts = ByteWriter(memory)
    }

    deinit {
        chats.deallocate()
        shown.deallocate()
        memory.base.deallocate()
    }

    /// The memory of a batch that takes at least one chat of any length.
    static func bytes(textBytesMax: Int) -> Int {
        chatsMax * MemoryLayout<csqlite_chat>.stride + max(textBytesMin, textBytesMax)
    }

    /// Has the database show the batch as the table `chat_batch`.
    func show(to database: Database) throws(StorageError) {
        let code = csqlite_show_chat_batch(database.handle, shown)
        guard code == Int32(CSQLITE_OK) else { throw StorageError(code: code) }
    }

    var isEmpty: Bool { shown.pointee.count == 0 }

    /// The id of the last chat; there must be one.
    var last: Int64 {
        precondition(!isEmpty)
        return chats[Int(shown.pointee.count) - 1].id
    }

    /// False, and nothing added, if there is no room for this chat, or its id is not the next one.
    mutating func append(_ chat: ChatRecord) -> Bool {
        let count = Int(shown.pointee.count)
        guard count < Self.chatsMax, chat.content.count <= texts.free,
            isEmpty || chat.id.value == last + 1
        else { return false }
        let text = texts.rest.base
        texts.append(chat.content)
        (chats + count).initialize(
            to: csqlite_chat(
                id: chat.id.value, created_at: chat.createdAt, author: chat.author.value,
                channel: chat.channel.value, thread: chat.thread?.value ?? 0, content: text,
                content_bytes: Int32(chat.content.count)))
        shown.pointee.count += 1
        return true
    }

    mutating func removeAll() {
        shown.pointee.count = 0
        texts.removeAll()
    }
}
