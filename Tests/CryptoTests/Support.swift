import Crypto
import Memory
import TestSupport
import XCTest

func hex<let count: Int>(_ digest: Digest<count>) -> String {
    digest.withBytes { [UInt8]($0) }.map { String(format: "%02x", $0) }.joined()
}
