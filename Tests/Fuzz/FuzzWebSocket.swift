import Memory
import WebSocket

/// Any stream, cut in any way: no trap, no access outside of the memory given, and the same
/// events as when it comes whole. The first byte of an input chooses the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWebSocket(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 1 else { return 0 }
    let stream = UnsafeBufferPointer(start: data + 1, count: count - 1)
    let whole = transcript(of: stream) { $0 }
    let bytewise = transcript(of: stream) { _ in 1 }
    var seed = UInt64(data[0])
    let cut = transcript(of: stream) { _ in
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(seed >> 60) + 1
    }
    precondition(whole == bytewise && whole == cut, "the cuts show")
    return 0
}

private let messageBytesMax = 300

/// All that the decoder told, written one after the other. `nextRead` is asked for the size of
/// each read, given how much is left.
private func transcript(
    of stream: UnsafeBufferPointer<UInt8>, nextRead: (Int) -> Int
) -> [UInt8] {
    var log: [UInt8] = []
    var decoder = MessageDecoder()
    let buffer = MutableBytes.allocate(
        MessageDecoder.bufferBytes(messageBytesMax: messageBytesMax))
    defer { buffer.base.deallocate() }
    var lent: MutableBytes?
    var start = 0
    while start < stream.count {
        let end = min(start + nextRead(stream.count - start), stream.count)
        let input = MutableBytes.allocate(end - start)
        defer { input.base.deallocate() }
        for index in 0..<input.count { input[index] = stream[start + index] }
        guard receive(input, &decoder, buffer, &lent, &log) else { break }
        start = end
    }
    return log
}

/// False once the stream is refused.
private func receive(
    _ input: MutableBytes, _ decoder: inout MessageDecoder, _ buffer: MutableBytes,
    _ lent: inout MutableBytes?, _ log: inout [UInt8]
) -> Bool {
    var offset = 0
    while true {
        do throws(WebSocketError) {
            let event = try decoder.next(
                input, offset: &offset, buffer: lent, messageBytesMax: messageBytesMax)
            switch event {
            case .needBuffer:
                precondition(lent == nil)
                lent = buffer
                continue
            case .needMore: precondition(offset == input.count)
            case .text(let text):
                precondition(UTF8Validator.isValid(text) && text.count <= messageBytesMax)
                append(1, text, to: &log)
            case .binary(let data):
                precondition(data.count <= messageBytesMax)
                append(2, data, to: &log)
            case .ping(let data): append(9, data, to: &log)
            case .pong(let data): append(10, data, to: &log)
            case .close(let code, let reason):
                let code = code ?? 0
                log += [UInt8(code >> 8), UInt8(code & 0xFF)]
                append(8, reason, to: &log)
            }
            if !decoder.needsBuffer, lent != nil {
                lent = nil
                buffer.base.update(repeating: 0xDD, count: buffer.count)
            }
            if case .needMore = event { return true }
        } catch {
            log += Array("\(error)".utf8)
            return false
        }
    }
}

private func append(_ kind: UInt8, _ bytes: Bytes, to log: inout [UInt8]) {
    log += [0xFE, kind, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)]
    log += UnsafeBufferPointer(start: bytes.base, count: bytes.count)
}
