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
    case userRoles(UserID)
    case userRights(UserID)
    case userTokens(UserID)
    case ownUser
    case ownAvatar
    case ownPassword
    case ownStatus
    case community
    case communityIcon
    case channels
    case channel(ChannelID)
    case channelChats(ChannelID)
    case latestChats(ChannelID)
    case channelThreads(ChannelID)
    case channelRights(ChannelID)
    case ownChannelRights(ChannelID)
    case chats
    case chat(ChatID)
    case chatReactions(ChatID)
    case chatThread(ChatID)
    case thread(ThreadID)
    case image(ImageID)
    case roles
    case role(RoleID)
    case invites
    case invite(code: Bytes)
    case limits
    /// Of the operator alone (Server+Operator.swift).
    case anyPassword(UserID)
    case chatsOfAnyone(ChannelID)
    case openAPI
    case asyncAPI
    case health
    case metrics
    case client
    /// A file of the web client, by its place in `WebPage`.
    case page(Int)
    case trust(TrustPage.Part)
    case trustedNames
    case trustCheck
    /// Whatever OPTIONS asks about: the methods that work there, none where nothing is.
    case preflight(MethodSet)

    var methods: MethodSet {
        switch self {
        case .tokens, .registration, .channelChats, .userTokens, .ownAvatar, .ownPassword,
            .communityIcon, .chatThread, .chatsOfAnyone:
            .post
        case .channels, .chatReactions, .roles, .invites: [.getAndHead, .post]
        case .tokenRecycling, .users, .latestChats, .channelThreads, .ownChannelRights, .chats,
            .thread, .image, .limits, .openAPI, .asyncAPI, .health, .metrics, .page, .trust,
            .trustedNames:
            .getAndHead
        case .user: [.getAndHead, .delete]
        case .userRoles, .userRights, .channelRights: [.getAndHead, .put]
        case .ownUser, .channel, .chat: [.getAndHead, .patch, .delete]
        case .ownStatus, .anyPassword: .put
        case .community: [.getAndHead, .patch]
        case .role: [.patch, .delete]
        case .invite: .delete
        // A handshake has no head without its answer.
        case .client, .trustCheck: .get
        case .preflight(let allowed): allowed
        }
    }

    /// Answered while all others have taken every output buffer that they may have.
    var isVital: Bool {
        if case .health = self { true } else { false }
    }

    /// What an image that is sent here is for; nil where a body is JSON.
    var uploadPurpose: Upload.Purpose? {
        switch self {
        case .ownAvatar: .avatar
        case .communityIcon: .icon
        default: nil
        }
    }

    /// The WebSocket's token is in its query, not in a header field.
    var needsBearerToken: Bool {
        switch self {
        case .tokens, .registration, .limits, .openAPI, .asyncAPI, .health, .metrics, .client,
            .page, .trust, .trustedNames, .trustCheck, .preflight:
            false
        case .tokenRecycling, .users, .user, .userRoles, .userRights, .userTokens, .ownUser,
            .ownAvatar, .ownPassword, .ownStatus, .community, .communityIcon, .channels, .channel,
            .channelChats, .latestChats, .channelThreads, .channelRights, .ownChannelRights, .chats,
            .chat, .chatReactions, .chatThread, .thread, .image, .roles, .role, .invites, .invite,
            .anyPassword, .chatsOfAnyone:
            true
        }
    }

    /// The resource at a path: 404 if there is none, 400 if an id in it is no integer. For all but
    /// the operator there is nothing under /control.
    static func named(
        by path: Bytes, in page: WebPage = .none, forOperator: Bool = false
    ) throws(Failure) -> Resource {
        var segments = PathSegments(path)
        let first = segments.next()
        let resource: Resource? =
            switch first {
            case .some("client"): .client
            case .some("healthz"): .health
            case .some("metrics"): .metrics
            case .some("trust"): underTrust(&segments)
            case .some("api"): try underAPI(&segments)
            case .some("control") where forOperator: try underControl(&segments)
            default: page.file(named: first).map { .page($0) }
            }
        guard let resource, segments.next() == nil else {
            throw Failure(.notFound, "There is nothing at this address")
        }
        return resource
    }

    private static func underTrust(_ segments: inout PathSegments) -> Resource? {
        switch segments.next() {
        case nil: .trust(.html)
        case .some("trust.css"): .trust(.style)
        case .some("trust.js"): .trust(.script)
        case .some("concord-ca.crt"): .trust(.certificate)
        case .some("concord-ca.pem"): .trust(.certificatePEM)
        case .some("concord.mobileconfig"): .trust(.profile)
        case .some("names.json"): .trustedNames
        case .some("check"): .trustCheck
        default: nil
        }
    }

    private static func underAPI(_ segments: inout PathSegments) throws(Failure) -> Resource? {
        switch segments.next() {
        case .some("tokens"):
            guard let next = segments.next() else { return .tokens }
            return next == "recycle" ? .tokenRecycling : nil
        case .some("users"): return try underUsers(&segments)
        case .some("self"): return underSelf(&segments)
        case .some("server"):
            guard let next = segments.next() else { return .community }
            return next == "icon" ? .communityIcon : nil
        case .some("channels"): return try underChannels(&segments)
        case .some("chats"): return try underChats(&segments)
        case .some("threads"):
            guard let next = segments.next() else { return nil }
            return .thread(ThreadID(try integer(next)))
        case .some("images"):
            guard let next = segments.next() else { return nil }
            return .image(ImageID(try integer(next)))
        case .some("roles"):
            guard let next = segments.next() else { return .roles }
            return .role(RoleID(try integer(next)))
        case .some("invites"):
            guard let next = segments.next() else { return .invites }
            return .invite(code: next)
        case .some("limits"): return .limits
        case .some("openapi.json"): return .openAPI
        case .some("asyncapi.json"): return .asyncAPI
        default: return nil
        }
    }

    private static func underControl(_ segments: inout PathSegments) throws(Failure) -> Resource? {
        guard let kind = segments.next(), let id = segments.next(), let what = segments.next()
        else { return nil }
        if kind == "users", what == "password" { return .anyPassword(UserID(try integer(id))) }
        if kind == "channels", what == "chats" { return .chatsOfAnyone(ChannelID(try integer(id))) }
        return nil
    }

    private static func underUsers(_ segments: inout PathSegments) throws(Failure) -> Resource? {
        guard let next = segments.next() else { return .users }
        if next == "register" { return .registration }
        let user = UserID(try integer(next))
        switch segments.next() {
        case nil: return .user(user)
        case .some("roles"): return .userRoles(user)
        case .some("rights"): return .userRights(user)
        case .some("revoke-tokens"): return .userTokens(user)
        default: return nil
        }
    }

    private static func underSelf(_ segments: inout PathSegments) -> Resource? {
        switch segments.next() {
        case nil: .ownUser
        case .some("avatar"): .ownAvatar
        case .some("password"): .ownPassword
        case .some("status"): .ownStatus
        default: nil
        }
    }

    private static func underChannels(_ segments: inout PathSegments) throws(Failure) -> Resource? {
        guard let next = segments.next() else { return .channels }
        let channel = ChannelID(try integer(next))
        switch segments.next() {
        case nil: return .channel(channel)
        case .some("threads"): return .channelThreads(channel)
        case .some("rights"):
            guard let next = segments.next() else { return .channelRights(channel) }
            return next == "self" ? .ownChannelRights(channel) : nil
        case .some("chats"):
            guard let next = segments.next() else { return .channelChats(channel) }
            return next == "latest" ? .latestChats(channel) : nil
        default: return nil
        }
    }

    private static func underChats(_ segments: inout PathSegments) throws(Failure) -> Resource? {
        guard let next = segments.next() else { return .chats }
        let chat = ChatID(try integer(next))
        switch segments.next() {
        case nil: return .chat(chat)
        case .some("reactions"): return .chatReactions(chat)
        case .some("thread"): return .chatThread(chat)
        default: return nil
        }
    }

    private static func integer(_ text: Bytes) throws(Failure) -> Int64 {
        guard let value = decimalInteger(text) else {
            throw Failure(.badRequest, "An id in the address is not an integer")
        }
        return value
    }
}
