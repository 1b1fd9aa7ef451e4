import ConcordProtocol
import Crypto
import HTTP
import JSON
import Memory
import Model
import Storage

// What each resource does. Reads answer from the store, changes go through the hub.
extension Server {
    func perform(_ request: Request) throws(Failure) {
        let user = request.admission.user ?? UserID(0)
        let method = request.head.method
        switch request.admission.resource {
        case .tokens: try logIn(request)
        case .registration: try register(request)
        case .tokenRecycling: try recycleToken(request, user)
        case .users: try list(.users(after: nil), for: request)
        case .user(let id):
            if method == .delete { try removeUser(id, request, by: user) }
            else { try showUser(id, request) }
        case .userRoles(let id): try userRoles(id, request, by: user)
        case .userRights(let id): try userRights(id, request, by: user)
        case .userTokens(let id): try revokeTokens(of: id, request, by: user)
        case .ownUser: try ownUser(request, user)
        case .ownAvatar: try setAvatar(request, of: user)
        case .ownPassword: try changePassword(request, of: user)
        case .ownStatus: try setStatus(request, of: user)
        case .community:
            if method == .patch { try changeCommunity(request, by: user) }
            else { try showCommunity(request, to: user) }
        case .communityIcon: try setIcon(request, by: user)
        case .channels:
            if method == .post { try createChannel(request, by: user) }
            else { try list(.channels(passed: 0, depth: nil), for: request) }
        case .channel(let id): try channel(id, request, by: user)
        case .channelChats(let channel): try postChat(request, in: channel, by: user)
        case .latestChats(let channel): try listLatestChats(in: channel, request)
        case .channelThreads(let channel): try listThreads(in: channel, request, for: user)
        case .channelRights(let channel): try channelRights(channel, request, by: user)
        case .ownChannelRights(let channel): try showOwnRights(in: channel, request, user)
        case .chats: try listChats(request)
        case .chat(let id): try chat(id, request, by: user)
        case .chatReactions(let chat): try chatReactions(chat, request, by: user)
        case .chatThread(let chat): try createThread(on: chat, request, by: user)
        case .thread(let id): try showThread(id, request, for: user)
        case .image(let id): try showImage(id, request)
        case .roles: try roles(request, by: user)
        case .role(let id): try role(id, request, by: user)
        case .invites: try invites(request, by: user)
        case .invite(let code): try removeInvite(code, request, by: user)
        case .anyPassword(let id): try setPassword(of: id, request, by: user)
        case .chatsOfAnyone(let channel): try postChatOfAnyone(request, in: channel, by: user)
        case .limits: showLimits(request)
        case .openAPI: showOpenAPI(request)
        case .asyncAPI: showAsyncAPI(request)
        case .health: try showHealth(request)
        case .metrics: try showMetrics(request)
        case .client: try openWebSocket(request)
        case .page(let index): try showPage(index, request)
        case .trust(let part): try showTrust(part, request)
        case .trustedNames: try showTrustedNames(request)
        case .trustCheck: try greetWebSocket(request)
        case .preflight(let allowed):
            answerEmpty(request.exchange) { out in
                out.appendPreflightFields()
                allowed.writeField(into: &out)
            }
        }
    }

    // MARK: - Reads

    func showUser(_ id: UserID, _ request: Request) throws(Failure) {
        guard let user = try stored({ store throws(StorageError) in try store.user(id) }) else {
            throw Failure(.notFound, "There is no such user")
        }
        let status = hub.status(of: user)
        answer(request.exchange) { $0.user(user, status: status) }
    }

    /// Who may not see the default channel is told of none.
    func showCommunity(_ request: Request, to user: UserID) throws(Failure) {
        let community = try stored { store throws(StorageError) in try store.community() }
        guard var community else { throw Failure(.notFound, "There is no community yet") }
        if let channel = community.defaultChannel, !hub.isVisible(channel, to: user) {
            community.defaultChannel = nil
        }
        answer(request.exchange) { $0.community(community) }
    }

    func showChannel(
        _ id: ChannelID, _ request: Request, to user: UserID
    ) throws(Failure) {
        let channel = try commanded { hub throws(HubError) in
            try hub.checkVisible(id, to: user)
            return try hub.existingChannel(id)
        }
        answer(request.exchange) { $0.channel(channel) }
    }

    func showChat(_ id: ChatID, _ request: Request, to user: UserID) throws(Failure) {
        let chat = try commanded { hub throws(HubError) in try hub.visibleChat(id, to: user) }
        try answer(request.exchange, with: chat, nonce: nil)
    }

    /// Answers with a chat and its reactions.
    func answer(
        _ exchange: Exchange, with chat: ChatRecord, nonce: Bytes?
    ) throws(Failure) {
        var failure: StorageError?
        answer(exchange) { json in
            json.chat(chat, nonce: nonce) { json in
                failure = json.reactions(of: chat.id, from: hub.store)
            }
        }
        if let failure {
            releaseOutput(exchange.connection)
            throw Failure(HubError.storage(failure))
        }
    }

    // MARK: - Changes

    private func createChannel(_ request: Request, by user: UserID) throws(Failure) {
        let new = try decoded { () throws(AttributeError) in
            try NewChannel.decode(request.body, limits: options.limits, scratch: scratch)
        }
        let channel = try commanded { hub throws(HubError) in
            let id = try hub.createChannel(new, by: user)
            return try hub.existingChannel(id)
        }
        answer(request.exchange) { $0.channel(channel) }
    }

    func postChat(
        _ request: Request, in channel: ChannelID, by user: UserID
    ) throws(Failure) {
        let address = connections[request.exchange.connection].pointee.address
        try charge(
            .message, address, at: options.messageRate.scaled(by: ServerOptions.addressShare),
            "Too many messages from this address")
        let new = try decoded { () throws(AttributeError) in
            try NewChat.decode(request.body, limits: options.limits, scratch: scratch)
        }
        let written = try commanded { hub throws(HubError) in
            try hub.writeChat(new, in: channel, by: user)
        }
        statistics.messages += 1
        try answer(request.exchange, with: written.record, nonce: new.nonce)
    }

    func decoded<Value>(
        _ decode: () throws(AttributeError) -> Value
    ) throws(Failure) -> Value {
        do {
            return try decode()
        } catch {
            throw Failure(error)
        }
    }
}
