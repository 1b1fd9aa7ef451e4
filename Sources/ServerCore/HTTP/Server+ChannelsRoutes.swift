import ConcordProtocol
import HTTP
import JSON
import Memory
import Model
import Storage

// Changing what is there: channels, the community, chats (protocol A5).
extension Server {
    func changeCommunity(_ request: Request, by user: UserID) throws(Failure) {
        let change = try decoded { () throws(AttributeError) in
            try CommunityChange.decode(request.body, limits: options.limits, scratch: scratch)
        }
        try commanded { hub throws(HubError) in try hub.changeCommunity(change, by: user) }
        try showCommunity(request, to: user)
    }

    func channel(_ id: ChannelID, _ request: Request, by user: UserID) throws(Failure) {
        switch request.head.method {
        case .patch: try changeChannel(id, request, by: user)
        case .delete:
            try commanded { hub throws(HubError) in try hub.deleteChannel(id, by: user) }
            answerEmpty(request.exchange)
        default: try showChannel(id, request, to: user)
        }
    }

    private func changeChannel(
        _ id: ChannelID, _ request: Request, by user: UserID
    ) throws(Failure) {
        let change = try decoded { () throws(AttributeError) in
            try ChannelChange.decode(request.body, limits: options.limits, scratch: scratch)
        }
        let channel = try commanded { hub throws(HubError) in
            try hub.changeChannel(id, change, by: user)
            return try hub.existingChannel(id)
        }
        answer(request.exchange) { $0.channel(channel) }
    }

    func chat(_ id: ChatID, _ request: Request, by user: UserID) throws(Failure) {
        switch request.head.method {
        case .patch: try editChat(id, request, by: user)
        case .delete:
            try commanded { hub throws(HubError) in try hub.deleteChat(id, by: user) }
            answerEmpty(request.exchange)
        default: try showChat(id, request, to: user)
        }
    }

    private func editChat(
        _ id: ChatID, _ request: Request, by user: UserID
    ) throws(Failure) {
        // Whether there is such a chat is said before what is wrong with the text.
        _ = try commanded { hub throws(HubError) in try hub.visibleChat(id, to: user) }
        let content = try decoded { () throws(AttributeError) in
            try SingleText.decode(
                request.body, "content", options.limits.content, scratch: scratch)
        }
        let chat = try commanded { hub throws(HubError) in
            try hub.editChat(id, content: content, by: user)
        }
        try answer(request.exchange, with: chat, nonce: nil)
    }

    func chatReactions(_ id: ChatID, _ request: Request, by user: UserID) throws(Failure) {
        guard request.head.method == .post else {
            _ = try commanded { hub throws(HubError) in try hub.visibleChat(id, to: user) }
            return try list(.reactions(id, .start), for: request)
        }
        let reaction = try decoded { () throws(AttributeError) in
            try NewReaction.decode(request.body, limits: options.limits, scratch: scratch)
        }
        try commanded { hub throws(HubError) in try hub.react(reaction, to: id, by: user) }
        answerEmpty(request.exchange)
    }
}
