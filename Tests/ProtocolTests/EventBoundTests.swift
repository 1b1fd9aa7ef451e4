import ConcordProtocol
import JSON
import Memory
import Model
import TestSupport
import XCTest

/// `Limits.eventBytesMax` bounds whatever the other limits let in: the worst of each kind is
/// made, shown to be allowed, and written into exactly that much memory.
final class EventBoundTests: XCTestCase {
    private let scalars = ["\"", "\\", "\t", "\n", "€", "😀", "a"]
    private let largest = Int64.min

    /// Settings in which each kind of event is the longest one in turn.
    private var settings: [Limits] {
        var all = [Limits](repeating: Limits(), count: 5)
        all[1].contentScalarsMax = 1
        all[1].nonceBytesMax = 1
        all[1].reactionBytesMax = 1
        all[2].usernameScalarsMax = 40_000
        all[3].descriptionScalarsMax = 20_000
        all[4].contentScalarsMax = 100_000
        all[4].nonceBytesMax = 4_000
        all[4].reactionBytesMax = 1_000
        return all
    }

    private func assertFits(
        _ limits: Limits, _ name: String, line: UInt = #line, _ encode: (inout JSONWriter) -> Void
    ) {
        var memory = OwnedBytes([UInt8](repeating: 0, count: limits.eventBytesMax))
        var writer = JSONWriter(ByteWriter(memory.mutable))
        encode(&writer)
        XCTAssertFalse(writer.overflowed, "\(name) in \(limits)", line: line)
        XCTAssertGreaterThan(writer.bytes.count, 100, line: line)
    }

    /// As much text as a rule lets in, or nil if it does not let this scalar in.
    private func longest(_ scalar: String, _ rule: TextRule) -> Bytes? {
        // Names and messages may not consist of white space alone.
        let text = lend("x" + String(repeating: scalar, count: rule.scalarsMax - 1))
        return rule.violation(in: text) == nil ? text : nil
    }

    func testTheLongestChatFits() {
        for limits in settings {
            let reaction = String(repeating: "\"", count: limits.reactionBytesMax)
            XCTAssertNil(withBytes(reaction) { limits.reaction.violation(in: $0) })
            for scalar in scalars {
                for control in ["\u{1}", "\u{7F}", "\"", "😀"] {
                    let nonce = lend(
                        String(repeating: control, count: limits.nonceBytesMax / control.utf8.count))
                    guard let content = longest(scalar, limits.content) else { continue }
                    assertFits(limits, "chat of \(scalar.debugDescription)") {
                        $0.chatSent(
                            chat(content: content), nonce: nonce, event: largest,
                            reactions: { self.writeReactions(lend(reaction), to: &$0) })
                    }
                }
            }
            assertFits(limits, "reactions") {
                $0.chatReactionsUpdated(
                    chat(content: "x"), event: largest,
                    reactions: { self.writeReactions(lend(reaction), to: &$0) })
            }
        }
    }

    func testTheLongestChannelFits() {
        let capabilities = lend(
            "[" + [String](
                repeating: "\"" + String(repeating: "\\\"", count: Limits.capabilityBytesMax) + "\"",
                count: Limits.capabilitiesMax
            ).joined(separator: ",") + "]")
        XCTAssertEqual(capabilities.count, Limits.capabilitiesTextBytesMax)
        for limits in settings {
            for scalar in scalars {
                let channel = Channel(
                    id: ChannelID(largest), parent: ChannelID(largest), ordinality: largest,
                    name: longest(scalar, limits.name) ?? "x",
                    description: longest(scalar, limits.description), capabilities: capabilities,
                    createdAt: largest, createdBy: UserID(largest))
                assertFits(limits, "channel") { $0.channelCreated(channel, event: largest) }
                assertFits(limits, "channel") { $0.channelsUpdated(channel, event: largest) }
                assertFits(limits, "channel tree") {
                    $0.beginChannelTree(channel)
                    $0.endChannelTree()
                }
                let community = Community(
                    name: channel.name, description: channel.description ?? "",
                    icon: ImageID(largest), defaultChannel: ChannelID(largest))
                assertFits(limits, "server") { $0.community(community) }
            }
        }
    }

    func testTheLongestUserFits() {
        for limits in settings {
            for scalar in scalars {
                let user = User(
                    id: UserID(largest), username: longest(scalar, limits.username) ?? "x",
                    createdAt: largest, nickname: longest(scalar, limits.name) ?? "x",
                    bio: longest(scalar, limits.description), avatar: ImageID(largest))
                // With room for a message around it (user_updated).
                let message = #"{"type":"user_updated","user":,"eventId":-9223372036854775808}"#
                assertFits(limits, "user") {
                    $0.raw(lend(message))
                    $0.user(user, status: .doNotDisturb)
                }
            }
        }
    }

    private func chat(content: Bytes) -> ChatRecord {
        ChatRecord(
            id: ChatID(largest), createdAt: largest, author: UserID(largest),
            channel: ChannelID(largest), thread: ThreadID(largest), content: content, edited: false)
    }

    private func writeReactions(_ reaction: Bytes, to writer: inout JSONWriter) {
        for _ in 0..<Limits.reactionsPerChatMax {
            writer.key(reaction)
            writer.integer(99_999_999)
        }
    }
}
