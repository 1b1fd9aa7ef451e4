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
        link.ask(ControlRequest("GET", ControlPath("/api/users"))).value.forEachElement { user in
            guard let id = user.member("id")?.integer else { return }
            let profile = user.member("profile")
            table.add(
                cell(id), user.member("username")?.text ?? .empty,
                profile?.member("nickname")?.text ?? .empty,
                user.member("status")?.member("onlineStatus")?.text ?? .empty,
                cell(time: profile?.member("createdAt")?.integer ?? 0), summary(rightsOf: id))
        }
        show(table, ifEmpty: "there are no users")
    }

    /// A removed account stays among the users while it has chats.
    private func summary(rightsOf id: Int64) -> Bytes {
        let answer = link.send(rightsRequest(id))
        guard answer.status == 200 else { return Bytes("removed") }
        let rights = self.rights(answer.value)
        if rights.isAdministrator { return Bytes("administrator") }
        return Right.allCases.contains { rights[$0] != 0 } ? Bytes("some of their own") : .empty
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
        link.ask(ControlRequest("GET", ControlPath("/api/users"))).value.forEachElement { user in
            guard let id = user.member("id")?.integer, let name = user.member("username")?.text
            else { return }
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
            line.add(" for good?")
        }
        _ = link.ask(ControlRequest("DELETE", ControlPath("/api/users/", user.id)))
        report("removed ", user.name)
    }

    func revokeTokens(of text: Bytes) {
        let user = find(text)
        _ = link.ask(ControlRequest("POST", ControlPath("/api/users/", user.id, "/revoke-tokens")))
        report("ended all logins of ", user.name)
    }

    // MARK: - Rights

    func rights(of text: Bytes, _ change: RightsChange) {
        let user = find(text)
        var rights = self.rights(link.ask(rightsRequest(user.id)).value)
        guard change.isEmpty else {
            change.apply(to: &rights)
            setRights(of: user.id, to: rights)
            return report("changed the rights of ", user.name)
        }
        var table = TextTable("RIGHT", "GIVEN", "BY DEFAULT")
        table.add(Bytes("admin"), Bytes(rights.isAdministrator ? "yes" : "-"), Bytes("no"))
        for right in Right.allCases {
            table.add(
                Bytes(right.name), given(rights[right]), Bytes(right.isDefault ? "yes" : "no"))
        }
        show(table, ifEmpty: "")
    }

    private func given(_ value: Int64) -> Bytes {
        switch value {
        case 0: Bytes("-")
        case 1: Bytes("yes")
        case -1: Bytes("no")
        default: cell(value)
        }
    }

    private func rightsRequest(_ id: Int64) -> ControlRequest {
        ControlRequest("GET", ControlPath("/api/users/", id, "/rights"))
    }

    private func rights(_ answer: JSONValue) -> Rights {
        var rights = Rights()
        rights.isAdministrator = answer.member("admin")?.isTrue ?? false
        for right in Right.allCases {
            rights[right] = answer.member("values")?.member(right.name)?.integer ?? 0
        }
        return rights
    }

    private func setRights(of id: Int64, to rights: Rights) {
        let path = ControlPath("/api/users/", id, "/rights")
        _ = link.ask(ControlRequest("PUT", path, textBytes: 0) { json in
            json.member("admin", rights.isAdministrator)
            json.key("values")
            json.beginObject()
            for right in Right.allCases where rights[right] != 0 {
                json.member(right.name, rights[right])
            }
            json.endObject()
        })
    }
}
