import Foundation
import Memory
import Model
@testable import ServerCore
@testable import Storage
import XCTest

/// Logins and registrations: hashed in slices, between turns.
final class PasswordTests: XCTestCase {
    private func options(_ change: (inout ServerOptions) -> Void = { _ in }) -> ServerOptions {
        var options = World.freeOptions
        options.passwordRounds = 100
        options.passwordRoundsPerSlice = 10
        change(&options)
        return options
    }

    private func body(_ name: String, _ password: String = World.password) -> String {
        #"{"username":"\#(name)","password":"\#(password)"}"#
    }

    private func rounds(_ world: World) throws -> Int? {
        try world.store.credential(user: UserID(world.admin))?.rounds
    }

    func testAnUnknownNameCostsAsManySlicesAsAKnownOne() throws {
        let world = try World(options())
        func turns(_ name: String, _ password: String) -> (Int, Response) {
            let client = world.connect()
            world.settle()
            let before = world.turns
            client.send("POST", "/api/tokens", body: body(name, password))
            while client.responses.isEmpty {
                world.turn()
                client.read()
                guard world.turns < before + 1_000 else { break }
            }
            return (
                world.turns - before,
                client.responses.first ?? Response(status: 0, fields: [:], body: [])
            )
        }
        let right = turns("admin", World.password)
        let wrong = turns("admin", "wrong password")
        let unknown = turns("nobody", "wrong password")
        XCTAssertEqual(right.1.status, 200)
        XCTAssertEqual(wrong.1.status, 400)
        XCTAssertEqual(unknown.1.status, 400)
        XCTAssertEqual(wrong.1.object["message"] as? String, unknown.1.object["message"] as? String)
        XCTAssertEqual(wrong.0, unknown.0)
        XCTAssertEqual(right.0, unknown.0)
        XCTAssertGreaterThanOrEqual(right.0, 10, "the work was not sliced")
    }

    func testTheChatGoesOnWhilePasswordsAreHashed() throws {
        let world = try World(options { $0.passwordRounds = 2_000 })
        let socket = world.connect().open(token: world.token(world.admin))
        let login = world.connect()
        login.send("POST", "/api/tokens", body: body("admin"))
        world.turn()
        socket.say("meanwhile")
        world.turn()
        XCTAssertEqual(socket.chats, ["meanwhile"])
        login.read()
        XCTAssertEqual(login.responses.count, 0)
        world.settle()
        login.read()
        XCTAssertEqual(login.responses.map(\.status), [200])
    }

    func testWhatDoesNotFitIntoTheQueueIsToldWhenToTryAgain() throws {
        let world = try World(options { $0.loginQueue = 3 })
        let clients = (0..<5).map { _ in world.connect() }
        for client in clients { client.send("POST", "/api/tokens", body: body("admin")) }
        world.settle()
        for client in clients { client.read() }
        XCTAssertEqual(
            clients.map { $0.responses.map(\.status) }, [[200], [200], [200], [503], [503]])
        XCTAssertNotNil(clients[4].responses.first?.fields["retry-after"])
        XCTAssertEqual(clients[4].ask("POST", "/api/tokens", body: body("admin")).status, 200)
        world.assertInvariants()
    }

    func testWhoGoesAwayWhileHashingHoldsUpNobodyAndLeavesNothing() throws {
        try skipOverTLS("the password is hashed while the second shakes hands")
        let world = try World(options())
        let socket = world.connect().open(token: world.token(world.admin))
        for leavesAfter in 0..<14 {
            let gone = world.connect()
            gone.send("POST", "/api/users/register", body: body("gone \(leavesAfter)"))
            let login = world.connect()
            login.send("POST", "/api/tokens", body: body("admin"))
            for _ in 0..<leavesAfter { world.turn() }
            gone.peer.breaks = true
            world.settle()
            login.read()
            XCTAssertEqual(login.responses.map(\.status), [200], "left after \(leavesAfter)")
            world.assertInvariants()
        }
        XCTAssertTrue(world.server.passwords.isEmpty)
        let joined = socket.messages("user_joined").count
        let users = world.connect().ask("GET", "/api/users", token: world.token(world.admin)).array
        XCTAssertEqual(users.count, joined + 1)
        XCTAssertGreaterThan(joined, 0, "who left late was registered")
        XCTAssertLessThan(joined, 14, "who left early was not")
        socket.assertEventsFollowHello()
    }

    /// A reused slot of the pool must not get the answer to a connection that was there before.
    func testAnAnswerNeverReachesAnotherConnectionInTheSamePlace() throws {
        let world = try World(options())
        let gone = world.connect()
        gone.send("POST", "/api/tokens", body: body("admin"))
        world.turn()
        world.turn()
        gone.peer.breaks = true
        world.turn()
        let next = world.connect()
        XCTAssertEqual(next.peer.handle?.index, gone.peer.handle?.index)
        world.settle()
        XCTAssertEqual(next.peer.received, [])
    }

