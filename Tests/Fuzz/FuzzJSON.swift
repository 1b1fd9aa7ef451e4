import JSON
import Memory

/// Any bytes at all: the reader never traps, never reads outside the input, and what it
/// accepts comes out of the writer as a text that means the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start else { return 0 }
    let input = Bytes(base: start, count: count)
    var reader = JSONReader(input)
    do throws(JSONError) {
        let value = try reader.readDocument()
        let once = Written(value, capacity: 8 * count + 16)
        let twice = Written(once.readBack(), capacity: 8 * count + 16)
        check(once.bytes == twice.bytes)
    } catch {
        check(reader.offset <= count)
    }
    writeAsString(input)
    return 0
}

/// Any bytes written as a string are read again, and if they are UTF-8, as they were.
private func writeAsString(_ text: Bytes) {
    let capacity = 6 * text.count + 2
    let written = MutableBytes.allocate(capacity)
    let decoded = MutableBytes.allocate(3 * text.count)
    defer {
        written.base.deallocate()
        decoded.base.deallocate()
    }
    var writer = JSONWriter(ByteWriter(written))
    writer.string(text)
    check(!writer.overflowed)
    for index in 0..<writer.bytes.count { check(writer.bytes[index] >= 0x20) }
    var reader = JSONReader(writer.bytes)
    guard case .string(let string)? = try? reader.readDocument() else { fatalError("no string") }
    var plain = ByteWriter(decoded)
    string.decode(into: &plain)
    check(!plain.overflowed && UTF8Validator.isValid(plain.bytes))
    if UTF8Validator.isValid(text) { check(plain.bytes == text) }
}

/// A value in the writer's own spelling.
private final class Written {
    private let memory: MutableBytes
    private(set) var bytes = Bytes.empty

    init(_ value: JSONValue, capacity: Int) {
        memory = .allocate(capacity)
        var writer = JSONWriter(ByteWriter(memory))
        write(value, to: &writer)
        check(!writer.overflowed)
        bytes = writer.bytes
    }

    deinit { memory.base.deallocate() }

    func readBack() -> JSONValue {
        var reader = JSONReader(bytes)
        guard let value = try? reader.readDocument() else { fatalError("refused what was written") }
        return value
    }
}

private func write(_ value: JSONValue, to writer: inout JSONWriter) {
    switch value {
    case .string(let string):
        decode(string) { writer.string($0) }
    case .number(let number):
        if let integer = number.integer { writer.integer(integer) } else { writer.raw(number.raw) }
    case .bool(let bool): writer.bool(bool)
    case .null: writer.null()
    case .object(let object):
        writer.beginObject()
        for (name, value) in JSONMembers(object) {
            decode(name) { writer.key($0) }
            write(value, to: &writer)
        }
        writer.endObject()
    case .array(let array):
        writer.beginArray()
        for element in JSONElements(array) { write(element, to: &writer) }
        writer.endArray()
    }
}

private func decode(_ string: JSONString, _ body: (Bytes) -> Void) {
    let memory = MutableBytes.allocate(string.decodedCount)
    defer { memory.base.deallocate() }
    var writer = ByteWriter(memory)
    string.decode(into: &writer)
    check(!writer.overflowed && writer.count == string.decodedCount)
    body(writer.bytes)
}

/// A promise that must hold in every build mode.
private func check(_ holds: Bool) {
    guard holds else { fatalError("a promise is broken") }
}
