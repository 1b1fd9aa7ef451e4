import Foundation
import Memory
@testable import ServerCore
import XCTest

/// Whoever comes in by the control socket owns the data: no token, no limits, and more to ask.
final class OperatorTests: XCTestCase {
    private func asOperator(_ world: World) -> Client { world.connect(from: .controlSocket) }

    func testWithoutATokenTheOperatorActsAsTheOldestAdministrator() throws {
        let world = try World()
        try world.addUser("somebody")
        let answer = asOperator(world).ask("GET", "/api/self")
        XCTAssertEqual(answer.object["username"] as? String, "admin")
    }

    func testWithATokenTheOperatorIsItsBearer() throws {
        let world = try World()
        let user = try world.addUser("somebody")
        let client = asOperator(world)
        XCTAssertEqual(
            client.ask("GET", "/api/self", token: world.token(user)).object["username"] as? String,
            "somebody")
        XCTAssertEqual(client.ask("GET", "/api/self", token: "nonsense").status, 401)
    }

    func testForAllOthersThereIsNothingThere() throws {
        let world = try World()
        let admin = world.token(world.admin)
        let (user, channel) = (world.admin, world.general)
        for path in ["users/\(user)/password", "channels/\(channel)/chats", "users/x/password"] {
            for method in ["GET", "PUT", "POST"] {
                for token in [admin, nil] {
                    let answer = world.connect().ask(
                        method, "/control/\(path)", token: token, body: "{}")
                    XCTAssertEqual(answer.status, 404, "\(method) \(path)")
                }
            }
        }
    }

    func testThereIsAPlaceForTheOperatorWhenAllAreTaken() throws {
        var options = World.freeOptions
        options.connections = 8
        options.connectionsPerAddress = 1
        let world = try World(options)
        let holders = (0..<8).map { _ in world.connect().open(token: world.token(world.admin)) }
        for _ in 0..<22 { _ = world.connect() }
        let first = asOperator(world)
        let second = asOperator(world)
        XCTAssertEqual(first.ask("GET", "/api/self").status, 200)
        XCTAssertEqual(second.ask("GET", "/api/self").status, 200)
        XCTAssertEqual(holders.filter { !$0.peer.isClosed }.count, 8)
    }

    func testNoRateAndNoSettingKeepsTheOperatorFromMakingAccounts() throws {
        var options = World.freeOptions
        options.registrationRate = Rate(1, per: 3_600_000)
        options.registration = .closed
        let world = try World(options)
        for name in ["one", "two", "three"] {
            let body = #"{"username":"\#(name)","password":"long enough"}"#
            XCTAssertEqual(
                asOperator(world).ask("POST", "/api/users/register", body: body).status, 200)
        }
        let body = #"{"username":"four","password":"long enough"}"#
        XCTAssertEqual(
            world.connect().ask("POST", "/api/users/register", body: body).status, 403)
    }

    func testANewPasswordEndsWhatTheOldOneOpened() throws {
        let world = try World()
        let user = try world.addUser("somebody")
        let socket = world.connect().open(token: world.token(user))
        let answer = asOperator(world).ask(
            "PUT", "/control/users/\(user)/password", body: #"{"newPassword":"another one"}"#)
        XCTAssertEqual(answer.status, 200)
        socket.closes(4001)
        XCTAssertEqual(world.connect().ask("GET", "/api/self", token: world.token(user)).status, 401)
        let login = #"{"username":"somebody","password":"another one"}"#
        XCTAssertEqual(world.connect().ask("POST", "/api/tokens", body: login).status, 200)
    }

    func testAPasswordKeepsTheRulesAndIsOfSomebodyWhoIsThere() throws {
        let world = try World()
        func status(_ user: Int64, _ password: String) -> Int {
            asOperator(world).ask(
                "PUT", "/control/users/\(user)/password", body: #"{"newPassword":"\#(password)"}"#
            ).status
        }
        XCTAssertEqual(status(world.admin, "short"), 400)
        XCTAssertEqual(status(12, "long enough"), 404)
    }

    func testAChatIsOfWhoeverIsNamedAndReachesEveryone() throws {
        let world = try World()
        let user = try world.addUser("somebody")
        let socket = world.connect().open(token: world.token(world.admin))
        func author(_ query: String) -> Int64? {
            let answer = asOperator(world).ask(
                "POST", "/control/channels/\(world.general)/chats\(query)",
                body: #"{"content":"hear"}"#)
            return answer.object["authorId"] as? Int64
        }
        XCTAssertEqual(author("?authorId=\(user)"), user)
        XCTAssertEqual(author(""), world.admin)
        world.settle()
        socket.read()
        let chats = socket.frames.map(\.object).filter { $0["type"] as? String == "chat_sent" }
        XCTAssertEqual(chats.count, 2)
        XCTAssertNil(author("?authorId=5"))
        XCTAssertNil(author("?authorId=x"))
    }
}
