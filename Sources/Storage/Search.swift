import Memory
import UnicodeText

/// A search as a member types it: words that a chat must all have, in any order.
///
/// `word`, `"a phrase"`, `-word`, `-"a phrase"`, and `a | b` for either; a quote that is not closed
/// reaches to the end. What holds no word is left out, so nothing is a syntax error. A term of several words
/// (`well-known`, or a word of a script without spaces) is a phrase. The last word of a term that is not
/// quoted finds words that begin with it, if it has three letters.
struct SearchQuery: ~Copyable {
    /// Words of all terms together, one bit of a machine word each; those beyond are left out.
    static let wordsMax = 64
    private static let textBytesMax = 256
    static let bytes =
        wordsMax * (MemoryLayout<WordReader>.stride + MemoryLayout<Term>.stride) + textBytesMax

    struct Word {
        var folded: WordReader
        var isPrefix = false
    }

    struct Term {
        var first: Int
        var count: Int
        /// Terms of one group are alternatives; nil: no chat may have it.
        var group: Int?
    }

    let words: UnsafeMutablePointer<Word> = .allocate(capacity: wordsMax)
    private let terms: UnsafeMutablePointer<Term> = .allocate(capacity: wordsMax)
    private let text = MutableBytes.allocate(textBytesMax)
    private var textCount = 0
    private(set) var wordCount = 0
    private(set) var termCount = 0
    private(set) var groupCount = 0
    /// Bits of words that begin a term, that end one, and that must adjoin the word before.
    private var starts: UInt64 = 0
    private var ends: UInt64 = 0
    private var adjoining: UInt64 = 0

    deinit {
        words.deallocate()
        terms.deallocate()
        text.base.deallocate()
    }

    var asksForNothing: Bool { termCount == 0 }

    func term(_ index: Int) -> Term {
        precondition(index < termCount)
        return terms[index]
    }

    /// True if this is the query that was parsed last.
    func holds(_ query: Bytes) -> Bool { text.bytes.prefix(textCount) == query }

    mutating func parse(_ query: Bytes) {
        textCount = min(query.count, Self.textBytesMax)
        text.copy(query.prefix(textCount), at: 0)
        (wordCount, termCount, groupCount) = (0, 0, 0)
        (starts, ends, adjoining) = (0, 0, 0)
        var rest = query
        var isAlternative = false
        while let first = rest.firstIndex(where: { !isSeparator($0) }) {
            rest = rest.dropFirst(first)
            if rest[0] == UInt8(ascii: "|") {
                rest = rest.dropFirst(1)
                isAlternative = groupCount > 0
                continue
            }
            let isNegative = rest[0] == UInt8(ascii: "-")
            if isNegative { rest = rest.dropFirst(1) }
            let isQuoted = !rest.isEmpty && rest[0] == UInt8(ascii: "\"")
            let term = Self.takeTerm(from: &rest)
            let group = isNegative ? nil : isAlternative ? groupCount - 1 : groupCount
            let isAdded = add(term, group: group, isQuoted: isQuoted)
            if isAdded, !isNegative, !isAlternative { groupCount += 1 }
            if isAdded || !isNegative { isAlternative = false }
        }
    }

    /// A phrase up to its closing quote, or a word up to a separator, quote or bar.
    private static func takeTerm(from rest: inout Bytes) -> Bytes {
        guard !rest.isEmpty else { return .empty }
        if rest[0] == UInt8(ascii: "\"") {
            let inside = rest.dropFirst(1)
            let end = inside.firstIndex(of: UInt8(ascii: "\"")) ?? inside.count
            rest = inside.dropFirst(min(end + 1, inside.count))
            return inside.prefix(end)
        }
        let end =
            rest.firstIndex {
                isSeparator($0) || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "|")
            } ?? rest.count
        defer { rest = rest.dropFirst(end) }
        return rest.prefix(end)
    }

    /// False if the term holds no word, or there is no room for any.
    private mutating func add(_ text: Bytes, group: Int?, isQuoted: Bool) -> Bool {
        let first = wordCount
        var reader = WordReader(text)
        while wordCount < Self.wordsMax, reader.next() {
            (words + wordCount).initialize(to: Word(folded: reader))
            let bit = UInt64(1) << UInt64(wordCount)
            if wordCount == first { starts |= bit } else if reader.word.adjoins { adjoining |= bit }
            wordCount += 1
        }
        guard wordCount > first else { return false }
        let last = wordCount - 1
        let word = words[last].folded.word
        words[last].isPrefix = !isQuoted && !word.is_character && word.letters >= 3
        ends |= 1 << UInt64(last)
        (terms + termCount).initialize(
            to: Term(first: first, count: wordCount - first, group: group))
        termCount += 1
        return true
    }

    /// Whether a text is what is asked for. O(words of the text × words of the query).
    func matches(_ text: Bytes) -> Bool {
        // Each bit says that the words of a term up to this one stand here (Shift-And).
        var state: UInt64 = 0
        var found: UInt64 = 0
        var reader = WordReader(text)
        while reader.next() {
            state = ((state << 1) | starts) & bits(of: reader)
            found |= state & ends
        }
        var groups: UInt64 = 0
        for index in 0..<termCount {
            let term = terms[index]
            guard found & (1 << UInt64(term.first + term.count - 1)) != 0 else { continue }
            guard let group = term.group else { return false }
            groups |= 1 << UInt64(group)
        }
        return groups.nonzeroBitCount == groupCount
    }

    /// The words of the query that a word of a text is.
    private func bits(of reader: WordReader) -> UInt64 {
        let word = reader.word
        return word.withBytes { text in
            var bits: UInt64 = 0
            for index in 0..<wordCount where isSame(words + index, text) {
                bits |= 1 << UInt64(index)
            }
            return word.adjoins ? bits : bits & ~adjoining
        }
    }

    private func isSame(_ asked: UnsafeMutablePointer<Word>, _ text: Bytes) -> Bool {
        let isPrefix = asked.pointee.isPrefix
        let count = Int(asked.pointee.folded.word.count)
        guard isPrefix ? count <= text.count : count == text.count else { return false }
        return asked.pointee.folded.word.withBytes { $0 == text.prefix(count) }
    }
}

/// White space and control characters.
private func isSeparator(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

extension Bytes {
    fileprivate func firstIndex(where condition: (UInt8) -> Bool) -> Int? {
        for index in 0..<count where condition(base[index]) { return index }
        return nil
    }
}
