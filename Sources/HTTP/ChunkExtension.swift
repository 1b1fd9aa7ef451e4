import Memory

/// The place within `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, the extensions after a
/// chunk's size (RFC 9112 §7.1.1). None means anything here, but what breaks the grammar is
/// refused: others on the way may see another line there.
enum ChunkExtension {
    case afterElement
    case beforeName, name, afterName
    case beforeValue, token, quoted, escaped, afterQuoted

    /// The line may end here.
    var mayEnd: Bool { self == .name || self == .token || self == .afterQuoted }

    /// The place after one more byte, nil if the grammar has none.
    func next(_ byte: UInt8) -> ChunkExtension? {
        switch self {
        case .quoted, .escaped: nextInQuotedString(byte)
        case .beforeName: isBlank(byte) ? self : Grammar.isTokenByte(byte) ? .name : nil
        case .beforeValue: nextBeforeValue(byte)
        case .name where Grammar.isTokenByte(byte): .name
        case .token where Grammar.isTokenByte(byte): .token
        case .name, .afterName: byte == UInt8(ascii: "=") ? .beforeValue : between(byte, .afterName)
        case .token, .afterQuoted, .afterElement: between(byte, .afterElement)
        }
    }

    private func between(_ byte: UInt8, _ blank: ChunkExtension) -> ChunkExtension? {
        byte == UInt8(ascii: ";") ? .beforeName : isBlank(byte) ? blank : nil
    }

    private func nextBeforeValue(_ byte: UInt8) -> ChunkExtension? {
        if isBlank(byte) { return .beforeValue }
        if byte == UInt8(ascii: "\"") { return .quoted }
        return Grammar.isTokenByte(byte) ? .token : nil
    }

    private func nextInQuotedString(_ byte: UInt8) -> ChunkExtension? {
        guard Grammar.isFieldText(byte) else { return nil }
        if self == .escaped { return .quoted }
        switch byte {
        case UInt8(ascii: "\""): return .afterQuoted
        case UInt8(ascii: "\\"): return .escaped
        default: return .quoted
        }
    }
}
