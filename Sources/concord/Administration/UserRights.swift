import Administration
import JSON
import Memory
import Model

/// What is given to users, and what comes to them by roles.
extension UserCommands {
    /// A role, and what it gives everywhere.
    struct Role {
        let id: Int64
        let name: Bytes
        let rights: Rights
    }

    private enum Given {
        case everywhere(Rights, [Role])
        case removed
    }

    // MARK: - In the list

    /// For the list of users: where it says nothing, somebody has what everybody has.
    struct Overview {
        fileprivate let roles: [Role]
        fileprivate let channels: [(name: Bytes, administrators: [Int64])]
    }

    func overview() -> Overview {
        var channels: [(name: Bytes, administrators: [Int64])] = []
        for channel in ChannelCommands(link: link).channels() {
            let path = ControlPath("/api/channels/", channel.id, "/rights")
            let answer = link.send(ControlRequest("GET", path))
            // What is removed while the list is made is not in it.
            guard answer.status == 200 else { continue }
            let subjects = administrators(answer.value.member("users"))
                + administrators(answer.value.member("roles"))
            if !subjects.isEmpty { channels.append((channel.name, subjects)) }
        }
        return Overview(roles: allRoles(), channels: channels)
    }

    private func administrators(_ rightsByID: JSONValue?) -> [Int64] {
        guard case .object(let text)? = rightsByID else { return [] }
        var ids: [Int64] = []
        for (id, rights) in JSONMembers(text) where rights.member("admin")?.isTrue ?? false {
            if let id = decimalInteger(id.raw) { ids.append(id) }
        }
        return ids
    }

    /// A removed account stays among the users while it has chats.
    func summary(rightsOf id: Int64, _ overview: Overview) -> Bytes {
        guard case .everywhere(let own, let roles) = given(id, overview.roles) else {
            return Bytes("removed")
        }
        let out = TextBuffer()
        func add(_ what: StaticString, _ name: Bytes = .empty) {
            if !out.bytes.isEmpty { out.append(", ") }
            out.append(what)
            out.append(name)
        }
        if own.isAdministrator {
            add("administrator")
        } else if own != Rights() {
            add("some of their own")
        }
        for role in roles {
            add(role.rights.isAdministrator ? "administrator by role " : "role ", role.name)
        }
        for channel in overview.channels
        where channel.administrators.contains(where: { subject in
            subject == id || roles.contains { $0.id == subject }
        }) {
            add("administrator in ", channel.name)
        }
        return permanent(out.bytes)
    }

    // MARK: - Of one user

    func rights(of text: Bytes, _ change: RightsChange) {
        let user = find(text)
        guard case .everywhere(var rights, let roles) = given(user.id, allRoles()) else {
            exit(ExitCode.failure) { $0.add("that account was removed") }
        }
        guard change.isEmpty else {
            change.apply(to: &rights)
            setRights(of: user.id, to: rights)
            report("changed the rights of ", user.name)
            if change.isAdministrator == false { noteStanding(of: user, roles) }
            return
        }
        var table = TextTable("RIGHT", "GIVEN", "BY ROLES", "BY DEFAULT")
        table.add(
            Bytes("admin"), Bytes(rights.isAdministrator ? "yes" : "-"),
            named(roles.filter { $0.rights.isAdministrator }) { _ in Bytes("yes") }, Bytes("no"))
        for right in Right.allCases {
            table.add(
                Bytes(right.name), given(rights[right]),
                named(roles.filter { $0.rights[right] != 0 }) { given($0.rights[right]) },
                Bytes(right.isDefault ? "yes" : "no"))
        }
        show(table, ifEmpty: "")
    }

    /// Whoever is no longer to rule may do so by a role.
    private func noteStanding(of user: Found, _ roles: [Role]) {
        guard let role = roles.first(where: { $0.rights.isAdministrator }) else { return }
        var note = Line()
        note.add(user.name)
        note.add(" is still an administrator, by the role ")
        note.add(role.name)
        note.print(to: 2)
    }

    private func named(_ roles: [Role], _ value: (Role) -> Bytes) -> Bytes {
        guard !roles.isEmpty else { return Bytes("-") }
        let out = TextBuffer()
        for role in roles {
            if !out.bytes.isEmpty { out.append(", ") }
            out.append(value(role))
            out.append(" (")
            out.append(role.name)
            out.append(")")
        }
        return permanent(out.bytes)
    }

    private func given(_ value: Int64) -> Bytes {
        switch value {
        case 0: Bytes("-")
        case 1: Bytes("yes")
        case -1: Bytes("no")
        default: cell(value)
        }
    }

    // MARK: - Asking and telling the server

    private func allRoles() -> [Role] {
        var roles: [Role] = []
        for role in link.ask(ControlRequest("GET", ControlPath("/api/roles"))).value.elements {
            guard let id = role.member("id")?.integer else { continue }
            roles.append(
                Role(
                    id: id, name: role.member("name")?.text ?? .empty,
                    rights: rights(role.member("rights"))))
        }
        return roles
    }

    private func given(_ id: Int64, _ all: [Role]) -> Given {
        let own = link.send(ControlRequest("GET", ControlPath("/api/users/", id, "/rights")))
        let answer = link.send(ControlRequest("GET", ControlPath("/api/users/", id, "/roles")))
        guard own.status == 200, answer.status == 200 else { return .removed }
        var roles: [Role] = []
        for id in answer.value.member("roleIds")?.elements ?? [] {
            roles += all.filter { $0.id == id.integer }
        }
        return .everywhere(rights(own.value), roles)
    }

    private func rights(_ answer: JSONValue?) -> Rights {
        var rights = Rights()
        rights.isAdministrator = answer?.member("admin")?.isTrue ?? false
        for right in Right.allCases {
            rights[right] = answer?.member("values")?.member(right.name)?.integer ?? 0
        }
        return rights
    }

    func setRights(of id: Int64, to rights: Rights) {
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
