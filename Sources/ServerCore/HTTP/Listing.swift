import ConcordProtocol
import JSON
import Memory
import Model

/// A list that is answered in pieces, each as large as one output buffer: what has been
/// written is remembered, and the next piece begins with a new query behind it. So an answer
/// of any length takes bounded memory and never holds a statement open.
struct Listing {
    enum Source {
        /// `after`: the last user written.
        case users(after: UserID?)
        /// `written`: how many; `depth`: of the last one, whose brackets are still open.
        case channels(written: Int, depth: Int?)
        /// `after`: the last chat written; `skip` rows come before the first.
        case chats(ChatFilter, after: ChatPosition?, skip: Int, remaining: Int)
        /// No list, but a text that outlives its answer: what of it is still to be sent.
        case text(rest: Bytes)
    }

    static let searchBytesMax = Limits.searchBytesMax
    static var bytesEach: Int { MemoryLayout<Listing?>.stride + searchBytesMax }

    var source: Source
    /// Whether the next row has to be set off by a comma.
    var place = JSONWriter.Place.beforeFirst
    /// The body is sent in chunks; else, to HTTP/1.0, as it is.
    var isChunked = true
}
