import ConcordProtocol
import JSON
import Memory
import Model
import TestSupport
import XCTest

// What came of decoding a text, as one line: the value, or the code and sentence of the
// error, and the nonce that its answer would carry.

func messageOutcome(_ text: [UInt8], limits: Limits = Limits()) -> String {
    outcome(of: text) { text, scratch throws(AttributeError) in
        describe(try ClientMessage.decode(text, limits: limits, scratch: scratch))
    }
}

func messageOutcome(_ text: String, limits: Limits = Limits()) -> String {
    messageOutcome(Array(text.utf8), limits: limits)
}

func credentialsOutcome(_ text: String, limits: Limits = Limits()) -> String {
    outcome(of: Array(text.utf8)) { text, scratch throws(AttributeError) in
        let credentials = try Credentials.decode(text, scratch: scratch)
        try credentials.check(limits)
        return "\(String(credentials.username)) \(String(credentials.password))"
    }
}

func newChatOutcome(_ text: String, limits: Limits = Limits()) -> String {
    outcome(of: Array(text.utf8)) { text, scratch throws(AttributeError) in
        describe(try NewChat.decode(text, limits: limits, scratch: scratch))
    }
}

func newChannelOutcome(_ text: String, limits: Limits = Limits()) -> String {
    outcome(of: Array(text.utf8)) { text, scratch throws(AttributeError) in
        let channel = try NewChannel.decode(text, limits: limits, scratch: scratch)
        return "[\(String(channel.name))] \(quoted(channel.description)) in "
            + "\(optional(channel.parent?.value)) at \(channel.ordinality) "
            + String(channel.capabilities)
    }
}

/// Decodes with exactly as much scratch memory as the decoders ask for.
private func outcome(
    of text: [UInt8], _ decode: (Bytes, MutableBytes) throws(AttributeError) -> String
) -> String {
    var input = OwnedBytes(text)
    var scratch = OwnedBytes([UInt8](repeating: 0xEE, count: 2 * text.count))
    do throws(AttributeError) {
        return try decode(input.bytes, scratch.mutable)
    } catch {
        return describe(error)
    }
}

private func describe(_ error: AttributeError) -> String {
    var memory = OwnedBytes([UInt8](repeating: 0, count: 256))
    var sentence = ByteWriter(memory.mutable)
    error.explain(into: &sentence)
    XCTAssertFalse(sentence.overflowed)
    let nonce = error.nonce.map { " nonce=[\(String($0))]" } ?? ""
    return "\(error.code.name): \(String(sentence.bytes))\(nonce)"
}

private func describe(_ message: ClientMessage) -> String {
    switch message {
    case .chatWritten(let channel, let chat):
        return "chat_written channel=\(channel.value) \(describe(chat))"
    case .chatTyping(let channel, let thread, let sentAt):
        return "chat_typing channel=\(channel.value) thread=\(optional(thread?.value))"
            + " sentAt=\(optional(sentAt))"
    case .chatReaction(let chat, let reaction):
        return "chat_reaction chat=\(chat.value) [\(String(reaction.reaction))]"
            + " adding=\(reaction.adding)"
    }
}

private func describe(_ chat: NewChat) -> String {
    "[\(String(chat.content))] thread=\(optional(chat.thread?.value))"
        + " sentAt=\(optional(chat.sentAt)) nonce=\(quoted(chat.nonce))"
}

private func optional(_ value: Int64?) -> String { value.map { "\($0)" } ?? "-" }

private func quoted(_ text: Bytes?) -> String { text.map { "[\(String($0))]" } ?? "-" }

/// What an encoder writes, given room enough.
func written(capacity: Int = 1 << 16, _ encode: (inout JSONWriter) -> Void) -> String {
    var memory = OwnedBytes([UInt8](repeating: 0, count: capacity))
    var writer = JSONWriter(ByteWriter(memory.mutable))
    encode(&writer)
    XCTAssertFalse(writer.overflowed)
    return String(writer.bytes)
}
