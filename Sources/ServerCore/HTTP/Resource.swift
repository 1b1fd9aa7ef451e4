import HTTP
import Memory
import Model

/// What an address names (protocol A5, A6). Which methods it knows and whether it needs a
/// token is said here and nowhere else.
enum Resource {
    case tokens
    case registration
    case tokenRecycling
    case users
    case user(UserID)
    case ownUser
    case community
    case channels
    case channel(ChannelID)
    case channelChats(ChannelID)
    case latestChats(ChannelID)
    case chats
    case chat(ChatID)
    case client
    /// Whatever OPTIONS asks about: answered alike for every address.
    case preflight

    var methods: MethodSet {
        switch self {
        case .tokens, .registration, .channelChats: .post
        case .channels: [.getAndHead, .post]
        case .tokenRecycling, .users, .user, .ownUser, .community, .channel, .latestChats,
            .chats, .chat:
            .getAndHead
        // A handshake has no head without its answer.
        case .client: .get
        case .preflight: []
        }
    }

    /// The WebSocket's token is in its query, not in a header field.
    var needsBearerToken: Bool {
        switch self {
        case .tokens, .registration, .client, .preflight: false
        case .tokenRecycling, .users, .user, .ownUser, .community, .channels, .channel,
            .channelChats, .latestChats, .chats, .chat:
            true
        }
    }

    /// The resource at a path: 404 if there is none, 400 if an id in it is no integer.
    static func named(by path: Bytes) throws(Failure) -> Resource {
        var segments = PathSegments(path)
        let resource: Resource? =
            switch segments.next() {
            case .some("client"): .client
            case .some("api"): try underAPI(&segments)
            default: nil
            }
        guard let resource, segments.next() == nil else {
            throw Failure(.notFound, "There is nothing at this address")
        }
        return resource
    }

    private static func underAPI(_ segments: inout PathSegments) throws(Failure) -> Resource? {
        switch segments.next() {
        case .some("tokens"):
            guard let next = segments.next() else { return .tokens }
            return next == "recycle" ? .tokenRecycling : nil
        case .some("users"):
            guard let next = segments.next() else { return .users }
            return next == "register" ? .registration : .user(UserID(try integer(next)))
        case .some("self"): return .ownUser
        case .some("server"): return .community
        case .some("channels"): return try underChannels(&segments)
        case .some("chats"):
            guard let next = segments.next() else { return .chats }
            return .chat(ChatID(try integer(next)))
        default: return nil
        }
    }

    private static func underChannels(_ segments: inout PathSegments) throws(Failure) -> Resource? {
        guard let next = segments.next() else { return .channels }
        let channel = ChannelID(try integer(next))
        guard let next = segments.next() else { return .channel(channel) }
        guard next == "chats" else { return nil }
        guard let next = segments.next() else { return .channelChats(channel) }
        return next == "latest" ? .latestChats(channel) : nil
    }

    private static func integer(_ text: Bytes) throws(Failure) -> Int64 {
        guard let value = decimalInteger(text) else {
            throw Failure(.badRequest, "An id in the address is not an integer")
        }
        return value
    }
}

/// A set of methods, as `Allow` lists it. OPTIONS works everywhere.
struct MethodSet: OptionSet {
    let rawValue: UInt8

    static let get = MethodSet(rawValue: 1)
    static let head = MethodSet(rawValue: 32)
    static let getAndHead: MethodSet = [.get, .head]
    static let post = MethodSet(rawValue: 2)
    static let put = MethodSet(rawValue: 4)
    static let patch = MethodSet(rawValue: 8)
    static let delete = MethodSet(rawValue: 16)

    func allows(_ method: HTTPMethod) -> Bool {
        switch method {
        case .get: contains(.get)
        case .head: contains(.head)
        case .post: contains(.post)
        case .put: contains(.put)
        case .patch: contains(.patch)
        case .delete: contains(.delete)
        case .options: true
        }
    }

    /// Appends the value of `Allow` (RFC 9110 §10.2.1).
    func write(into out: inout ByteWriter) {
        out.append("OPTIONS")
        if contains(.get) { out.append(", GET") }
        if contains(.head) { out.append(", HEAD") }
        if contains(.post) { out.append(", POST") }
        if contains(.put) { out.append(", PUT") }
        if contains(.patch) { out.append(", PATCH") }
        if contains(.delete) { out.append(", DELETE") }
    }
}
