import JSON
import Memory
import TestSupport
import XCTest

/// A text as a tree on the heap, to compare.
indirect enum Tree: Equatable {
    case string(String)
    case number(String)
    case bool(Bool)
    case null
    case object([Member])
    case array([Tree])

    struct Member: Equatable {
        let name: String
        let value: Tree
    }

    init(_ value: JSONValue) {
        switch value {
        case .string(let string): self = .string(decoded(string))
        case .number(let number): self = .number(String(number.raw))
        case .bool(let bool): self = .bool(bool)
        case .null: self = .null
        case .object(let raw):
            self = .object(
                JSONMembers(raw).map { Member(name: decoded($0.name), value: Tree($0.value)) })
        case .array(let raw):
            self = .array(JSONElements(raw).map(Tree.init))
        }
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .string(let text): withBytes(text) { writer.string($0) }
        case .number(let text): withBytes(text) { writer.raw($0) }
        case .bool(let bool): writer.bool(bool)
        case .null: writer.null()
        case .object(let members):
            writer.beginObject()
            for member in members {
                withBytes(member.name) { writer.key($0) }
                member.value.write(to: &writer)
            }
            writer.endObject()
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(to: &writer) }
            writer.endArray()
        }
    }
}

/// The decoded text, after a check that its length was announced rightly.
func decoded(_ string: JSONString) -> String {
    var writer = ByteWriter(.allocate(string.decodedCount))
    defer { writer.written.base.deallocate() }
    string.decode(into: &writer)
    XCTAssertFalse(writer.overflowed)
    XCTAssertEqual(writer.count, string.decodedCount)
    XCTAssertLessThanOrEqual(writer.count, string.raw.count)
    return String(validating: [UInt8](writer.bytes), as: UTF8.self) ?? "decoded text is not UTF-8"
}

func read(_ input: [UInt8], depthMax: Int = JSONLimits.depthMax) -> Result<Tree, JSONError> {
    withBytes(input) { bytes in
        var reader = JSONReader(bytes, depthMax: depthMax)
        do throws(JSONError) {
            return .success(Tree(try reader.readDocument()))
        } catch {
            XCTAssertLessThanOrEqual(reader.offset, input.count)
            return .failure(error)
        }
    }
}

func read(_ text: String) -> Result<Tree, JSONError> { read(Array(text.utf8)) }

/// What an encoder writes, given room enough.
func written(capacity: Int = 1 << 16, _ encode: (inout JSONWriter) -> Void) -> [UInt8] {
    let memory = MutableBytes.allocate(capacity)
    defer { memory.base.deallocate() }
    var writer = JSONWriter(ByteWriter(memory))
    encode(&writer)
    XCTAssertFalse(writer.overflowed)
    return [UInt8](writer.bytes)
}

func writtenText(_ encode: (inout JSONWriter) -> Void) -> String {
    String(decoding: written(encode), as: UTF8.self)
}