    func testRegistrationTellsEveryoneAndANameIsTakenOnce() throws {
        let world = try World(options())
        let socket = world.connect().open(token: world.token(world.admin))
        let clients = (0..<3).map { _ in world.connect() }
        // All three are hashed before the first of them is stored.
        for client in clients {
            client.send("POST", "/api/users/register", body: body("same name"))
        }
        world.settle()
        for client in clients { client.read() }
        XCTAssertEqual(clients.map { $0.responses[0].status }.sorted(), [200, 400, 400])
        XCTAssertEqual(socket.messages("user_joined").count, 1)
        XCTAssertEqual(clients[0].ask("POST", "/api/tokens", body: body("same name")).status, 200)
        XCTAssertEqual(
            clients[0].ask("POST", "/api/users/register", body: body("x", "short")).status, 400)
    }

    func testClosedRegistrationIs403() throws {
        let world = try World(options { $0.registration = .closed })
        XCTAssertEqual(
            world.connect().ask("POST", "/api/users/register", body: body("new")).status, 403)
    }

    // MARK: Weaker hashes

    /// A world whose administrator has a hash of 10 rounds while the setting is 100.
    private func weakWorld() throws -> World {
        let world = try World(options())
        let hash = PasswordHash(rounds: 10, random: world.server.random)
        var work = hash.withBytes { salt, _ in
            PasswordDerivationForTests(password: World.password, salt: salt, rounds: 10)
        }
        try hash.withBytes { salt, _ in
            try work.withKey { key in
                try world.store.setPassword(
                    user: UserID(world.admin), rounds: 10, salt: salt, hash: key)
            }
        }
        try world.store.commit()
        return world
    }

    func testALoginReplacesAWeakerHashAndThePasswordStaysTheSame() throws {
        let world = try weakWorld()
        XCTAssertEqual(try rounds(world), 10)
        XCTAssertEqual(
            world.connect().ask("POST", "/api/tokens", body: body("admin", "wrong")).status, 400)
        XCTAssertEqual(try rounds(world), 10, "a wrong password replaces nothing")
        XCTAssertEqual(world.connect().ask("POST", "/api/tokens", body: body("admin")).status, 200)
        XCTAssertEqual(try rounds(world), 100)
        XCTAssertEqual(world.connect().ask("POST", "/api/tokens", body: body("admin")).status, 200)
        XCTAssertEqual(
            world.connect().ask("POST", "/api/tokens", body: body("admin", "wrong")).status, 400)
    }

    /// What waits behind a login was to be checked against the hash that the login replaces.
    func testWhoeverWaitsWhileAHashIsReplacedIsJudgedByTheNewOne() throws {
        let world = try weakWorld()
        let token = world.token(world.admin)
        let change = #"{"oldPassword": "\#(World.password)", "newPassword": "a new password"}"#
        let (first, second, wrong, changing) =
            (world.connect(), world.connect(), world.connect(), world.connect())
        first.send("POST", "/api/tokens", body: body("admin"))
        second.send("POST", "/api/tokens", body: body("admin"))
        wrong.send("POST", "/api/tokens", body: body("admin", "wrong"))
        changing.send("POST", "/api/self/password", token: token, body: change)
        world.settle()
        for client in [first, second, wrong, changing] { client.read() }
        XCTAssertEqual(first.responses.map(\.status), [200])
        XCTAssertEqual(second.responses.map(\.status), [200])
        XCTAssertEqual(wrong.responses.map(\.status), [400])
        XCTAssertEqual(changing.responses.map(\.status), [200])
        XCTAssertEqual(try rounds(world), 100)
    }

    func testAPasswordChangedMeanwhileIsNotOverwritten() throws {
        let world = try weakWorld()
        let client = world.connect()
        client.send("POST", "/api/tokens", body: body("admin"))
        while client.responses.isEmpty {
            world.turn()
            client.read()
        }
        XCTAssertFalse(world.server.passwords.isEmpty, "the new hash is being made")
        try world.store.setPassword(
            user: UserID(world.admin), rounds: 77, salt: lent([UInt8](repeating: 1, count: 16)),
            hash: lent([UInt8](repeating: 2, count: 32)))
        try world.store.commit()
        world.settle()
        XCTAssertEqual(try rounds(world), 77)
    }

    func testATokenThatIsRevokedWhileItsRequestWaitsChangesNothing() throws {
        let change = #"{"oldPassword":"\#(World.password)","newPassword":"another secret"}"#
        for (method, path, body) in [
            ("POST", "/api/self/password", change),
            ("DELETE", "/api/self", #"{"password":"\#(World.password)"}"#),
        ] {
            let world = try World(options())
            XCTAssertEqual(
                world.connect().ask("POST", "/api/users/register", body: self.body("anna")).status, 200)
            let name = lent("anna")
            let anna = try XCTUnwrap(world.store.credential(username: name)?.user)
            let token = world.token(anna.value)
            let waiting = world.connect()
            waiting.send(method, path, token: token, body: body)
            world.turn()
            try world.store.revokeTokens(of: anna, sparing: nil)
            try world.store.commit()
            world.settle()
            waiting.read()
            XCTAssertEqual(waiting.responses.map(\.status), [401], path)
            XCTAssertEqual(
                world.connect().ask("GET", "/api/self", token: token).status, 401, path)
            XCTAssertEqual(
                world.connect().ask("POST", "/api/tokens", body: self.body("anna")).status, 200, path)
        }
    }
}
