/// A borrowed, read-only view of bytes. Every access is bounds-checked in every
/// build mode (the standard library's unsafe buffers check only in debug).
///
/// A view owns nothing: it is valid until the buffer behind it is next written
/// or released, and never outlives the turn of the loop that made it. The server has one
/// thread, which is what makes passing a view along (even inside an error) safe.
public struct Bytes: @unchecked Sendable {
    /// Start of the view, for C functions and inner loops that check `count` themselves.
    public let base: UnsafePointer<UInt8>
    public let count: Int

    @inline(__always)
    public init(base: UnsafePointer<UInt8>, count: Int) {
        precondition(count >= 0)
        self.base = base
        self.count = count
    }

    /// A C string, without its final zero.
    public init(cString: UnsafePointer<CChar>) {
        var count = 0
        while cString[count] != 0 { count += 1 }
        self.init(base: UnsafeRawPointer(cString).assumingMemoryBound(to: UInt8.self), count: count)
    }

    /// The text of a literal, which lives as long as the program.
    @inline(__always)
    public init(_ text: StaticString) {
        self.init(base: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    public static var empty: Bytes { Bytes("") }

    @inline(__always)
    public var isEmpty: Bool { count == 0 }

    @inline(__always)
    public subscript(index: Int) -> UInt8 {
        precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
        return base[index]
    }

    @inline(__always)
    public subscript(range: Range<Int>) -> Bytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return Bytes(base: base + range.lowerBound, count: range.count)
    }

    @inline(__always)
    public func prefix(_ length: Int) -> Bytes { self[0..<length] }

    @inline(__always)
    public func dropFirst(_ length: Int) -> Bytes { self[length..<count] }

    public func firstIndex(of byte: UInt8) -> Int? {
        let index = firstIndex(from: 0) { word in word.marks(of: byte) }
        return index < count ? index : nil
    }

    public func starts(with text: StaticString) -> Bool {
        let other = Bytes(text)
        return count >= other.count && prefix(other.count) == other
    }

    /// Comparison for protocol elements that are case-insensitive in ASCII (RFC 9110 §5.1).
    public func equalsIgnoringCase(_ text: StaticString) -> Bool {
        let other = Bytes(text)
        guard count == other.count else { return false }
        for index in 0..<count where lowercased(base[index]) != lowercased(other.base[index]) {
            return false
        }
        return true
    }

    /// White space trimmed from both ends: space and horizontal tab (OWS, RFC 9110 §5.6.3).
    public var trimmed: Bytes {
        var start = 0
        var end = count
        while start < end, isBlank(base[start]) { start += 1 }
        while end > start, isBlank(base[end - 1]) { end -= 1 }
        return self[start..<end]
    }
}

extension Bytes: Equatable {
    // Most of what is compared differs in length already.
    @inline(__always)
    public static func == (left: Bytes, right: Bytes) -> Bool {
        left.count == right.count && left.holdsSame(asAt: right.base)
    }

    public static func == (left: Bytes, right: StaticString) -> Bool { left == Bytes(right) }

    @inline(__always)
    public static func ~= (pattern: StaticString, value: Bytes) -> Bool { value == Bytes(pattern) }
}

/// A borrowed view of bytes that may be changed, with the same rules as `Bytes`.
public struct MutableBytes {
    public let base: UnsafeMutablePointer<UInt8>
    public let count: Int

    @inline(__always)
    public init(base: UnsafeMutablePointer<UInt8>, count: Int) {
        precondition(count >= 0)
        self.base = base
        self.count = count
    }

    /// Fresh memory of the given size; called while the server starts, never after.
    public static func allocate(_ count: Int) -> MutableBytes {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 16)
        return MutableBytes(base: memory.assumingMemoryBound(to: UInt8.self), count: count)
    }

    @inline(__always)
    public subscript(index: Int) -> UInt8 {
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            return base[index]
        }
        nonmutating set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
            base[index] = newValue
        }
    }

    @inline(__always)
    public subscript(range: Range<Int>) -> MutableBytes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return MutableBytes(base: base + range.lowerBound, count: range.count)
    }

    @inline(__always)
    public func prefix(_ length: Int) -> MutableBytes { self[0..<length] }

    @inline(__always)
    public func dropFirst(_ length: Int) -> MutableBytes { self[length..<count] }

    @inline(__always)
    public var bytes: Bytes { Bytes(base: base, count: count) }

    /// Copies `source` to `offset`; the ranges may overlap.
    @inline(__always)
    public func copy(_ source: Bytes, at offset: Int) {
        precondition(offset >= 0 && source.count <= count - offset)
        guard source.count > 0 else { return }
        UnsafeMutableRawPointer(base + offset).copyMemory(from: source.base, byteCount: source.count)
    }
}

@inline(__always)
public func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
}

@inline(__always)
public func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
