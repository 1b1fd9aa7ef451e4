import JSON
import Memory
import TestSupport
import XCTest

final class WriterTests: XCTestCase {
    func testCommasComeByThemselves() {
        let text = writtenText { json in
            json.beginObject()
            json.member("id", 7)
            json.key("list")
            json.beginArray()
            json.endArray()
            json.key("nested")
            json.beginArray()
            json.beginObject()
            json.endObject()
            json.beginObject()
            json.member("a", true)
            json.member("b", "text")
            json.endObject()
            json.integer(1)
            json.null()
            json.bool(false)
            json.raw(Bytes("[1.5]"))
            json.string("s")
            json.endArray()
            json.key(Bytes("last"))
            json.null()
            json.endObject()
        }
        XCTAssertEqual(
            text,
            #"{"id":7,"list":[],"nested":[{},{"a":true,"b":"text"},1,null,false,[1.5],"s"],"#
                + #""last":null}"#)
    }

    func testKeysOfEveryLength() {
        let names: [StaticString] = [
            "", "a", "ab", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefgh", "abcdefghi",
            "abcdefghijklmno", "abcdefghijklmnop", "abcdefghijklmnopq", "abcdefghijklmnopqrstuvwxyz",
        ]
        for name in names {
            let text = "\"\(name)\":"
            XCTAssertEqual(writtenText { $0.key(name) }, text)
            let behindOther = writtenText {
                $0.member("x", 1)
                $0.key(name)
            }
            XCTAssertEqual(behindOther, "\"x\":1," + text)
            for capacity in 0...behindOther.utf8.count {
                var memory = OwnedBytes([UInt8](repeating: 0xEE, count: capacity + 1))
                var json = JSONWriter(ByteWriter(memory.mutable.prefix(capacity)))
                json.member("x", 1)
                json.key(name)
                XCTAssertEqual(json.overflowed, capacity < behindOther.utf8.count)
                XCTAssertEqual(memory.bytes[capacity], 0xEE)
            }
        }
    }

    func testAnAttributeThatIsNotThereIsNull() {
        let text = writtenText { json in
            json.beginObject()
            json.member("n", Int64?.none)
            json.member("t", Bytes?.none)
            json.member("m", Int64?.some(-5))
            json.member("u", Bytes?.some(Bytes("x")))
            json.endObject()
        }
        XCTAssertEqual(text, #"{"n":null,"t":null,"m":-5,"u":"x"}"#)
    }

    func testIntegersAreWrittenToTheirBounds() {
        XCTAssertEqual(writtenText { $0.integer(.max) }, "9223372036854775807")
        XCTAssertEqual(writtenText { $0.integer(.min) }, "-9223372036854775808")
        XCTAssertEqual(writtenText { $0.integer(0) }, "0")
    }

    func testSpecialCharactersAreEscapedAndNoOthers() {
        let table: [(text: String, json: String)] = [
            ("", #""""#), ("plain", #""plain""#), ("\"", #""\"""#), ("\\", #""\\""#),
            ("/", #""/""#),
            ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
            ("\u{0}\u{1}\u{B}\u{1F}", #""\u0000\u0001\u000b\u001f""#),
            ("\u{7F}", "\"\u{7F}\""), ("é€😀", "\"é€😀\""),
            ("\u{2028}\u{FEFF}", "\"\u{2028}\u{FEFF}\""),
            ("a\"b", #""a\"b""#), ("\"\"", #""\"\"""#), ("é\"é\né", #""é\"é\né""#),
            ("a long run, then\na longer run of plain text",
             #""a long run, then\na longer run of plain text""#),
        ]
        for (text, json) in table {
            withBytes(text) { bytes in
                XCTAssertEqual(writtenText { $0.string(bytes) }, json)
                XCTAssertEqual(writtenText { $0.key(bytes) }, json + ":")
            }
        }
    }

    /// Each special byte at each place relative to the machine words.
    func testSpecialBytesAreFoundAtEveryPlace() {
        for length in 0..<34 {
            for place in 0..<max(length, 1) where place < length {
                for special in ["\"", "\\", "\n", "\u{0}", "\u{1F}", "é", "\u{10FFFF}"] {
                    var letters = Array(repeating: "a", count: length)
                    letters[place] = special
                    let text = letters.joined()
                    let json = withBytes(text) { bytes in written { $0.string(bytes) } }
                    XCTAssertEqual(read(json), .success(.string(text)))
                    let escapes = special.utf8.count == 1
                    XCTAssertEqual(json.contains(UInt8(ascii: "\\")), escapes)
                }
            }
        }
    }

    func testBytesThatAreNoTextBecomeReplacementCharacters() {
        let table: [(bytes: [UInt8], text: String)] = [
            ([0xFF], "\u{FFFD}"), ([0x61, 0x80, 0x62], "a\u{FFFD}b"),
            ([0xC3, 0xA9, 0xFF, 0xC3, 0xA9], "é\u{FFFD}é"),
            ([0xE2, 0x82], "\u{FFFD}\u{FFFD}"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xF0, 0x9F, 0x98, 0x80, 0xF0, 0x9F], "😀\u{FFFD}\u{FFFD}"),
            ([0xC0, 0x80, 0x0A], "\u{FFFD}\u{FFFD}\n"),
            ([0x22, 0xE2, 0x82, 0xAC, 0xE2, 0x22], "\"€\u{FFFD}\""),
        ]
        for (bytes, text) in table {
            let json = withBytes(bytes) { input in written { $0.string(input) } }
            XCTAssertEqual(read(json), .success(.string(text)), "\(bytes)")
        }
    }

    func testARewindTakesTheCommaBackToo() {
        let text = writtenText { json in
            json.beginArray()
            let empty = json.mark
            json.integer(1)
            json.rewind(to: empty)
            json.integer(2)
            let mark = json.mark
            json.beginArray()
            json.rewind(to: mark)
            json.integer(3)
            json.endArray()
        }
        XCTAssertEqual(text, "[2,3]")
    }

    func testWhatNeverFitsIsSeenAtEveryCapacity() {
        let memory = MutableBytes.allocate(200)
        defer { memory.base.deallocate() }
        let full = written(encodeExample)
        for capacity in 0...full.count + 1 {
            var writer = JSONWriter(ByteWriter(memory.prefix(capacity)))
            encodeExample(&writer)
            XCTAssertEqual(writer.overflowed, capacity < full.count)
            if !writer.overflowed { XCTAssertEqual([UInt8](writer.bytes), full) }
        }
    }

    private func encodeExample(_ json: inout JSONWriter) {
        json.beginObject()
        json.member("id", 1234)
        json.member("text", "say \"hé\"\n")
        json.key("flags")
        json.beginArray()
        json.bool(true)
        json.null()
        json.endArray()
        json.endObject()
    }

    /// A list that is longer than its buffer: element by element, back to the last whole
    /// one when a buffer is full, and on in the next.
    func testAListGoesOnFromBufferToBuffer() {
        for capacity in 24...60 {
            let memory = MutableBytes.allocate(capacity)
            defer { memory.base.deallocate() }
            var sent: [UInt8] = []
            var index: Int64 = 0
            var place = JSONWriter.Place.beforeFirst
            while index <= 20 {
                var json = JSONWriter(ByteWriter(memory), at: place)
                if index == 0, sent.isEmpty { json.beginArray() }
                while index <= 20 {
                    let mark = json.mark
                    if index < 20 { encodeRow(index, &json) } else { json.endArray() }
                    if json.overflowed {
                        json.rewind(to: mark)
                        break
                    }
                    index += 1
                }
                XCTAssertFalse(json.overflowed)
                place = json.place
                let output = json.finish()
                XCTAssertGreaterThan(output.count, 0)
                sent += [UInt8](output.bytes)
            }
            let rows = (0..<20).map { "{\"row\":\($0),\"text\":\"\\n\"}" }
            let list = "[" + rows.joined(separator: ",") + "]"
            XCTAssertEqual(String(decoding: sent, as: UTF8.self), list)
        }
    }

    private func encodeRow(_ index: Int64, _ json: inout JSONWriter) {
        json.beginObject()
        json.member("row", index)
        json.member("text", "\n")
        json.endObject()
    }
}
