import ConcordProtocol
import JSON
import Memory
import Model
import TestSupport
import XCTest

/// The objects of protocol A4, byte for byte.
final class ShapeTests: XCTestCase {
    func testTokenAndUserBrief() {
        XCTAssertEqual(written { $0.token("a.b.c") }, #"{"token":"a.b.c"}"#)
        XCTAssertEqual(
            written { $0.userBrief(id: UserID(3), username: lend("an\"n")) },
            #"{"id":3,"username":"an\"n"}"#)
    }

    func testFullUser() {
        var user = Samples.user
        XCTAssertEqual(
            written { $0.user(user, status: .doNotDisturb) },
            #"{"id":3,"username":"ann","profile":{"createdAt":4,"nickname":"Änn","bio":"b\nio","#
                + #""avatarId":5},"status":{"onlineStatus":"DO_NOT_DISTURB"}}"#)
        user.bio = nil
        user.avatar = nil
        XCTAssertEqual(
            written { $0.user(user, status: .offline) },
            #"{"id":3,"username":"ann","profile":{"createdAt":4,"nickname":"Änn","bio":null,"#
                + #""avatarId":null},"status":{"onlineStatus":"OFFLINE"}}"#)
    }

    func testStatusNamesAreTheProtocols() {
        let names = [OnlineStatus.offline, .online, .away, .doNotDisturb].map { $0.name.description }
        XCTAssertEqual(names, ["OFFLINE", "ONLINE", "AWAY", "DO_NOT_DISTURB"])
    }

    func testServer() {
        XCTAssertEqual(
            written {
                $0.community(
                    Community(
                        name: "Home", description: "", icon: ImageID(5),
                        defaultChannel: ChannelID(6)))
            },
            #"{"name":"Home","description":"","iconId":5,"defaultChannelId":6}"#)
        XCTAssertEqual(
            written {
                $0.community(
                    Community(name: "Home", description: "d", icon: nil, defaultChannel: nil))
            },
            #"{"name":"Home","description":"d","iconId":null,"defaultChannelId":null}"#)
    }

    func testChannel() {
        XCTAssertEqual(written { $0.channel(Samples.channel) }, Samples.channelJSON)
        XCTAssertEqual(
            written { $0.channel(Samples.rootChannel) },
            #"{"id":6,"parentChannelId":null,"ordinality":0,"name":"general","description":null,"#
                + #""capabilities":[],"createdAt":8,"createdByUserId":3}"#)
    }

    func testChannelTree() {
        XCTAssertEqual(
            written {
                $0.beginArray()
                $0.beginChannelTree(Samples.rootChannel)
                for _ in 0..<2 {
                    $0.beginChannelTree(Samples.channel)
                    $0.endChannelTree()
                }
                $0.endChannelTree()
                $0.endArray()
            },
            #"[{"id":6,"ordinality":0,"name":"general","description":null,"capabilities":[],"#
                + #""createdAt":8,"createdByUserId":3,"children":["#
                + #"{"id":7,"ordinality":-1,"name":"sub","description":"d","#
                + #""capabilities":["text"],"createdAt":9,"createdByUserId":3,"children":[]},"#
                + #"{"id":7,"ordinality":-1,"name":"sub","description":"d","#
                + #""capabilities":["text"],"createdAt":9,"createdByUserId":3,"children":[]}]}]"#)
    }

    func testChat() {
        XCTAssertEqual(
            written { $0.chat(Samples.chat, nonce: "n", reactions: Samples.reactions) },
            Samples.chatJSON(nonce: #","nonce":"n""#))
        var chat = Samples.chat
        chat.thread = nil
        chat.edited = true
        XCTAssertEqual(
            written { $0.chat(chat, reactions: { _ in }) },
            #"{"id":10,"createdAt":11,"authorId":3,"channelId":7,"threadId":null,"#
                + #""content":"h\"i","edited":true,"reactions":{}}"#)
    }
}

/// The body of an HTTP error, byte for byte (protocol B).
final class ErrorBodyTests: XCTestCase {
    func testErrorBody() {
        let body = ErrorBody(
            timestamp: 1_700_000_000_000, path: "/api/chats/\"1", status: 404,
            reasonPhrase: "Not Found", message: "no such chat", requestID: 0xAB)
        XCTAssertEqual(
            written { $0.error(body) },
            #"{"timestamp":1700000000000,"path":"/api/chats/\"1","status":404,"#
                + #""error":"Not Found","message":"no such chat","requestId":"00000000000000ab"}"#)
    }

    func testAPathThatIsNotUTF8StillGivesJSON() {
        let body = ErrorBody(
            timestamp: 0, path: lend([0x2F, 0xFF, 0x0A]), status: 400, reasonPhrase: "Bad Request",
            message: "", requestID: .max)
        XCTAssertEqual(
            written { $0.error(body) },
            #"{"timestamp":0,"path":"/\#u{FFFD}\n","status":400,"error":"Bad Request","#
                + #""message":"","requestId":"ffffffffffffffff"}"#)
    }
}

/// Records that no two attributes share a value of, so that a mix-up shows.
enum Samples {
    static var user: User {
        User(
            id: UserID(3), username: "ann", createdAt: 4, nickname: "Änn", bio: "b\nio",
            avatar: ImageID(5))
    }

    static var rootChannel: Channel {
        Channel(
            id: ChannelID(6), parent: nil, ordinality: 0, name: "general", description: nil,
            capabilities: "[]", createdAt: 8, createdBy: UserID(3))
    }

    static var channel: Channel {
        Channel(
            id: ChannelID(7), parent: ChannelID(6), ordinality: -1, name: "sub",
            description: "d", capabilities: "[\"text\"]", createdAt: 9, createdBy: UserID(3))
    }

    static let channelJSON =
        #"{"id":7,"parentChannelId":6,"ordinality":-1,"name":"sub","description":"d","#
        + #""capabilities":["text"],"createdAt":9,"createdByUserId":3}"#

    static var chat: ChatRecord {
        ChatRecord(
            id: ChatID(10), createdAt: 11, author: UserID(3), channel: ChannelID(7),
            thread: ThreadID(12), content: "h\"i", edited: false)
    }

    static func chatJSON(nonce: String) -> String {
        #"{"id":10,"createdAt":11,"authorId":3,"channelId":7,"threadId":12,"content":"h\"i","#
            + #""edited":false,"reactions":{"👍":2,"\"":1}"# + nonce + "}"
    }

    static let reactions: @Sendable (inout JSONWriter) -> Void = {
        $0.key(Bytes("👍"))
        $0.integer(2)
        $0.key(Bytes("\""))
        $0.integer(1)
    }
}

extension Bytes: ExpressibleByStringLiteral {
    public init(stringLiteral text: StaticString) { self.init(text) }
}
