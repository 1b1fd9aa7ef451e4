import Crypto
import Foundation
import Memory
@testable import ServerCore
import XCTest

/// Checking a signature of a key pair takes milliseconds on a small board: strangers must not
/// get as many of them as they like.
final class ForgeryTests: XCTestCase {
    func testForgedTokensAreLimitedAndThoseThatAreKnownAreNot() throws {
        var options = World.freeOptions
        options.loginRate = Rate(3, per: 60_000)
        options.verifiedTokens = 64
        let world = try World(options, key: try p256())
        let address = world.newAddress()
        let good = world.token(world.admin)
        let forged = good.dropLast(4) + "AAAA"
        func status(_ token: some StringProtocol, by address: PeerAddress) -> Int {
            world.connect(from: address).ask("GET", "/api/self", token: String(token)).status
        }
        XCTAssertEqual((0..<5).map { _ in status(forged, by: address) }, [401, 401, 401, 429, 429])
        XCTAssertEqual(status(good, by: address), 200, "the server signed it itself")
        XCTAssertEqual(status(forged, by: world.newAddress()), 401)
        world.monotonic += 20_000
        XCTAssertEqual(status(forged, by: address), 401)
    }

    private func p256() throws -> TokenKey {
        // Made by OpenSSL for this test.
        let key = [UInt8](Data(base64Encoded: Self.key)!)
        return .pair(
            try PrivateKey(
                lent(key + [0]).prefix(key.count), seed: lent([UInt8](repeating: 1, count: 32))))
    }

    private static let key =
        "MHcCAQEEIOwNmpxt/43kUXXTrd48WLc26HxpOEqxh1LuUw1ZO1aIoAo"
        + "GCCqGSM49AwEHoUQDQgAE4wN1AwHSJAYGjCy9VOogk0DjJFQpY1rvli"
        + "JsUwneHOxo2ymGls+BztRd5DkVaz3UJhKMbB2QCZ6hOD0zDk8HSQ=="
}
