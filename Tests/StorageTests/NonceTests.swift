import Memory
import Model
import Storage
import XCTest

final class NonceTests: StoreTestCase {
    func testANonceFindsItsAuthorsChatForADay() throws {
        let store = try open()
        try remember("n", of: chatID(0), by: 1, at: 1_000, in: store)
        try remember("n", of: chatID(1), by: 2, at: 1_000, in: store)
        let end = 1_000 + Store.nonceLifetime
        XCTAssertEqual(try chat(by: 1, "n", at: end - 1, in: store), chatID(0))
        XCTAssertEqual(try chat(by: 2, "n", at: end - 1, in: store), chatID(1))
        XCTAssertNil(try chat(by: 1, "m", at: end - 1, in: store))
        XCTAssertNil(try chat(by: 1, "n", at: end, in: store))
    }

    func testANonceWhoseTimeIsOverMayNameAnotherChat() throws {
        let store = try open()
        try remember("n", of: chatID(0), by: 1, at: 0, in: store)
        let later = Store.nonceLifetime
        try remember("n", of: chatID(later), by: 1, at: later, in: store)
        XCTAssertEqual(try chat(by: 1, "n", at: later, in: store), chatID(later))
    }

    func testNoncesWhoseTimeIsOverAreForgottenAFewAtATime() throws {
        let store = try open()
        for number in 0..<20 as Range<Int64> {
            try remember("\(number)", of: chatID(number), by: 1, at: number, in: store)
        }
        let later = Store.nonceLifetime + 10
        var left: [String] = []
        for number in 20..<23 as Range<Int64> {
            try remember("\(number)", of: chatID(later, number), by: 1, at: later, in: store)
            try store.commit()
            left.append(try shell("SELECT count(*) FROM nonces"))
        }
        XCTAssertEqual(left, ["13", "11", "12"], "11 of the first 20 are over")
    }

    private func remember(
        _ nonce: String, of id: ChatID, by author: Int64, at now: Milliseconds, in store: Store
    ) throws {
        let chat = ChatRecord(
            id: id, createdAt: now, author: UserID(author), channel: ChannelID(1), thread: nil,
            content: bytes("text"), edited: false)
        try store.rememberNonce(bytes(nonce), of: chat, at: now)
    }

    private func chat(
        by author: Int64, _ nonce: String, at now: Milliseconds, in store: Store
    ) throws -> ChatID? {
        try store.chat(by: UserID(author), nonce: bytes(nonce), at: now)
    }
}
