import Foundation
@testable import ServerCore
import XCTest

/// An image on its way in, whatever happens meanwhile.
final class UploadTests: WebSocketTestCase {
    /// One frame of 200 sub-blocks, all of it ASCII, for requests are made of text here.
    private let content = "GIF89a\u{1}\0\u{1}\0\0\0\0,\0\0\0\0\u{1}\0\u{1}\0\0\u{2}"
        + String(repeating: "\u{64}" + String(repeating: "x", count: 100), count: 200) + "\0;"

    /// Sends the head and a part of the body.
    private func begin(_ client: Client, sending count: Int) {
        client.expectAnswer(to: "POST")
        let whole = Client.request(
            "POST", "/api/self/avatar", token: token, body: content,
            fields: ["Content-Type: image/gif"])
        client.peer.send(Array(whole.dropLast(content.utf8.count - count)))
        world.settle()
    }

    private func finish(_ client: Client, from count: Int) -> Int? {
        client.peer.send(Array(content.utf8.dropFirst(count)))
        world.settle()
        client.read()
        return client.responses.last?.status
    }

    private func avatar() -> Any? {
        let user = world.connect().ask("GET", "/api/self", token: token).object
        return (user["profile"] as? [String: Any])?["avatarId"]
    }

    func testItIsWholeWhereverItIsSplit() {
        for split in [0, 1, 5, 11, 12, 13, 10_000, content.utf8.count - 1] {
            let client = world.connect()
            begin(client, sending: split)
            XCTAssertEqual(finish(client, from: split), 200, "split at \(split)")
            let id = (avatar() as? NSNumber)?.int64Value ?? 0
            let image = world.connect().ask("GET", "/api/images/\(id)", token: token)
            XCTAssertEqual(image.body, Array(content.utf8))
            XCTAssertEqual(image.fields["content-type"], "image/gif")
        }
        world.assertInvariants()
    }

    func testOneMemberHasAShareOfThePlaces() throws {
        let slow = (0..<2).map { _ in world.connect() }
        for client in slow { begin(client, sending: 100) }
        let third = world.connect()
        begin(third, sending: 100)
        third.read()
        XCTAssertEqual(third.responses.map(\.status), [503])
        let admin = token
        token = world.token(try world.addUser("other"))
        let other = world.connect()
        begin(other, sending: 100)
        XCTAssertEqual(finish(other, from: 100), 200, "another has a place")
        token = admin
        XCTAssertEqual(finish(slow[0], from: 100), 200)
        let fourth = world.connect()
        begin(fourth, sending: 100)
        XCTAssertEqual(finish(fourth, from: 100), 200)
        world.assertInvariants()
    }

    func testAPieceThatCannotBeStoredIsToldAndLeavesNothing() {
        let client = world.connect()
        begin(client, sending: 5_000)
        world.diskIsFull = true
        client.peer.send(Array(content.utf8.dropFirst(5_000).prefix(5_000)))
        world.settle()
        world.diskIsFull = false
        world.settle()
        client.read()
        XCTAssertEqual(client.responses.last?.status, 503)
        XCTAssertTrue(avatar() is NSNull)
        // Its place is free again.
        for _ in 0..<5 {
            let other = world.connect()
            begin(other, sending: 100)
            XCTAssertEqual(finish(other, from: 100), 200)
        }
        world.assertInvariants()
    }
}
