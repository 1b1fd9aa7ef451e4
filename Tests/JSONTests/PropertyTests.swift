import Foundation
import JSON
import Memory
import TestSupport
import XCTest

/// Random trees and damaged texts, judged by Foundation's reader.
final class PropertyTests: XCTestCase {
    private var random = Seeded(seed: 20)

    func testWhatIsWrittenIsReadBackTheSame() {
        for _ in 0..<2_000 {
            let tree = randomTree(depth: 5)
            let json = written(capacity: 1 << 20) { tree.write(to: &$0) }
            XCTAssertEqual(read(json), .success(tree))
        }
    }

    func testFoundationReadsTheSameFromWhatIsWritten() throws {
        for _ in 0..<2_000 {
            let tree = randomTree(depth: 5)
            let json = written(capacity: 1 << 20) { tree.write(to: &$0) }
            let value = try foundationRead(json)
            XCTAssertTrue(agrees(tree, value), String(decoding: json, as: UTF8.self))
        }
    }

    func testWhatFoundationWritesIsReadTheSame() throws {
        for _ in 0..<1_000 {
            let tree = randomTree(depth: 5)
            let json = written(capacity: 1 << 20) { tree.write(to: &$0) }
            let value = try foundationRead(json)
            let pretty = try JSONSerialization.data(
                withJSONObject: value, options: [.fragmentsAllowed, .prettyPrinted])
            let again = try read([UInt8](pretty)).get()
            XCTAssertTrue(agrees(again, value), String(decoding: pretty, as: UTF8.self))
        }
    }

    /// One or two bytes changed, removed or put in. Foundation is laxer than the RFC in a
    /// few points, so only one direction holds: what is accepted here, it accepts too.
    func testWhatIsAcceptedAfterDamageFoundationAcceptsToo() {
        let alphabet =
            Array("[]{},:\"\\0123456789-+.eEtrufalsn \n\u{1}\u{0}é€uD8".utf8) + [0xFF, 0x80, 0xED]
        var accepted = 0
        for round in 0..<20_000 {
            var text = seeds[round % seeds.count]
            for _ in 0...random.next() % 2 {
                let index = Int(random.next() % UInt64(text.count))
                let byte = alphabet[Int(random.next() % UInt64(alphabet.count))]
                switch random.next() % 3 {
                case 0: text[index] = byte
                case 1: text.insert(byte, at: index)
                default: text.remove(at: index)
                }
            }
            guard case .success(let tree) = read(text) else { continue }
            accepted += 1
            let value = try? foundationRead(text)
            XCTAssertTrue(
                value.map { agrees(tree, $0) } ?? isBeyondFoundation(tree),
                "\(String(decoding: text, as: UTF8.self).debugDescription) as \(tree)")
        }
        XCTAssertGreaterThan(accepted, 1_000)
    }

    private let seeds = [
        #"{"type":"chat_written","channelId":11,"threadId":null,"content":"hé \"you\"\n"}"#,
        #"[1,-2.5e3,0,true,false,null,"",{},[]]"#,
        #"{"a":{"b":[{"c":"\uD83D\uDE00"},[[]]]},"d":"€"}"#,
        #"["eight by","\u0041\u00e9\t",12300e-2,9007199254740993]"#,
    ].map { Array($0.utf8) }

    private func foundationRead(_ json: [UInt8]) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)
    }

    /// Foundation refuses numbers that no Double holds.
    private func isBeyondFoundation(_ tree: Tree) -> Bool {
        switch tree {
        case .number(let text): return Double(text).map { !$0.isFinite || $0 == 0 } ?? true
        case .array(let elements): return elements.contains(where: isBeyondFoundation)
        case .object(let members): return members.contains { isBeyondFoundation($0.value) }
        default: return false
        }
    }

    private func agrees(_ tree: Tree, _ value: Any) -> Bool {
        switch (tree, value) {
        case (.string(let text), let other as String):
            return Array(text.utf8) == Array(other.utf8)
        case (.null, is NSNull): return true
        case (.bool(let bool), let other as NSNumber): return other.boolValue == bool
        case (.number(let text), let other as NSNumber):
            if let integer = Int64(text) { return other.int64Value == integer }
            guard let double = Double(text) else { return false }
            return abs(double - other.doubleValue) <= abs(double) * 1e-12
        case (.array(let elements), let others as [Any]):
            return elements.count == others.count && zip(elements, others).allSatisfy(agrees)
        case (.object(let members), let others as [String: Any]):
            let names = Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
            guard names.count == others.count else { return false }
            // Of a name that occurs twice, which value stays is left open by the RFC.
            return members.count > names.count
                || names.allSatisfy { name, value in
                    others[name].map { agrees(value, $0) } ?? false
                }
        default: return false
        }
    }

    private func randomTree(depth: Int) -> Tree {
        switch random.next() % (depth == 0 ? 5 : 8) {
        case 0: return .string(randomText())
        case 1:
            let value = Int64(truncatingIfNeeded: random.next())
            return .number("\(value >> Int64(random.next() % 64))")
        case 2: return .number("\(Double(Int32(truncatingIfNeeded: random.next())) / 1024)")
        case 3: return .bool(random.next() % 2 == 0)
        case 4: return .null
        case 5, 6:
            return .array((0..<random.next() % 6).map { _ in randomTree(depth: depth - 1) })
        default:
            return .object((0..<random.next() % 6).map { index in
                .init(name: "\(index)" + randomText(), value: randomTree(depth: depth - 1))
            })
        }
    }

    private func randomText() -> String {
        let bounds: [UInt32] = [0x20, 0x7F, 0x80, 0x800, 0x3000, 0x11_0000]
        let bound = bounds[Int(random.next() % UInt64(bounds.count))]
        var text = ""
        for _ in 0..<random.next() % 20 {
            let value = random.next() % 2 == 0 ? UInt32(random.next() % UInt64(bound)) : 0x61
            text.unicodeScalars.append(Unicode.Scalar(value) ?? "\"")
        }
        return text
    }
}
