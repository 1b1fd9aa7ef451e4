import JSON
import Memory
import TestSupport
import XCTest

final class NumberTests: XCTestCase {
    private func integer(_ text: String) throws -> Int64? {
        try withBytes(text) { bytes in
            var reader = JSONReader(bytes)
            guard case .number(let number) = try reader.readDocument() else {
                XCTFail("\(text) is no number")
                return nil
            }
            return number.integer
        }
    }

    func testIntegersAreExactHoweverTheyAreWritten() throws {
        let zeros = String(repeating: "0", count: 400)
        let table: [(String, Int64)] = [
            ("0", 0), ("-0", 0), ("0.0", 0), ("-0.000e9", 0), ("0e999999999999999999999", 0),
            ("0e-5", 0),
            ("7", 7), ("-7", -7), ("1.0", 1), ("1.000", 1), ("1e3", 1000), ("1E+3", 1000),
            ("1e0", 1), ("1e-0", 1),
            ("12300e-2", 123), ("1.5e1", 15), ("-1.25e2", -125), ("100e-2", 1), ("0.001e3", 1),
            ("0.00120e5", 120),
            ("10e-1", 1), ("120", 120), ("1002003", 1_002_003), ("1e18", 1_000_000_000_000_000_000),
            ("9007199254740993", 9_007_199_254_740_993),
            ("-9007199254740993", -9_007_199_254_740_993),
            ("9223372036854775807", .max), ("-9223372036854775807", -.max),
            ("-9223372036854775808", .min),
            ("9223372036854775807.000", .max), ("-9.223372036854775808e18", .min),
            ("922337203685477580.7e1", .max),
            ("92233720368547758070e-1", .max), ("9223372036854775807\(zeros)e-400", .max),
            ("-9223372036854775808\(zeros)e-400", .min), ("0.\(zeros)5e401", 5),
            ("1\(zeros)e-400", 1),
            ("1e00000000000000000000000000000000000002", 100), ("5\(zeros).\(zeros)e-400", 5),
        ]
        for (text, value) in table { XCTAssertEqual(try integer(text), value, text) }
    }

    func testWhatIsNoIntegerOf64BitsIsNone() throws {
        let zeros = String(repeating: "0", count: 400)
        let texts = [
            "0.5", "-0.5", "1.5", "1e-1", "1e-3", "15e-1", "123e-2", "1.0000000000000000000000001",
            "0.1e0",
            "9223372036854775808", "-9223372036854775809", "9223372036854775807.5",
            "-9223372036854775808.5",
            "18446744073709551615", "18446744073709551616", "-18446744073709551616", "1e19",
            "-1e19", "10e18", "1e400",
            "1e999999999999999999999", "-1e999999999999999999999", "1e-999999999999999999999",
            "1\(zeros)",
            "99999999999999999999999", "1e2147483647", "1e2147483648", "1e-2147483648",
            "1e4294967296", "1e18446744073709551616",
            "1e9223372036854775807", "1e9223372036854775808", "1e-9223372036854775808",
            "1e-18446744073709551615",
            "18446744073709551617e0", "1\(zeros)1e-1", "123456789012345678901234567890e-1", "1.2e0",
            "9.3e18",
        ]
        for text in texts { XCTAssertNil(try integer(text), text) }
    }

    /// Every spelling of a value: digits with the point and the exponent moved about.
    func testSpellingsOfOneValueAgree() throws {
        var random = Seeded(seed: 7)
        for _ in 0..<3_000 {
            let value = Int64(truncatingIfNeeded: random.next()) >> Int64(random.next() % 64)
            XCTAssertEqual(try integer("\(value)"), value)
            let digits = "\(value.magnitude)"
            let sign = value < 0 ? "-" : ""
            let cut = Int(random.next() % UInt64(digits.count)) + 1
            let (whole, fraction) = (digits.prefix(cut), digits.dropFirst(cut))
            let zeros = String(repeating: "0", count: Int(random.next() % 30))
            let text = "\(sign)\(whole).\(fraction)0\(zeros)e\(fraction.count)"
            XCTAssertEqual(try integer(text), value, text)
            guard value != 0 else { continue }  // no digit may follow a leading zero
            let scaled = "\(sign)\(digits)\(zeros)e-\(zeros.count)"
            XCTAssertEqual(try integer(scaled), value, scaled)
        }
    }
}

/// A small generator with a seed, so that a failure comes back (xorshift64*).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed | 1 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
