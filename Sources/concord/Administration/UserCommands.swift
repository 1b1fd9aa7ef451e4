import Administration
import JSON
import Memory
import Model

/// `concord user …` and `concord token …`.
struct UserCommands {
    let link: ControlLink

    struct Found {
        let id: Int64
        let name: Bytes
    }

    func list() {
        var table = TextTable("ID", "NAME", "NICKNAME", "STATUS", "JOINED", "RIGHTS")
        let overview = overview()
        for user in link.ask(ControlRequest("GET", ControlPath("/api/users"))).value.elements {
            guard let id = user.member("id")?.integer else { continue }
            let profile = user.member("profile")
            table.add(
                cell(id), user.member("username")?.text ?? .empty,
                profile?.member("nickname")?.text ?? .empty,
                user.member("status")?.member("onlineStatus")?.text ?? .empty,
                cell(time: profile?.member("createdAt")?.integer ?? 0),
                summary(rightsOf: id, overview))
        }
        show(table, ifEmpty: "there are no users")
    }

    /// The user of that name or id, or the end of the process.
    func find(_ text: Bytes) -> Found {
        guard let found = user(named: text) ?? user(decimalInteger(text)) else {
            exit(ExitCode.failure) { line in
                line.add("there is no user \"")
                line.add(text)
                line.add("\"; `concord user list` shows all")
            }
        }
        return found
    }

    private func user(named name: Bytes) -> Found? { all().first { $0.name == name } }

    private func user(_ id: Int64?) -> Found? { all().first { $0.id == id } }

    private func all() -> [Found] {
        var all: [Found] = []
        for user in link.ask(ControlRequest("GET", ControlPath("/api/users"))).value.elements {
            guard let id = user.member("id")?.integer, let name = user.member("username")?.text
            else { continue }
            all.append(Found(id: id, name: name))
        }
        return all
    }

    func add(_ name: Bytes, isAdministrator: Bool) {
        // Before anybody types a password for nothing.
        if user(named: name) != nil {
            exit(ExitCode.failure) { line in
                line.add("the name \"")
                line.add(name)
                line.add("\" is taken")
            }
        }
        link.letGo()
        let password = Person.newPassword(for: name)
        let request = ControlRequest(
            "POST", ControlPath("/api/users/register"), textBytes: name.count + password.count
        ) { json in
            json.member("username", name)
            json.member("password", password)
        }
        let id = link.ask(request).value.member("id")?.integer ?? 0
        if isAdministrator { setRights(of: id, to: .administrator) }
        report(isAdministrator ? "added the administrator " : "added ", name)
    }

    func setPassword(of text: Bytes) {
        let user = find(text)
        link.letGo()
        let password = Person.newPassword(for: user.name)
        let path = ControlPath("/control/users/", user.id, "/password")
        _ = link.ask(ControlRequest("PUT", path, textBytes: password.count) { json in
            json.member("newPassword", password)
        })
        report("changed the password, and ended all logins, of ", user.name)
    }

    func remove(_ text: Bytes, isConfirmed: Bool) {
        let user = find(text)
        link.letGo()
        Person.confirm(isConfirmed, "this cannot be undone") { line in
            line.add("remove the account of ")
            line.add(user.name)
            line.add(", and the invites that it made, for good?")
        }
        let invites = InviteCommands(link: link)
        let before = invites.count()
        _ = link.ask(ControlRequest("DELETE", ControlPath("/api/users/", user.id)))
        report("removed ", user.name)
        let gone = before - invites.count()
        guard gone > 0 else { return }
        var note = Line()
        note.add(gone)
        note.add(gone == 1 ? " invite of theirs is" : " invites of theirs are")
        note.add(" void now; `concord invite create` makes new ones")
        note.print(to: 2)
    }

    func revokeTokens(of text: Bytes) {
        let user = find(text)
        _ = link.ask(ControlRequest("POST", ControlPath("/api/users/", user.id, "/revoke-tokens")))
        report("ended all logins of ", user.name)
    }
}
