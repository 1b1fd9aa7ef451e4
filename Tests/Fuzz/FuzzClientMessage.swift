import ConcordProtocol
import Memory
import Model

/// Any bytes at all, from a WebSocket or as a request's body: no decoder traps, every view that
/// one hands out lies within the text or the scratch memory, and what is accepted keeps the limits.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzClientMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start else { return 0 }
    let scratch = MutableBytes.allocate(2 * count)
    defer { scratch.base.deallocate() }
    let input = Input(text: Bytes(base: start, count: count), scratch: scratch)
    input.decodeMessage()
    input.decodeCredentials()
    input.decodeChat()
    input.decodeChannel()
    return 0
}

private struct Input {
    let text: Bytes
    let scratch: MutableBytes
    let limits = Limits()

    func decodeMessage() {
        do throws(AttributeError) {
            let message = try ClientMessage.decode(text, limits: limits, scratch: scratch)
            checkView(message.nonce)
            switch message {
            case .chatWritten(_, let chat): check(chat)
            case .chatTyping: break
            case .chatReaction(_, let reaction):
                checkView(reaction.reaction)
                check(limits.reaction.violation(in: reaction.reaction) == nil)
                check(reaction.reaction.count <= limits.reactionBytesMax)
            }
        } catch {
            check(error)
        }
    }

    func decodeCredentials() {
        do throws(AttributeError) {
            let credentials = try Credentials.decode(text, scratch: scratch)
            checkView(credentials.username)
            checkView(credentials.password)
            try credentials.check(limits)
            check(limits.username.violation(in: credentials.username) == nil)
        } catch {
            check(error)
        }
    }

    func decodeChat() {
        do throws(AttributeError) {
            check(try NewChat.decode(text, limits: limits, scratch: scratch))
        } catch {
            check(error)
        }
    }

    /// Capabilities that are not given are a literal, which no buffer holds.
    func decodeChannel() {
        do throws(AttributeError) {
            let channel = try NewChannel.decode(text, limits: limits, scratch: scratch)
            checkView(channel.name)
            checkView(channel.description)
            check(limits.name.violation(in: channel.name) == nil)
            check(channel.capabilities.count <= Limits.capabilitiesTextBytesMax)
            check(channel.capabilities == "[\"text\"]" || isWithin(text, channel.capabilities))
        } catch {
            check(error)
        }
    }

    private func check(_ chat: NewChat) {
        checkView(chat.content)
        checkView(chat.nonce)
        check(limits.content.violation(in: chat.content) == nil)
        if let nonce = chat.nonce {
            check(!nonce.isEmpty && nonce.count <= limits.nonceBytesMax)
        }
    }

    private func check(_ error: AttributeError) {
        var storage = InlineArray<256, UInt8>(repeating: 0)
        withUnsafeMutableBytes(of: &storage) { memory in
            let base = memory.baseAddress!.assumingMemoryBound(to: UInt8.self)
            var sentence = ByteWriter(MutableBytes(base: base, count: 256))
            error.explain(into: &sentence)
            check(!sentence.overflowed && sentence.count > 0)
        }
        checkView(error.nonce)
    }

    private func checkView(_ view: Bytes?) {
        guard let view else { return }
        check(isWithin(text, view) || isWithin(scratch.bytes, view))
        check(UTF8Validator.isValid(view))
    }

    private func isWithin(_ memory: Bytes, _ view: Bytes) -> Bool {
        view.base >= memory.base && view.base + view.count <= memory.base + memory.count
    }

    /// A promise that must hold in every build mode.
    private func check(_ holds: Bool) {
        guard holds else { fatalError("a promise is broken") }
    }
}
