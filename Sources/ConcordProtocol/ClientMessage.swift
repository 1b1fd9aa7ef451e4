import JSON
import Memory
import Model

/// What a client may send over its WebSocket (protocol A6). Values are checked for type
/// and form; whether the channel exists and the sender may is the hub's to say.
public enum ClientMessage {
    case chatWritten(channel: ChannelID, NewChat)
    case chatTyping(channel: ChannelID, thread: ThreadID?, sentAt: Milliseconds?)
    case chatReaction(chat: ChatID, NewReaction)

    /// What the sender calls its message, if anything.
    public var nonce: Bytes? {
        switch self {
        case .chatWritten(_, let chat): chat.nonce
        case .chatTyping, .chatReaction: nil
        }
    }

    /// Decodes one message. `scratch` must be twice as long as `text`.
    public static func decode(
        _ text: Bytes, limits: Limits, scratch: MutableBytes
    ) throws(AttributeError) -> ClientMessage {
        let attributes = try MessageAttributes(text)
        var reader = AttributeReader(for: text, scratch: scratch)
        do {
            return try attributes.message(limits: limits, reader: &reader)
        } catch {
            // The nonce tells the client which of its messages failed.
            var failure = error
            failure.nonce = try? checkedNonce(attributes.nonce, limits: limits, reader: &reader)
            throw failure
        }
    }
}

/// Every attribute of every message, not yet looked at: `type`, which says what the
/// others must be, may come last.
private struct MessageAttributes {
    var type, channelID, threadID, sentAt, content, nonce, chatID, reaction, adding: JSONValue?

    init(_ text: Bytes) throws(AttributeError) {
        var members = try BodyMembers(text)
        while let (name, value) = try members.next() {
            switch name {
            case "type": type = value
            case "channelId": channelID = value
            case "threadId": threadID = value
            case "sentAt": sentAt = value
            case "content": content = value
            case "nonce": nonce = value
            case "chatId": chatID = value
            case "reaction": reaction = value
            case "adding": adding = value
            default: break
            }
        }
    }

    func message(
        limits: Limits, reader: inout AttributeReader
    ) throws(AttributeError) -> ClientMessage {
        guard case .string(let type) = type else {
            switch type {
            case nil, .null: throw AttributeError(.missing("type"))
            default: throw AttributeError(.wrongType(attribute: "type", expected: "a string"))
            }
        }
        switch type {
        case "chat_written":
            let channel = ChannelID(try reader.integer("channelId", channelID))
            let chat = try NewChat(
                content: content, sentAt: sentAt, threadID: threadID, nonce: nonce,
                limits: limits, reader: &reader)
            return .chatWritten(channel: channel, chat)
        case "chat_typing":
            return .chatTyping(
                channel: ChannelID(try reader.integer("channelId", channelID)),
                thread: try reader.optionalInteger("threadId", threadID).map { ThreadID($0) },
                sentAt: try reader.optionalInteger("sentAt", sentAt))
        case "chat_reaction":
            let chat = ChatID(try reader.integer("chatId", chatID))
            let reaction = try NewReaction(
                reaction: reaction, adding: adding, limits: limits, reader: &reader)
            return .chatReaction(chat: chat, reaction)
        default:
            throw AttributeError(.unknownType)
        }
    }
}
