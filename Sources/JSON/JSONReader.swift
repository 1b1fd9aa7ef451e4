import Memory

/// Reads JSON (RFC 8259) from borrowed bytes: copies nothing, allocates nothing, and
/// needs the same machine stack for every input.
///
/// Names that occur twice in an object are both delivered; what that means is for the
/// caller to say (RFC 8259 §4).
public struct JSONReader {
    let input: Bytes
    /// Where reading stands, in bytes; after an error, at or just behind the offending byte.
    public internal(set) var offset = 0
    /// Containers that may be opened, one in the other, where reading stands.
    private var depthLeft: Int

    /// - Parameter depthMax: containers that may be open at once, 0…`JSONLimits.depthMax`.
    public init(_ input: Bytes, depthMax: Int = JSONLimits.depthMax) {
        precondition(depthMax >= 0 && depthMax <= JSONLimits.depthMax)
        self.input = input
        depthLeft = depthMax
    }

    /// The one value of the text. The whole text is checked, so that everything that
    /// is taken out of the value later is known to be right.
    public mutating func readDocument() throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        let value = try readValue()
        try endDocument()
        return value
    }

    /// Nothing but white space may follow the value that was read.
    mutating func endDocument() throws(JSONError) {
        skipWhiteSpace()
        guard offset == input.count else { throw .trailingData }
    }

    /// Goes behind the opening bracket if the text is an object, whose members and closing bracket
    /// are then the caller's to read. False if it is another value, which is not yet read.
    mutating func openDocument() throws(JSONError) -> Bool {
        skipWhiteSpace()
        guard try peek() == UInt8(ascii: "{") else { return false }
        guard depthLeft > 0 else { throw .tooDeep }
        depthLeft -= 1
        offset += 1
        return true
    }

    /// The value that begins at `offset`, checked to its end. Were this and the reading of names
    /// inlined wherever a body is decoded, they would be a twentieth of the program.
    @inline(never)
    mutating func readValue() throws(JSONError) -> JSONValue {
        let start = offset
        switch try peek() {
        case UInt8(ascii: "{"):
            try checkContainer()
            return .object(input[start..<offset])
        case UInt8(ascii: "["):
            try checkContainer()
            return .array(input[start..<offset])
        default:
            return try readScalar()
        }
    }

    /// Goes from an opening bracket to behind its closing one, through everything between.
    private mutating func checkContainer() throws(JSONError) {
        var nesting = Nesting(depthMax: depthLeft)
        var place = Place.beforeValue
        repeat {
            switch place {
            case .beforeValue:
                place = try beginValue(&nesting)
            case .opened, .afterValue:
                let container = nesting.innermost
                if try advance(in: container, from: place) {
                    if container == .object { _ = try readName() }
                    place = .beforeValue
                } else {
                    nesting.leave()
                    place = .afterValue
                }
            }
        } while !nesting.isEmpty
    }

    private mutating func beginValue(_ nesting: inout Nesting) throws(JSONError) -> Place {
        switch try peek() {
        case UInt8(ascii: "{"): try nesting.enter(.object)
        case UInt8(ascii: "["): try nesting.enter(.array)
        default:
            _ = try readScalar()
            return .afterValue
        }
        offset += 1
        return .opened
    }

    /// Goes on to the next member or element of a container.
    /// - Returns: false if the closing bracket came instead.
    mutating func advance(in container: Container, from place: Place) throws(JSONError) -> Bool {
        skipWhiteSpace()
        if take(container.closingByte) { return false }
        if place == .afterValue {
            try expect(UInt8(ascii: ","))
            skipWhiteSpace()
        }
        return true
    }

    /// A member's name, and the colon and white space up to its value.
    @inline(never)
    mutating func readName() throws(JSONError) -> JSONString {
        let name = try readString()
        skipWhiteSpace()
        try expect(UInt8(ascii: ":"))
        skipWhiteSpace()
        return name
    }
}

/// Where a reader stands inside a container.
enum Place {
    case opened, beforeValue, afterValue
}

extension JSONReader {
    @inline(__always)
    mutating func skipWhiteSpace() {
        while offset < input.count {
            switch input[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    @inline(__always)
    func peek() throws(JSONError) -> UInt8 {
        guard offset < input.count else { throw .unexpectedEnd }
        return input[offset]
    }

    /// Takes the next byte if it is this one.
    @inline(__always)
    mutating func take(_ byte: UInt8) -> Bool {
        guard offset < input.count, input[offset] == byte else { return false }
        offset += 1
        return true
    }

    @inline(__always)
    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard try peek() == byte else { throw .unexpectedByte }
        offset += 1
    }
}
