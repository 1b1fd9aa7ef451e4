import Memory

/// Writes JSON into fixed memory; commas come by themselves.
///
/// What does not fit sets `overflowed`, to be looked at once, when the encoder is done.
/// That keys and values alternate, and that brackets match, is the encoder's duty.
public struct JSONWriter: ~Copyable {
    /// Where the writer stands, which is all that it has to know of what it wrote.
    public enum Place {
        /// At the start, or behind an opening bracket or a key: no comma is due.
        case beforeFirst
        /// Behind a value.
        case afterValue
    }

    /// A state to come back to.
    public struct Mark {
        fileprivate let count: Int
        fileprivate let place: Place
    }

    private var output: ByteWriter
    public private(set) var place: Place

    /// - Parameter place: `.afterValue` goes on with an array whose beginning is in an
    ///   earlier buffer.
    public init(_ output: consuming ByteWriter, at place: Place = .beforeFirst) {
        self.output = output
        self.place = place
    }

    /// Hands back the memory's writer, with what is written.
    public consuming func finish() -> ByteWriter { output }

    public var bytes: Bytes { output.bytes }

    /// True once anything did not fit: `bytes` is then not to be used before a `rewind`.
    public var overflowed: Bool { output.overflowed }

    public var mark: Mark { Mark(count: output.count, place: place) }

    /// Drops everything written since `mark`, and the overflow with it.
    public mutating func rewind(to mark: Mark) {
        output.rewind(to: mark.count)
        place = mark.place
    }

    public mutating func beginObject() { open(UInt8(ascii: "{")) }
    public mutating func endObject() { close(UInt8(ascii: "}")) }
    public mutating func beginArray() { open(UInt8(ascii: "[")) }
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// A name that needs no escapes, as all of this protocol's own.
    @inline(__always)
    public mutating func key(_ name: StaticString) { plainKey(Bytes(name)) }

    private mutating func plainKey(_ name: Bytes) {
        assert(name.firstSpecial(from: 0) == name.count)
        let quote = place == .afterValue ? 1 : 0
        place = .beforeFirst
        guard let room = output.extend(by: quote &+ name.count &+ 3) else { return }
        // Where no comma is due, the quote takes its place.
        room.base[0] = UInt8(ascii: ",")
        room.base[quote] = UInt8(ascii: "\"")
        room.copyFew(name, at: quote &+ 1)
        room.base[room.count &- 2] = UInt8(ascii: "\"")
        room.base[room.count &- 1] = UInt8(ascii: ":")
    }

    /// A number as a key, which JSON wants in quotes.
    public mutating func key(_ number: Int64) {
        beginValue()
        output.append(UInt8(ascii: "\""))
        output.appendDecimal(number)
        output.append("\":")
        place = .beforeFirst
    }

    public mutating func key(_ name: Bytes) {
        beginValue()
        output.appendQuoted(name)
        output.append(UInt8(ascii: ":"))
        place = .beforeFirst
    }

    /// A string. Its bytes should be UTF-8; each byte that is not becomes U+FFFD, so that
    /// one damaged text cannot make every reader refuse the message it is part of.
    public mutating func string(_ text: Bytes) {
        beginValue()
        output.appendQuoted(text)
    }

    public mutating func string(_ text: StaticString) { string(Bytes(text)) }

    public mutating func integer(_ value: Int64) {
        beginValue()
        output.appendDecimal(value)
    }

    /// A number as 16 hexadecimal digits in quotes: for what is no number to its reader.
    public mutating func hexString(_ value: UInt64) {
        beginValue()
        output.append(UInt8(ascii: "\""))
        output.appendHex(value, digits: 16)
        output.append(UInt8(ascii: "\""))
    }

    public mutating func bool(_ value: Bool) { raw(Bytes(value ? "true" : "false")) }

    public mutating func null() { raw(Bytes("null")) }

    /// A value that is JSON already.
    public mutating func raw(_ json: Bytes) {
        beginValue()
        output.append(json)
    }

    private mutating func beginValue() {
        if place == .afterValue { output.append(UInt8(ascii: ",")) }
        place = .afterValue
    }

    private mutating func open(_ bracket: UInt8) {
        beginValue()
        output.append(bracket)
        place = .beforeFirst
    }

    private mutating func close(_ bracket: UInt8) {
        output.append(bracket)
        place = .afterValue
    }
}

/// Whole members: a key and its value, `null` for an attribute that is not there.
extension JSONWriter {
    public mutating func member(_ name: StaticString, _ value: Int64?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: Bytes?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    public mutating func member(_ name: StaticString, _ value: StaticString) {
        key(name)
        string(value)
    }

    public mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }
}
