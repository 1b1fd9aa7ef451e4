import Memory
import ServerCore

/// A whole server on a real store, with several peers of different rights over a network that cuts
/// and stalls. The input is a sequence of actions (`Action`): no trap, no write that the
/// sockets would not take, every stream well-formed, nothing hidden shown, and no spinning.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzServer(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 0 else { return 0 }
    let template = Template.shared
    let world = World(copying: template)
    var input = ActionReader(UnsafeBufferPointer(start: data, count: count))
    while let action = input.next() { world.perform(action, &input) }
    world.finish()
    return 0
}

/// What an action's first byte means; its upper bits choose the peer.
enum Action: UInt8 {
    case connect, raw, text, ping, chat, burst, window, writeLimit
    case request, hide, turns, wait, end, breakOff, open, resume
}

/// Reads actions and their arguments; an input that ends early reads as zeros.
struct ActionReader {
    private let input: UnsafeBufferPointer<UInt8>
    private var position = 0
    /// The upper bits of the last action.
    private(set) var peer = 0

    init(_ input: UnsafeBufferPointer<UInt8>) { self.input = input }

    mutating func next() -> Action? {
        guard position < input.count else { return nil }
        let value = byte()
        peer = Int(value >> 4) % World.peersMax
        return Action(rawValue: value & 15)
    }

    mutating func byte() -> UInt8 {
        guard position < input.count else { return 0 }
        defer { position += 1 }
        return input[position]
    }

    /// A length byte, and so many bytes.
    mutating func bytes() -> [UInt8] {
        let end = min(position + Int(byte()), input.count)
        guard end > position else { return [] }
        defer { position = end }
        return Array(input[position..<end])
    }
}
