import HTTP
import Memory
import TestSupport
import XCTest

final class TargetTests: XCTestCase {
    func testQueriesAreCutIntoPairs() {
        let golden: [(String, [String])] = [
            ("", []), ("a=b", ["a:b"]), ("a=b&c=d", ["a:b", "c:d"]), ("a", ["a:"]),
            ("a=", ["a:"]), ("=b", [":b"]), ("a=b=c", ["a:b=c"]), ("&&a=b&&", ["a:b"]),
            ("a=%26&b=+", ["a:%26", "b:+"]), ("&", []), ("a&a=1", ["a:", "a:1"]),
            ("token=x.y-z_w?", ["token:x.y-z_w?"]),
        ]
        for (query, expected) in golden {
            var owned = OwnedBytes(query)
            var parameters = QueryParameters(owned.bytes)
            var found: [String] = []
            while let (name, value) = parameters.next() {
                found.append("\(String(name)):\(String(value))")
            }
            XCTAssertEqual(found, expected, query)
        }
    }

    func testPathsAreCutIntoSegments() {
        let golden: [(String, [String])] = [
            ("/", []), ("", []), ("/a", ["a"]), ("/a/", ["a"]), ("/a/b", ["a", "b"]),
            ("/api/chats/1/", ["api", "chats", "1"]), ("//", [""]), ("//a", ["", "a"]),
            ("/a//b", ["a", "", "b"]), ("/a//", ["a", ""]), ("*", ["*"]),
            ("/%2F/..", ["%2F", ".."]),
        ]
        for (path, expected) in golden {
            var owned = OwnedBytes(path)
            var segments = PathSegments(owned.bytes)
            var found: [String] = []
            while let segment = segments.next() { found.append(String(segment)) }
            XCTAssertEqual(found, expected, path)
        }
    }

    func testPercentEncodingIsDecodedOrRefused() {
        let golden: [(text: String, plusIsSpace: Bool, decoded: [UInt8]?)] = [
            ("", true, []), ("abc", true, latin1("abc")), ("a%20b", true, latin1("a b")),
            ("a+b", true, latin1("a b")), ("a+b", false, latin1("a+b")), ("%2B", true, latin1("+")),
            ("%c3%A9", false, [0xC3, 0xA9]), ("%00%ff", false, [0, 0xFF]),
            ("%2525", false, latin1("%25")),
            ("%", false, nil), ("%4", false, nil), ("a%4", false, nil), ("%zz", false, nil),
            ("%4g", false, nil), ("%%41", false, nil), ("%+1", true, nil), ("%-1", true, nil),
        ]
        for (text, plusIsSpace, decoded) in golden {
            var source = OwnedBytes(text)
            var storage = OwnedBytes([UInt8](repeating: 0, count: 16))
            var out = ByteWriter(storage.mutable)
            let isValid = PercentEncoding.decode(source.bytes, plusIsSpace: plusIsSpace, into: &out)
            XCTAssertEqual(isValid ? [UInt8](out.bytes) : nil, decoded, text)
        }
    }

    func testDecodedTextThatDoesNotFitIsRefused() {
        var storage = OwnedBytes([0, 0])
        var out = ByteWriter(storage.mutable)
        XCTAssertFalse(PercentEncoding.decode(Bytes("abc"), plusIsSpace: false, into: &out))
    }

    func testMethodsNameThemselves() {
        let all: [HTTPMethod] = [.get, .head, .post, .put, .patch, .delete, .options]
        for method in all { XCTAssertEqual(HTTPMethod(Bytes(method.name)), method) }
    }
}
