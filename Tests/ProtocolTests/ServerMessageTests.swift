import ConcordProtocol
import JSON
import Memory
import Model
import XCTest

/// The messages of protocol A6, C1 and C2, byte for byte: `type` first, `eventId` last.
final class ServerMessageTests: XCTestCase {
    func testHello() {
        XCTAssertEqual(
            written { $0.hello(user: UserID(3), newestEvent: 0) },
            #"{"type":"hello","userId":3,"eventId":0}"#)
    }

    func testErrorWritesANonceEvenWhereThereIsNone() {
        XCTAssertEqual(
            written { $0.error(.invalidMessage, message: "content is \"?", nonce: "n\n") },
            #"{"type":"error","code":"invalid_message","message":"content is \"?","nonce":"n\n"}"#)
        XCTAssertEqual(
            written { $0.error(.tooLarge, message: "m", nonce: nil) },
            #"{"type":"error","code":"too_large","message":"m","nonce":null}"#)
    }

    func testErrorCodesAreTheProtocols() {
        let codes: [ErrorCode] = [
            .malformedJSON, .invalidMessage, .unknownType, .notFound, .forbidden, .rateLimited,
            .tooLarge, .storageFailed,
        ]
        XCTAssertEqual(
            codes.map { $0.name.description },
            [
                "malformed_json", "invalid_message", "unknown_type", "not_found", "forbidden",
                "rate_limited", "too_large", "storage_failed",
            ])
    }

    func testChatSent() {
        XCTAssertEqual(
            written {
                $0.chatSent(Samples.chat, nonce: "n", event: 20, reactions: Samples.reactions)
            },
            #"{"type":"chat_sent","chat":"# + Samples.chatJSON(nonce: #","nonce":"n""#)
                + #","eventId":20}"#)
        XCTAssertEqual(
            written {
                $0.chatSent(Samples.chat, nonce: nil, event: 20, reactions: Samples.reactions)
            },
            #"{"type":"chat_sent","chat":"# + Samples.chatJSON(nonce: "") + #","eventId":20}"#)
    }

    func testChatReactionsUpdated() {
        XCTAssertEqual(
            written {
                $0.chatReactionsUpdated(Samples.chat, event: 20, reactions: Samples.reactions)
            },
            #"{"type":"chat_reactions_updated","chatId":10,"channelId":7,"threadId":12,"#
                + #""reactions":{"👍":2,"\"":1},"eventId":20}"#)
        var chat = Samples.chat
        chat.thread = nil
        XCTAssertEqual(
            written { $0.chatReactionsUpdated(chat, event: 20, reactions: { _ in }) },
            #"{"type":"chat_reactions_updated","chatId":10,"channelId":7,"threadId":null,"#
                + #""reactions":{},"eventId":20}"#)
    }

    func testChatTypingIsNoStoredEvent() {
        XCTAssertEqual(
            written {
                $0.chatTyping(
                    user: UserID(3), channel: ChannelID(7), thread: ThreadID(12), sentAt: 13)
            },
            #"{"type":"chat_typing","userId":3,"channelId":7,"threadId":12,"sentAt":13}"#)
        XCTAssertEqual(
            written {
                $0.chatTyping(user: UserID(3), channel: ChannelID(7), thread: nil, sentAt: 13)
            },
            #"{"type":"chat_typing","userId":3,"channelId":7,"threadId":null,"sentAt":13}"#)
    }

    func testChannelMessages() {
        XCTAssertEqual(
            written { $0.channelCreated(Samples.channel, event: 20) },
            #"{"type":"channel_created","channel":"# + Samples.channelJSON + #","eventId":20}"#)
        XCTAssertEqual(
            written { $0.channelsUpdated(Samples.channel, event: 21) },
            #"{"type":"channels_updated","channel":"# + Samples.channelJSON + #","eventId":21}"#)
    }

    func testUserMessages() {
        XCTAssertEqual(
            written { $0.userJoined(UserID(3), event: 20) },
            #"{"type":"user_joined","userId":3,"eventId":20}"#)
        XCTAssertEqual(
            written { $0.userStatusUpdated(UserID(3), status: .away) },
            #"{"type":"user_status_updated","userId":3,"status":"AWAY"}"#)
    }
}
