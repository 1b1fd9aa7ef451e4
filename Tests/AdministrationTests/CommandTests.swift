import Administration
import Memory
import Model
import TestSupport
import XCTest

final class CommandTests: XCTestCase {
    private func parse(_ words: String...) throws -> Command {
        var arguments = try Arguments(words.map { lend($0) }, flags: Command.flags)
        let command = try Command.parse(&arguments)
        XCTAssertTrue(arguments.options.isEmpty)
        return command
    }

    /// The sentence about the mistake in these words.
    private func mistake(_ words: String...) -> String {
        do {
            var arguments = try Arguments(words.map { lend($0) }, flags: Command.flags)
            _ = try Command.parse(&arguments)
            // What no command has taken is for the settings to know, or a mistake.
            return arguments.options.isEmpty ? "none" : "\(String(arguments.options[0].name)) is left"
        } catch let error as UsageError {
            return "\(error.before)\(String(error.subject))\(error.after)"
        } catch {
            return "\(error)"
        }
    }

    func testEachCommandIsRead() throws {
        guard case .listUsers = try parse("user", "list") else { return XCTFail() }
        guard case .addUser("bob", false) = try parse("user", "add", "bob") else { return XCTFail() }
        guard case .addUser("bob", true) = try parse("user", "--admin", "add", "bob")
        else { return XCTFail() }
        guard case .setPassword("bob") = try parse("user", "passwd", "bob") else { return XCTFail() }
        guard case .removeUser("bob") = try parse("user", "remove", "bob") else { return XCTFail() }
        guard case .revokeTokens("bob") = try parse("token", "revoke", "bob") else { return XCTFail() }
        guard case .createInvite(1, 604_800) = try parse("invite", "create") else { return XCTFail() }
        guard case .createInvite(5, 43_200) = try parse("invite", "create", "--uses=5", "--for", "12h")
        else { return XCTFail() }
        guard case .listInvites = try parse("invite", "list") else { return XCTFail() }
        guard case .removeInvite("abc") = try parse("invite", "remove", "abc") else { return XCTFail() }
        guard case .listChannels = try parse("channel", "list") else { return XCTFail() }
        guard case .addChannel("x", .none, .none) = try parse("channel", "add", "x")
        else { return XCTFail() }
        guard case .addChannel("x", .some("y"), .some("z")) = try parse(
            "channel", "add", "x", "--parent", "y", "--description", "z") else { return XCTFail() }
        guard case .removeChannel("x") = try parse("channel", "remove", "x") else { return XCTFail() }
        guard case .backup("f") = try parse("backup", "f") else { return XCTFail() }
        guard case .restore("f") = try parse("restore", "f") else { return XCTFail() }
    }

    func testTextIsUTF8AndPathsAreAnything() throws {
        let broken = lend([0x62, 0xFF])
        for words in [
            ["user", "add", nil], ["say", "x", nil], ["channel", "add", "x", "--parent", nil],
            ["say", "x", "--as", nil],
        ] {
            var arguments = try Arguments(
                words.map { $0.map { lend($0) } ?? broken }, flags: Command.flags)
            XCTAssertThrowsError(try Command.parse(&arguments)) { error in
                XCTAssertTrue("\((error as? UsageError)?.before ?? "")".contains("UTF-8"))
            }
        }
        var arguments = try Arguments([lend("backup"), broken], flags: Command.flags)
        guard case .backup = try Command.parse(&arguments) else { return XCTFail() }
        XCTAssertEqual(mistake("backup", "-"), "a backup is read through: name a file for it")
    }

    func testOnlyWhatRemovesOrReplacesAsks() throws {
        for words in [["user", "remove"], ["channel", "remove"], ["restore"]] {
            var arguments = try Arguments((words + ["x"]).map { lend($0) }, flags: Command.flags)
            XCTAssertTrue(try Command.parse(&arguments).asks)
        }
        XCTAssertFalse(try parse("user", "list").asks)
        XCTAssertFalse(try parse("backup", "x").asks)
    }

    func testWhatIsSaidIsTheRestOfTheWords() throws {
        guard case .say("general", let words, .some("bob")) = try parse(
            "say", "--as", "bob", "general", "one", "two", "--", "--three")
        else { return XCTFail() }
        XCTAssertEqual(words.map { String($0) }, ["one", "two", "--three"])
        guard case .say("general", let none, .none) = try parse("say", "general")
        else { return XCTFail() }
        XCTAssertTrue(none.isEmpty)
    }

    func testAMistakeIsNamed() {
        XCTAssertTrue(mistake("user").contains("list, add, passwd"))
        XCTAssertTrue(mistake("user", "dance").contains("dance"))
        XCTAssertTrue(mistake("user", "add").contains("name"))
        XCTAssertTrue(mistake("user", "add", "").contains("name"))
        XCTAssertTrue(mistake("user", "add", "bob", "secret").contains("secret"))
        XCTAssertTrue(mistake("user", "list", "--dance", "x").contains("--dance"))
        XCTAssertTrue(mistake("user", "list", "--admin").contains("--admin"))
        XCTAssertTrue(mistake("channel", "add", "x", "--parent").contains("--parent"))
        XCTAssertTrue(mistake("user", "remove", "x", "--yes=1").contains("--yes"))
        XCTAssertTrue(mistake("token", "make", "bob").contains("revoke"))
        XCTAssertTrue(mistake("invite", "create", "--uses", "many").contains("many"))
        XCTAssertTrue(mistake("invite", "create", "--for", "ever").contains("ever"))
        XCTAssertTrue(mistake("backup").contains("FILE"))
    }

    func testALifetimeIsANumberAndAUnit() {
        for (text, seconds) in [
            ("1s", 1), ("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800),
            ("4w", 2_419_200), ("", nil), ("7", nil), ("d", nil), ("-1d", nil), ("0d", nil),
            ("1.5h", nil), ("7 d", nil), ("1y", nil), ("9223372036854775807w", nil),
        ] as [(String, Int64?)] {
            withBytes(text) { XCTAssertEqual(Lifetime.seconds($0), seconds, text) }
        }
    }

    func testRightsAreGivenAndTaken() throws {
        guard case .rights("bob", let change) = try parse(
            "user", "rights", "bob", "admin", "chat.send=no", "channel.manage=5",
            "chat.react=default", "channel.view=yes")
        else { return XCTFail() }
        var rights = Rights()
        rights[.react] = -7
        rights[.manageRoles] = 3
        change.apply(to: &rights)
        XCTAssertTrue(rights.isAdministrator)
        XCTAssertEqual(
            [rights[.sendChats], rights[.manageChannels], rights[.react], rights[.viewChannel],
             rights[.manageRoles]],
            [-1, 5, 0, 1, 3])
        for word in ["chat.dance=yes", "chat.send", "chat.send=maybe", "chat.send=9999999", "=yes"] {
            XCTAssertNotEqual(mistake("user", "rights", "bob", word), "none", word)
        }
    }
}

private func ~= (pattern: String, value: Bytes) -> Bool { String(value) == pattern }
