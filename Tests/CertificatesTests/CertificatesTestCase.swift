import Certificates
import Memory
import TestSupport
import XCTest

/// Certificates of a machine called pi4, judged by programs that we did not write.
class CertificatesTestCase: XCTestCase {
    /// 2026-12-01
    let today: Int64 = 1_796_083_200
    let day: Int64 = 86_400
    private var folder = URL(fileURLWithPath: "/")

    override func setUpWithError() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(at: folder)
    }

    static let usual = ["pi4", "pi4.local", "localhost", "192.168.1.20", "127.0.0.1", "::1"]

    /// Random bytes that the number brings back.
    func entropy(_ number: UInt64) -> Bytes {
        var random = SeededGenerator(seed: number)
        return lend(random.bytes(LocalAuthority.entropyBytes))
    }

    func withNames<Value>(
        _ texts: [String] = usual, _ body: (borrowing ServedNames) throws -> Value
    ) rethrows -> Value {
        var names = ServedNames()
        for text in texts {
            if let address = addressBytes(text) { names.add(address: lend(address)) }
            else { names.add(name: lend(text)) }
        }
        return try body(names)
    }

    func made(
        names: [String] = usual, host: String = "pi4", clock: Int64? = nil, number: UInt64 = 1
    ) -> LocalAuthority {
        let authority = LocalAuthority()
        withNames(names) {
            XCTAssertTrue(authority.make(
                host: lend(host), names: $0, clock: clock ?? today, entropy: entropy(number)))
            XCTAssertTrue(authority.makeLeaf(
                names: $0, clock: clock ?? today, entropy: entropy(number + 1)))
        }
        return authority
    }

    func file(_ name: String, _ content: Bytes) -> String {
        let url = folder.appendingPathComponent(name)
        XCTAssertNoThrow(try Data([UInt8](content)).write(to: url))
        return url.path
    }

    /// Files of the authority's certificate and the leaf, keys among them.
    func files(_ authority: LocalAuthority) -> (ca: String, leaf: String) {
        (file("ca.pem", authority.text()), file("leaf.pem", authority.leafText()))
    }

    func openssl(_ arguments: String...) -> (status: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        XCTAssertNoThrow(try process.run())
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}

func addressBytes(_ text: String) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &bytes) == 1 { return Array(bytes.prefix(4)) }
    return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
}
