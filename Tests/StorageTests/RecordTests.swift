import TestSupport
import Memory
import Model
import Storage
import XCTest

final class RecordTests: StoreTestCase {
    func testAUserIsReadAsWritten() throws {
        let store = try open()
        XCTAssertTrue(
            try store.createUser(
                id: UserID(7), username: bytes("ada"), nickname: bytes("Ada ✨"),
                createdAt: 1234, rounds: 5, salt: bytes("\u{0}s"),
                hash: bytes("h\u{0}")))
        try store.commit()

        let user = try XCTUnwrap(store.user(UserID(7)))
        XCTAssertEqual(user.id, UserID(7))
        XCTAssertEqual(String(user.username), "ada")
        XCTAssertEqual(String(user.nickname), "Ada ✨")
        XCTAssertEqual(user.createdAt, 1234)
        XCTAssertNil(user.bio)
        XCTAssertNil(user.avatar)
        let account = try XCTUnwrap(store.account(UserID(7)))
        XCTAssertEqual(account.tokenGeneration, 0)

        for credential in [
            try store.credential(username: bytes("ada")), try store.credential(user: UserID(7)),
        ] {
            let credential = try XCTUnwrap(credential)
            XCTAssertEqual(credential.user, UserID(7))
            XCTAssertEqual(credential.rounds, 5)
            XCTAssertEqual(String(credential.salt), "\u{0}s")
            XCTAssertEqual(String(credential.hash), "h\u{0}")
            XCTAssertEqual(credential.tokenGeneration, 0)
        }
    }

    func testWhatIsNotThereIsNil() throws {
        let store = try open()
        XCTAssertNil(try store.user(UserID(1)))
        XCTAssertNil(try store.account(UserID(1)))
        XCTAssertNil(try store.credential(username: bytes("nobody")))
        XCTAssertNil(try store.credential(user: UserID(1)))
        XCTAssertNil(try store.channel(ChannelID(1)))
        XCTAssertNil(try store.chat(ChatID(1)))
        XCTAssertNil(try store.community())
        XCTAssertNil(try store.earliestCreatedAt(in: ChannelID(1)))
        XCTAssertEqual(try store.channelCount(), 0)
        XCTAssertEqual(try store.newestEvent(), 0)
        XCTAssertEqual(try store.highestIdentifier(), 0)
    }

    func testUsernamesAreUniqueByteByByte() throws {
        let store = try open()
        XCTAssertTrue(try addUser(1, "ada", to: store))
        XCTAssertFalse(try addUser(2, "ada", to: store))
        XCTAssertTrue(try addUser(3, "Ada", to: store))
        XCTAssertTrue(try addUser(4, "ada ", to: store))
        XCTAssertTrue(try addUser(5, "\u{E9}", to: store))
        XCTAssertTrue(try addUser(6, "e\u{301}", to: store))
        try store.commit()
        XCTAssertNil(try store.user(UserID(2)))
        XCTAssertEqual(try store.credential(username: bytes("Ada"))?.user, UserID(3))
        XCTAssertNil(try store.credential(username: bytes("ADA")))
    }

