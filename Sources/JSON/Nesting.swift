enum Container {
    case object, array

    var closingByte: UInt8 { self == .object ? UInt8(ascii: "}") : UInt8(ascii: "]") }
}

/// The containers that are open around a place in a text: a stack of single bits, so
/// that neither memory nor the machine stack grows with the depth.
struct Nesting {
    /// One bit per open container, the innermost lowest; set for an object.
    private var kinds: UInt64 = 0
    private var depth = 0
    private let depthMax: Int

    init(depthMax: Int) {
        precondition(depthMax <= UInt64.bitWidth)
        self.depthMax = depthMax
    }

    var isEmpty: Bool { depth == 0 }

    var innermost: Container { kinds & 1 == 1 ? .object : .array }

    mutating func enter(_ container: Container) throws(JSONError) {
        guard depth < depthMax else { throw .tooDeep }
        kinds = kinds << 1 | (container == .object ? 1 : 0)
        depth += 1
    }

    mutating func leave() {
        precondition(depth > 0)
        kinds >>= 1
        depth -= 1
    }
}
