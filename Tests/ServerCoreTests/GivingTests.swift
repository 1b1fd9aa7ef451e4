import Memory
import Model
@testable import ServerCore
import Storage
import TestSupport
import XCTest

/// Protocol E6 against a model that works everything out for everyone, each time: random trees,
/// roles, overrides and commands.
final class GivingTests: XCTestCase {
    func testNobodyGivesWhatTheyDoNotHave() throws {
        let seeds = 300
        var allowed = 0
        var refused = 0
        for seed in 1...UInt64(seeds) {
            let game = try Game(seed: seed)
            for step in 0..<25 {
                let outcome = try game.play()
                XCTAssertEqual(
                    outcome.status == 200, outcome.isAllowed,
                    "seed \(seed), step \(step): \(outcome.command) -> \(outcome.status)")
                guard outcome.status == 200 else {
                    refused += 1
                    continue
                }
                allowed += 1
                game.assertSame("seed \(seed), step \(step)")
            }
            if game.world.server.hub.store.hasUncommittedChanges { XCTFail("seed \(seed)") }
        }
        XCTAssertGreaterThan(allowed, seeds * 2)
        XCTAssertGreaterThan(refused, seeds * 2)
    }
}

/// Who has which roles, where the channels lie, and what was given to whom where (0: everywhere).
private struct SlowRights {
    var parents: [Int64: Int64] = [:]
    var roles: [Int64: Set<Int64>] = [:]
    var given: [Int64: [Int64: Rights]] = [:]

    static let newcomer: Int64 = -1

    func effective(_ user: Int64, _ place: Int64) -> EffectiveRights {
        if place != 0, let parent = parents[place], parent != 0,
            !effective(user, parent).allows(.viewChannel)
        {
            return .none
        }
        var sums = Rights()
        var next: Int64? = place
        while let here = next {
            for subject in [user] + (roles[user] ?? []) {
                guard let said = given[here]?[subject] else { continue }
                if said.isAdministrator { sums.isAdministrator = true }
                for right in Right.allCases { sums[right] += said[right] }
            }
            next = here == 0 ? nil : parents[here] ?? 0
        }
        let rights = EffectiveRights(sums: sums)
        return place == 0 || rights.allows(.viewChannel) ? rights : .none
    }

    func isBelow(_ channel: Int64, _ top: Int64) -> Bool {
        var here = channel
        while here != 0 {
            if here == top { return true }
            here = parents[here] ?? 0
        }
        return false
    }

    func managesAll(below top: Int64, _ user: Int64) -> Bool {
        parents.keys.filter { isBelow($0, top) }
            .allSatisfy { effective(user, $0).allows(.manageChannels) }
    }

    func mayRaise(
        _ old: Rights, to new: Rights, in place: Int64, by maker: Int64
    ) -> Bool {
        let held = effective(maker, place)
        if new.isAdministrator, !old.isAdministrator, !held.isAdministrator { return false }
        return Right.allCases.allSatisfy { new[$0] <= old[$0] || held.allows($0) }
    }

    /// Nothing becomes effective by the change that its maker did not hold before.
    func gainsOnlyHeld(_ after: SlowRights, by maker: Int64) -> Bool {
        for user in Array(roles.keys) + [SlowRights.newcomer] {
            for place in [0] + Array(after.parents.keys) {
                let held = effective(maker, place)
                let before = effective(user, place)
                let now = after.effective(user, place)
                if now.isAdministrator, !before.isAdministrator, !held.isAdministrator {
                    return false
                }
                for right in Right.allCases
                where now.allows(right) && !before.allows(right) && !held.allows(right) {
                    return false
                }
            }
        }
        return true
    }
}

private final class Game {
    let world: World
    private let client: Client
    private var model = SlowRights()
    private var generator: SeededGenerator
    private var users: [Int64] = []
    private var roles: [Int64] = []
    private let admin: Int64

    struct Outcome {
        let command: String
        let status: Int
        let isAllowed: Bool
    }

    init(seed: UInt64) throws {
        generator = SeededGenerator(seed: seed)
        world = try World()
        client = world.connect()
        admin = world.admin
        model.parents[world.general] = 0
        model.roles[admin] = []
        model.given[0] = [admin: .administrator]
        for number in 0..<4 {
            let user = try world.addUser("user\(number)")
            users.append(user)
            model.roles[user] = []
        }
        for number in 0..<7 {
            let parent = random(3) == 0 ? 0 : model.parents.keys.sorted()[random(model.parents.count)]
            let channel = try world.addChannel("c\(number)", under: parent == 0 ? nil : parent)
            model.parents[channel] = parent
        }
        try fill()
        try world.store.commit()
        try world.server.hub.rightsChanged()
    }

