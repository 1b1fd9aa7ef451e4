import CUnicode
import Memory

/// The words of a text as searches compare them: folded, see `cunicode_fold`.
public struct WordReader {
    private let text: Bytes
    private var position: Int32 = 0
    public private(set) var word = cunicode_word()

    /// The text may be of any bytes.
    public init(_ text: Bytes) { self.text = text }

    /// Bytes of the text that were read.
    public var bytesRead: Int { Int(position) }

    /// Reads the next word into `word`; false if there is none.
    public mutating func next() -> Bool {
        cunicode_next_word(text.base, Int32(clamping: text.count), &position, &word)
    }
}

extension cunicode_word {
    /// The folded word, lent as a view.
    public func withBytes<Result>(_ body: (Bytes) -> Result) -> Result {
        withUnsafeBytes(of: bytes) { memory in
            body(
                Bytes(
                    base: memory.baseAddress!.assumingMemoryBound(to: UInt8.self),
                    count: Int(count)))
        }
    }

    public func holds(_ text: StaticString) -> Bool { withBytes { $0 == text } }
}