    func testANewPasswordReplacesTheOldOneOfThatUserOnly() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        try addUser(2, "bob", to: store)
        try store.setPassword(
            user: UserID(1), rounds: 9, salt: bytes("new salt"), hash: bytes("new hash"))
        try store.commit()
        let ada = try XCTUnwrap(store.credential(user: UserID(1)))
        XCTAssertEqual(ada.rounds, 9)
        XCTAssertEqual(String(ada.salt), "new salt")
        XCTAssertEqual(String(ada.hash), "new hash")
        let bob = try XCTUnwrap(store.credential(user: UserID(2)))
        XCTAssertEqual(String(bob.hash), "hash of bob")
    }

    func testRevokingTokensMovesToTheNextGeneration() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        try addUser(2, "bob", to: store)
        try store.revokeTokens(of: UserID(1))
        try store.revokeTokens(of: UserID(1))
        XCTAssertEqual(try store.account(UserID(1))?.tokenGeneration, 2)
        XCTAssertEqual(try store.credential(user: UserID(1))?.tokenGeneration, 2)
        XCTAssertEqual(try store.account(UserID(2))?.tokenGeneration, 0)
    }

    func testUsersComeOldestFirstInPieces() throws {
        let store = try open()
        for id in [5, 3, 9, 1] as [Int64] { try addUser(id, "user\(id)", to: store) }
        var seen: [Int64] = []
        var last: UserID?
        for _ in 0..<4 {
            try store.users(after: last, limit: 2) { user in
                seen.append(user.id.value)
                last = user.id
                return true
            }
        }
        XCTAssertEqual(seen, [1, 3, 5, 9])

        seen = []
        try store.users(after: nil, limit: 10) { user in
            seen.append(user.id.value)
            return seen.count < 3
        }
        XCTAssertEqual(seen, [1, 3, 5], "the visitor stops the listing")
    }

    func testTheCommunityKeepsItsDefaultChannel() throws {
        let store = try open()
        try store.createCommunity(name: bytes("Home"), description: bytes(""))
        XCTAssertNil(try store.community()?.defaultChannel)
        try store.setDefaultChannel(ChannelID(8))
        var community = try XCTUnwrap(store.community())
        XCTAssertEqual(String(community.name), "Home")
        XCTAssertEqual(String(community.description), "")
        XCTAssertNil(community.icon)
        XCTAssertEqual(community.defaultChannel, ChannelID(8))
        try store.setDefaultChannel(nil)
        community = try XCTUnwrap(store.community())
        XCTAssertNil(community.defaultChannel)
    }

    func testAChatIsReadAsWrittenAndEdited() throws {
        let store = try open()
        try addChat(chatID(5), at: firstMoment, by: 2, in: 3, thread: 4, "grüß Gott", to: store)
        var chat = try XCTUnwrap(store.chat(chatID(5)))
        XCTAssertEqual(chat.id, chatID(5))
        XCTAssertEqual(chat.createdAt, firstMoment)
        XCTAssertEqual(chat.author, UserID(2))
        XCTAssertEqual(chat.channel, ChannelID(3))
        XCTAssertEqual(chat.thread, ThreadID(4))
        XCTAssertEqual(String(chat.content), "grüß Gott")
        XCTAssertFalse(chat.edited)

        XCTAssertTrue(try store.editChat(chatID(5), content: bytes("hello")))
        chat = try XCTUnwrap(store.chat(chatID(5)))
        XCTAssertEqual(String(chat.content), "hello")
        XCTAssertTrue(chat.edited)
        XCTAssertEqual(chat.createdAt, firstMoment)

        XCTAssertFalse(try store.editChat(chatID(6), content: bytes("x")))
        XCTAssertTrue(try store.deleteChat(chatID(5)))
        XCTAssertNil(try store.chat(chatID(5)))
        XCTAssertFalse(try store.deleteChat(chatID(5)))
    }

    func testRecordsOfDifferentKindsStandSideBySide() throws {
        let store = try open()
        try addUser(1, "ada", to: store)
        try addChannel(2, "general", to: store)
        try addChat(chatID(1), "hello", to: store)
        try store.createCommunity(name: bytes("Home"), description: bytes("d"))
        let chat = try XCTUnwrap(store.chat(chatID(1)))
        let user = try XCTUnwrap(store.user(UserID(1)))
        let credential = try XCTUnwrap(store.credential(user: UserID(1)))
        let channel = try XCTUnwrap(store.channel(ChannelID(2)))
        let community = try XCTUnwrap(store.community())
        XCTAssertEqual(String(chat.content), "hello")
        XCTAssertEqual(String(user.username), "ada")
        XCTAssertEqual(String(credential.hash), "hash of ada")
        XCTAssertEqual(String(channel.name), "general")
        XCTAssertEqual(String(community.name), "Home")
    }

    func testARecordThatIsTooLongIsListedButNotLookedUp() throws {
        var options = StoreOptions()
        options.eventBytesMax = 2 * Store.recordBytesMax
        let store = try open(options)
        let longest = String(repeating: "x", count: Store.recordBytesMax)
        try addChat(chatID(1), longest, to: store)
        try addChat(chatID(2), longest + "y", to: store)
        XCTAssertEqual(try store.chat(chatID(1))?.content.count, Store.recordBytesMax)
        assertThrows(.recordTooLong) { _ = try store.chat(chatID(2)) }
        var counts: [Int] = []
        _ = try store.chats(ChatFilter(), after: nil, skip: 0, limit: 9) {
            counts.append($0.content.count)
            return true
        }
        XCTAssertEqual(counts, [Store.recordBytesMax + 1, Store.recordBytesMax])
        try store.commit()
    }

    func testReactionsAreCountedInTheOrderOfFirstUse() throws {
        let store = try open()
        func set(_ user: Int64, _ reaction: String, _ present: Bool) throws -> Bool {
            try store.setReaction(
                chat: chatID(1), user: UserID(user), reaction: bytes(reaction), present: present)
        }
        func counts(_ chat: ChatID) throws -> [String] {
            var lines: [String] = []
            try store.reactionCounts(of: chat) { count in
                lines.append("\(String(count.reaction)) \(count.count)")
                return true
            }
            return lines
        }
        XCTAssertTrue(try set(1, "👍", true))
        XCTAssertTrue(try set(2, "❤️", true))
        XCTAssertTrue(try set(3, "👍", true))
        XCTAssertTrue(try set(3, "!", true))
        XCTAssertFalse(try set(3, "👍", true), "it stands already")
        XCTAssertFalse(try set(2, "👍", false), "it was never given")
        XCTAssertEqual(try counts(chatID(1)), ["👍 2", "❤️ 1", "! 1"])
        XCTAssertEqual(try counts(chatID(2)), [])

        var users: [Int64] = []
        try store.reactingUsers(of: chatID(1), reaction: bytes("👍")) {
            users.append($0.value)
            return true
        }
        XCTAssertEqual(users, [1, 3])

        XCTAssertTrue(try set(1, "👍", false))
        XCTAssertTrue(try set(3, "👍", false))
        XCTAssertTrue(try set(1, "👍", true))
        XCTAssertEqual(try counts(chatID(1)), ["❤️ 1", "! 1", "👍 1"])
    }

    func testAChatTakesItsReactionsWithIt() throws {
        let store = try open()
        for id in [chatID(1), chatID(2)] {
            try addChat(id, to: store)
            _ = try store.setReaction(
                chat: id, user: UserID(1), reaction: bytes("a"), present: true)
        }
        XCTAssertTrue(try store.deleteChat(chatID(1)))
        try store.commit()
        XCTAssertEqual(try shell("SELECT group_concat(chat) FROM reactions"), "\(chatID(2).value)")
    }
}
