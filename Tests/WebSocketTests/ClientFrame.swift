import WebSocket

/// A client's frame, spelled out so that tests can get any part of it wrong.
struct ClientFrame {
    var flags: UInt8
    var payload: [UInt8]
    var key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    var lengthForm = LengthForm.shortest

    enum LengthForm { case shortest, sixteenBits, sixtyFourBits }

    init(_ opcode: Opcode, _ payload: [UInt8] = [], final: Bool = true) {
        flags = (final ? 0x80 : 0) | opcode.rawValue
        self.payload = payload
    }

    init(_ opcode: Opcode, _ text: String, final: Bool = true) {
        self.init(opcode, Array(text.utf8), final: final)
    }

    var bytes: [UInt8] { header + payload.enumerated().map { $1 ^ key[$0 % 4] } }

    var header: [UInt8] {
        let count = payload.count
        let wide = (0..<8).reversed().map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
        switch lengthForm {
        case .shortest where count <= 125: return [flags, 0x80 | UInt8(count)] + key
        case .shortest where count <= 0xFFFF, .sixteenBits:
            return [flags, 0x80 | 126] + wide[6...] + key
        case .shortest, .sixtyFourBits: return [flags, 0x80 | 127] + wide + key
        }
    }

    static func close(_ code: UInt16, _ reason: [UInt8] = []) -> ClientFrame {
        ClientFrame(.close, [UInt8(code >> 8), UInt8(code & 0xFF)] + reason)
    }
}

func stream(_ frames: ClientFrame...) -> [UInt8] { frames.flatMap(\.bytes) }
