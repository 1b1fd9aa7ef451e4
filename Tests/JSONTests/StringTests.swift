import JSON
import Memory
import TestSupport
import XCTest

final class StringTests: XCTestCase {
    private func withString(_ json: String, _ body: (JSONString) -> Void) throws {
        try withBytes(json) { bytes in
            var reader = JSONReader(bytes)
            guard case .string(let string) = try reader.readDocument() else {
                return XCTFail("\(json) is no string")
            }
            body(string)
        }
    }

    func testTextsAreDecoded() throws {
        let table: [(json: String, text: String)] = [
            (#""""#, ""), (#""plain""#, "plain"), (#""\"\\\/""#, "\"\\/"),
            (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"),
            (#""\u0000""#, "\u{0}"), (#""a\u0000b""#, "a\u{0}b"), (#""\u0041\u00e9\u20AC""#, "Aé€"),
            (#""\uD83D\uDE00""#, "😀"), (#""\ud800\udc00\uDBFF\uDFFF""#, "\u{10000}\u{10FFFF}"),
            (#""x\uD834\uDD1Ey""#, "x𝄞y"), (#""\\u0041""#, "\\u0041"), (#""ключ\n€""#, "ключ\n€"),
            (#""\u007f\u0080\u07ff\u0800\uffff""#, "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}"),
            (#""eight by\\tes, and a few more\n""#, "eight by\\tes, and a few more\n"),
        ]
        for (json, text) in table { XCTAssertEqual(read(json), .success(.string(text)), json) }
    }

    func testAStringSaysWhetherItHasEscapes() throws {
        try withString("\"é€😀 plain\"") { XCTAssertFalse($0.hasEscapes) }
        try withString(#""\u0041""#) { XCTAssertTrue($0.hasEscapes) }
        try withString(#""\\""#) { XCTAssertTrue($0.hasEscapes) }
    }

    func testComparisonIsOfTheDecodedText() throws {
        for json in [#""type""#, #""t\u0079pe""#, #""\u0074\u0079\u0070\u0065""#] {
            try withString(json) { string in
                XCTAssertTrue(string.equals("type"), json)
                let others: [StaticString] = [
                    "", "typ", "types", "Type", "tzpe", "typ\u{0}", #"t\u0079pe"#,
                ]
                for other in others {
                    XCTAssertFalse(string.equals(other), "\(json) \(other)")
                }
            }
        }
        try withString(#""""#) { XCTAssertTrue($0.equals("") && !$0.equals("a")) }
        try withString(#""\uD83D\uDE00é""#) { XCTAssertTrue($0.equals("😀é") && !$0.equals("😀")) }
    }

    func testASwitchFindsANameHoweverItIsEscaped() throws {
        try withString(#""\u0063ontent""#) { name in
            switch name {
            case "channelId": XCTFail("wrong name")
            case "content": break
            default: XCTFail("not found")
            }
        }
    }

    func testDecodingIntoTooLittleRoomSaysSo() throws {
        for json in [#""four""#, #""f\u006f\u0075r""#, #""\uD83D\uDE00""#] {
            try withString(json) { string in
                let memory = MutableBytes.allocate(4)
                defer { memory.base.deallocate() }
                for room in 0...4 {
                    var writer = ByteWriter(memory.prefix(room))
                    string.decode(into: &writer)
                    XCTAssertEqual(writer.overflowed, room < 4, "\(json) into \(room)")
                }
            }
        }
    }

    /// Each Unicode scalar through the writer and back, plain and as an escape.
    func testEveryScalarComesBack() throws {
        let memory = MutableBytes.allocate(64)
        defer { memory.base.deallocate() }
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            var text = ByteWriter(memory.dropFirst(48))
            for byte in UTF8.encode(scalar)! { text.append(byte) }
            var writer = JSONWriter(ByteWriter(memory.prefix(16)))
            writer.string(text.bytes)
            try assertDecodes(writer.bytes, to: text.bytes, scratch: memory[32..<48])

            var escaped = ByteWriter(memory.prefix(16))
            escaped.append("\"")
            for unit in UTF16.encode(scalar)! {
                escaped.append("\\u")
                escaped.appendHex(UInt64(unit), digits: 4)
            }
            escaped.append("\"")
            try assertDecodes(escaped.bytes, to: text.bytes, scratch: memory[32..<48])
        }
    }

    private func assertDecodes(_ json: Bytes, to text: Bytes, scratch: MutableBytes) throws {
        var reader = JSONReader(json)
        guard case .string(let string) = try reader.readDocument() else {
            return XCTFail("no string")
        }
        var decoded = ByteWriter(scratch)
        string.decode(into: &decoded)
        if decoded.bytes != text || string.decodedCount != text.count {
            XCTFail("\(String(json)) became \([UInt8](decoded.bytes))")
        }
    }
}
