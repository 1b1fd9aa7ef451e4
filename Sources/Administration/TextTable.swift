import Memory

/// Rows of cells as aligned columns, for people.
public struct TextTable {
    private static let gap = 2

    private var rows: [[Bytes]]

    public init(_ titles: StaticString...) {
        rows = [titles.map { Bytes($0) }]
    }

    public var isEmpty: Bool { rows.count == 1 }

    /// Cells must stay valid until the table is written.
    public mutating func add(_ cells: Bytes...) { rows.append(cells) }

    /// Columns are as wide as their longest cell. What members have written is shown without
    /// control characters: it must not be able to drive the terminal.
    public func write(into out: TextBuffer) {
        var widths = [Int](repeating: 0, count: rows[0].count)
        for row in rows {
            for (column, cell) in row.enumerated() {
                widths[column] = max(widths[column], width(cell))
            }
        }
        for row in rows {
            for (column, cell) in row.enumerated() {
                TextTable.write(cell, into: out)
                guard column < row.count - 1 else { continue }
                let blanks = widths[column] - width(cell) + TextTable.gap
                for _ in 0..<blanks { out.append(UInt8(ascii: " ")) }
            }
            out.append(UInt8(ascii: "\n"))
        }
    }

    /// In scalars: as good as it gets without tables of the world's scripts.
    private func width(_ cell: Bytes) -> Int {
        var count = 0
        for index in 0..<cell.count where cell[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// U+200B, U+2028 to U+202E, U+2060 to U+206F and U+FEFF are three bytes and nothing to see, but
    /// end lines, turn them around, or make one name look like another.
    private static func isInvisible(_ cell: Bytes, at index: Int) -> Bool {
        guard index + 2 < cell.count else { return false }
        let last = cell[index + 2]
        switch (cell[index], cell[index + 1]) {
        case (0xE2, 0x80): return last == 0x8B || (0xA8...0xAE).contains(last)
        case (0xE2, 0x81): return (0xA0...0xAF).contains(last)
        case (0xEF, 0xBB): return last == 0xBF
        default: return false
        }
    }

    private static func write(_ cell: Bytes, into out: TextBuffer) {
        var index = 0
        while index < cell.count {
            defer { index += 1 }
            if isInvisible(cell, at: index) {
                out.append("\u{FFFD}")
                index += 2
                continue
            }
            let byte = cell[index]
            // C1, which is C2 80…9F in UTF-8, would do as well as ESC.
            let isC1 = byte & 0xE0 == 0x80 && index > 0 && cell[index - 1] == 0xC2
            if byte < 0x20 || byte == 0x7F {
                out.append(UInt8(ascii: " "))
            } else {
                out.append(isC1 ? 0xA0 : byte)
            }
        }
    }
}
