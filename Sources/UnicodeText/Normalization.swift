import CUnicode
import Memory

/// Normal forms (UAX 15). Nothing is allocated.
public enum NormalForm {
    /// One code for each accented letter: what is stored.
    case composed
    /// Letters and accents apart.
    case decomposed

    /// Writes the text in this form. nil if it does not fit, has more than 4,096 scalar values when
    /// decomposed, or is not valid UTF-8. `memory` must not overlap the text.
    public func write(_ text: Bytes, into memory: MutableBytes) -> Bytes? {
        let (count, room) = (Int32(clamping: text.count), Int32(clamping: memory.count))
        let length =
            switch self {
            case .composed: cunicode_compose(text.base, count, memory.base, room)
            case .decomposed: cunicode_decompose(text.base, count, memory.base, room)
            }
        return length < 0 ? nil : memory.bytes.prefix(Int(length))
    }
}