    private func fill() throws {
        for _ in 0..<3 {
            let role = RoleID(world.server.hub.identifiers.next(at: world.wall))
            try world.store.createRole(Role(id: role, ordinality: 0, name: Bytes("role")))
            roles.append(role.value)
            try give(0, role.value, rights(administrator: 12))
        }
        for user in users {
            try give(0, user, managing())
            for role in roles where random(3) == 0 {
                model.roles[user]!.insert(role)
                try world.store.addRole(RoleID(role), to: UserID(user))
            }
        }
        for channel in model.parents.keys.sorted() {
            for subject in users + roles where random(4) == 0 {
                try give(channel, subject, rights(administrator: 20))
            }
        }
    }

    private func give(_ place: Int64, _ subject: Int64, _ new: Rights) throws {
        model.given[place, default: [:]][subject] = new
        try world.store.setRights(
            new, of: subject, in: place == 0 ? nil : ChannelID(place))
    }

    private func random(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    private static let weighed: [Right] = [
        .viewChannel, .viewChannel, .sendChats, .deleteChats, .manageChannels, .manageUsers,
        .manageRoles,
    ]

    private func rights(administrator: Int) -> Rights {
        var rights = Rights()
        rights.isAdministrator = random(administrator) == 0
        for _ in 0..<random(4) {
            rights[Self.weighed[random(Self.weighed.count)]] = Int64(random(7) - 3)
        }
        return rights
    }

    /// One who may give something at all.
    private func managing() -> Rights {
        var rights = rights(administrator: 12)
        for right in [Right.manageUsers, .manageRoles, .manageChannels] where random(3) > 0 {
            rights[right] = Int64(1 + random(2))
        }
        return rights
    }

    private func json(_ rights: Rights) -> String {
        let values = Right.allCases.filter { rights[$0] != 0 }
            .map { "\"\($0.name)\":\(rights[$0])" }
        return "{\"admin\":\(rights.isAdministrator),\"values\":{\(values.joined(separator: ","))}}"
    }

    // MARK: Commands

    func play() throws -> Outcome {
        let maker = random(10) == 0 ? admin : users[random(users.count)]
        switch random(roles.isEmpty ? 5 : 7) {
        case 0: return userRights(maker)
        case 1: return userRoles(maker)
        case 2: return channelRights(maker)
        case 3, 4: return random(4) == 0 ? deletion(maker) : move(maker)
        case 5: return roleRights(maker)
        default: return random(4) == 0 ? roleDeletion(maker) : roleRights(maker)
        }
    }

    private func carryOut(
        _ maker: Int64, _ method: String, _ path: String, _ body: String?, if isAllowed: Bool,
        _ after: SlowRights
    ) -> Outcome {
        let mayGive = isAllowed && model.gainsOnlyHeld(after, by: maker)
        let answer = client.ask(method, path, token: world.token(maker), body: body)
        if answer.status == 200 { model = after }
        return Outcome(
            command: "\(maker) \(method) \(path) \(body ?? "")", status: answer.status,
            isAllowed: mayGive)
    }

    private func mayManage(_ user: Int64, _ maker: Int64) -> Bool {
        let held = model.effective(maker, 0)
        return held.allows(.manageUsers)
            && (held.isAdministrator || !model.effective(user, 0).isAdministrator)
    }

    private func userRights(_ maker: Int64) -> Outcome {
        let user = users[random(users.count)]
        let new = rights(administrator: 15)
        let isAllowed =
            mayManage(user, maker)
            && model.mayRaise(model.given[0]![user] ?? Rights(), to: new, in: 0, by: maker)
        var after = model
        after.given[0]![user] = new
        return carryOut(maker, "PUT", "/api/users/\(user)/rights", json(new), if: isAllowed, after)
    }

    private func mayPass(_ role: Int64, begins: Bool, _ maker: Int64) -> Bool {
        model.given.allSatisfy { place, given in
            guard let said = given[role], place == 0 || model.parents[place] != nil else {
                return true
            }
            return begins
                ? model.mayRaise(Rights(), to: said, in: place, by: maker)
                : model.mayRaise(said, to: Rights(), in: place, by: maker)
        }
    }

    private func userRoles(_ maker: Int64) -> Outcome {
        let user = users[random(users.count)]
        let new = Set(roles.filter { _ in random(2) == 0 })
        let old = model.roles[user]!
        let isAllowed =
            mayManage(user, maker)
            && new.subtracting(old).allSatisfy { mayPass($0, begins: true, maker) }
            && old.subtracting(new).allSatisfy { mayPass($0, begins: false, maker) }
        var after = model
        after.roles[user] = new
        return carryOut(
            maker, "PUT", "/api/users/\(user)/roles", "{\"roleIds\":\(new.sorted())}",
            if: isAllowed, after)
    }

    private func mayChange(_ role: Int64, _ maker: Int64) -> Bool {
        let held = model.effective(maker, 0)
        let isOfAdministrators = model.given[0]![role]?.isAdministrator ?? false
        return held.allows(.manageRoles) && (held.isAdministrator || !isOfAdministrators)
    }

    private func roleRights(_ maker: Int64) -> Outcome {
        let role = roles[random(roles.count)]
        let new = rights(administrator: 15)
        let isAllowed =
            mayChange(role, maker)
            && model.mayRaise(model.given[0]![role] ?? Rights(), to: new, in: 0, by: maker)
        var after = model
        after.given[0]![role] = new
        return carryOut(
            maker, "PATCH", "/api/roles/\(role)", "{\"rights\":\(json(new))}", if: isAllowed, after)
    }

    private func roleDeletion(_ maker: Int64) -> Outcome {
        let role = roles[random(roles.count)]
        var after = model
        for place in after.given.keys { after.given[place]![role] = nil }
        for user in after.roles.keys { after.roles[user]!.remove(role) }
        let isAllowed = mayChange(role, maker) && mayPass(role, begins: false, maker)
        let outcome = carryOut(maker, "DELETE", "/api/roles/\(role)", nil, if: isAllowed, after)
        if outcome.status == 200 { roles.removeAll { $0 == role } }
        return outcome
    }

    private func channelRights(_ maker: Int64) -> Outcome {
        let channel = anyChannel()
        var new: [Int64: Rights] = [:]
        for subject in users + roles {
            if random(3) == 0 {
                new[subject] = rights(administrator: 20)
            } else if let old = model.given[channel]?[subject], random(2) == 0 {
                new[subject] = old
            }
        }
        let old = model.given[channel] ?? [:]
        let raisesOnlyHeld = Set(new.keys).union(old.keys).allSatisfy {
            model.mayRaise(
                old[$0] ?? Rights(), to: new[$0] ?? Rights(), in: channel, by: maker)
        }
        var after = model
        after.given[channel] = new
        func object(_ subjects: [Int64]) -> String {
            subjects.compactMap { subject in new[subject].map { "\"\(subject)\":\(json($0))" } }
                .joined(separator: ",")
        }
        return carryOut(
            maker, "PUT", "/api/channels/\(channel)/rights",
            "{\"users\":{\(object(users))},\"roles\":{\(object(roles))}}",
            if: model.managesAll(below: channel, maker) && raisesOnlyHeld, after)
    }

    private func anyChannel() -> Int64 { model.parents.keys.sorted()[random(model.parents.count)] }

    private func move(_ maker: Int64) -> Outcome {
        let channel = anyChannel()
        let parent = random(4) == 0 ? 0 : anyChannel()
        let isMove = parent != model.parents[channel]
        let mayGoThere = model.effective(maker, parent).allows(.manageChannels)
        let isAllowed =
            model.effective(maker, channel).allows(.manageChannels)
            && (!isMove || mayGoThere && !model.isBelow(parent, channel)
                && model.managesAll(below: channel, maker))
        var after = model
        if isAllowed { after.parents[channel] = parent }
        return carryOut(
            maker, "PATCH", "/api/channels/\(channel)",
            "{\"parentChannelId\":\(parent == 0 ? "null" : String(parent))}", if: isAllowed, after)
    }

    private func deletion(_ maker: Int64) -> Outcome {
        let channel = anyChannel()
        var after = model
        // One is left to play with.
        let goes = model.parents.keys.filter { model.isBelow($0, channel) }
        guard goes.count < model.parents.count else { return move(maker) }
        for below in goes {
            after.parents[below] = nil
            after.given[below] = nil
        }
        return carryOut(
            maker, "DELETE", "/api/channels/\(channel)", nil,
            if: model.managesAll(below: channel, maker), after)
    }

    /// What the server makes of the rights is what the model makes of them.
    func assertSame(_ message: String) {
        for user in users + [admin] {
            let whole = try? world.server.hub.rights(of: UserID(user))
            XCTAssertEqual(whole, model.effective(user, 0), message)
            for channel in model.parents.keys {
                let standing = try? world.server.hub.standing(
                    of: UserID(user), in: ChannelID(channel))
                XCTAssertEqual(standing?.rights, model.effective(user, channel), message)
            }
        }
    }
}
