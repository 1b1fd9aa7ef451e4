@testable import ServerCore
import XCTest

/// A world with an administrator's token, and short ways to open WebSockets in it.
class WebSocketTestCase: XCTestCase {
    var world: World!
    var token: String!

    override func setUpWithError() throws { try use(World.freeOptions) }

    override func tearDown() {
        world = nil
        token = nil
    }

    /// A new world in place of the one that the test began with.
    func use(_ options: ServerOptions) throws {
        world = try World(options)
        token = world.token(world.admin)
    }

    /// A ring that a few dozen messages fill.
    func useSmallRing() throws {
        var options = World.freeOptions
        options.limits.contentScalarsMax = 500
        options.ringBytes = 1 << 16
        try use(options)
    }

    func open(as user: Int64? = nil) -> Client {
        world.connect().open(token: user.map { world.token($0) } ?? token)
    }
}
