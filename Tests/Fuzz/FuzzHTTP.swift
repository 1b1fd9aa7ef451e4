import HTTP
import Memory

// libFuzzer harness for the request parser and the body decoder. The first byte of the input
// says how to split the rest; a trap, or an outcome that depends on the split, is a finding.

/// All that a caller can tell apart, reduced to numbers.
private struct Outcome: Equatable {
    var status: UInt16 = 0
    var consumed = 0
    var payloadBytes = 0
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func mix(_ bytes: Bytes) {
        for index in 0..<bytes.count { mix(UInt64(bytes[index])) }
    }

    mutating func mix(_ value: UInt64) { digest = (digest ^ value) &* 0x0000_0100_0000_01B3 }

    mutating func mix(_ field: Bytes?) {
        mix(field == nil ? 256 : 257)
        if let field { mix(field) }
    }
}

private let headBytesMax = 512
private let bodyBytesMax = 300

private func parseHead(_ input: Bytes, step: Int) -> (outcome: Outcome, body: RequestHead.Body?) {
    var parser = RequestParser(headBytesMax: headBytesMax)
    var outcome = Outcome()
    var end = 0
    while end < input.count {
        end = min(end + step, input.count)
        do {
            guard let (head, length) = try parser.parse(input.prefix(end)) else { continue }
            outcome.consumed = length
            mix(head, into: &outcome)
            return (outcome, head.body)
        } catch {
            outcome.status = error.status.rawValue
            return (outcome, nil)
        }
    }
    return (outcome, nil)
}

private func mix(_ head: RequestHead, into outcome: inout Outcome) {
    outcome.mix(head.path)
    outcome.mix(head.query)
    outcome.mix(UInt64(head.minorVersion) << 3 | (head.keepAlive ? 4 : 0))
    outcome.mix(head.expectsContinue ? 2 : head.connectionHasUpgrade ? 1 : 0)
    outcome.mix(head.host)
    outcome.mix(head.authorization)
    outcome.mix(head.bearerToken)
    outcome.mix(head.mediaType)
    outcome.mix(head.origin)
    outcome.mix(head.upgrade)
    outcome.mix(head.asksForWebSocket ? 1 : 0)
    outcome.mix(head.alreadyHas(entityTag: Bytes("\"a\"")) ? 1 : 0)
    var segments = PathSegments(head.path)
    while let segment = segments.next() { outcome.mix(segment) }
    var parameters = QueryParameters(head.query)
    withWriter(headBytesMax) { out in
        while let (name, value) = parameters.next() {
            outcome.mix(PercentEncoding.decode(name, plusIsSpace: true, into: &out) ? 1 : 0)
            outcome.mix(PercentEncoding.decode(value, plusIsSpace: false, into: &out) ? 1 : 0)
        }
        outcome.mix(out.bytes)
    }
}

private func decodeBody(
    _ framing: RequestHead.Body, _ input: Bytes, step: Int, outBytes: Int
) -> Outcome {
    var outcome = Outcome()
    do {
        var decoder = try BodyDecoder(framing, bytesMax: bodyBytesMax)
        while outcome.consumed < input.count, !decoder.isComplete {
            let end = min(outcome.consumed + step, input.count)
            try withWriter(outBytes) { (out) throws(HTTPError) in
                defer {
                    outcome.mix(out.bytes)
                    outcome.payloadBytes += out.count
                }
                outcome.consumed += try decoder.decode(input[outcome.consumed..<end], into: &out)
            }
        }
        outcome.mix(decoder.isComplete ? 1 : 0)
    } catch {
        outcome.status = error.status.rawValue
        outcome.consumed = 0
    }
    precondition(outcome.payloadBytes <= bodyBytesMax)
    return outcome
}

private func withWriter(
    _ capacity: Int, _ body: (inout ByteWriter) throws(HTTPError) -> Void
) throws(HTTPError) {
    let memory = MutableBytes.allocate(capacity)
    defer { memory.base.deallocate() }
    var out = ByteWriter(memory)
    try body(&out)
}

private func withWriter(_ capacity: Int, _ body: (inout ByteWriter) -> Void) {
    let memory = MutableBytes.allocate(capacity)
    defer { memory.base.deallocate() }
    var out = ByteWriter(memory)
    body(&out)
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHTTP(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    guard let data, size > 1 else { return 0 }
    let step = Int(data[0]) % 64 + 1
    let input = Bytes(base: data + 1, count: size - 1)

    let (whole, framing) = parseHead(input, step: input.count)
    precondition(parseHead(input, step: 1).outcome == whole)
    precondition(parseHead(input, step: step).outcome == whole)

    // What follows a head is its body; anything else is tried as a chunked one.
    let rest = input.dropFirst(whole.consumed)
    let body = framing ?? .chunked
    let decoded = decodeBody(body, rest, step: max(rest.count, 1), outBytes: bodyBytesMax)
    precondition(decodeBody(body, rest, step: 1, outBytes: bodyBytesMax) == decoded)
    precondition(decodeBody(body, rest, step: step, outBytes: 1 + step % 7) == decoded)
    return 0
}
