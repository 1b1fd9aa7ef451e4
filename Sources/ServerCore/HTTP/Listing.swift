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
        /// `passed`: how many, hidden ones included; `depth`: of the last one written, whose
        /// brackets are still open.
        case channels(passed: Int, depth: Int?)
        /// `after`: the last chat written; `skip` rows come before the first.
        case chats(ChatFilter, after: ChatPosition?, skip: Int, remaining: Int)
        case threads(in: ChannelID, after: ThreadID?)
        case reactions(ChatID, ReactionPlace)
        case roles(after: RoleID?)
        case invites(by: UserID?, after: InviteCode)
        /// What is given for a channel: first to users, then to roles; `after` as long as more may
        /// come of these.
        case channelRights(ChannelID, areRoles: Bool, after: Int64?)
        /// Likewise an image, as far as it was sent.
        case image(ImageID, sent: Int, of: Int)
        /// No list, but a text that outlives its answer: what of it is still to be sent.
        case text(rest: Bytes)
    }

    static let searchBytesMax = Limits.searchBytesMax
    static var bytesEach: Int { MemoryLayout<Listing?>.stride + searchBytesMax }

    var source: Source
    /// For whom it is: what this member may not see is passed over.
    var reader = UserID(0)
    /// An object, else an array.
    var isObject: Bool {
        switch source {
        case .reactions, .channelRights: true
        case .users, .channels, .chats, .threads, .roles, .invites, .image, .text: false
        }
    }

    /// Whether the next row has to be set off by a comma.
    var place = JSONWriter.Place.beforeFirst
    /// The body is sent in chunks; else, to HTTP/1.0, as it is.
    var isChunked = true
}
