import ConcordProtocol
import JSON
import Memory
import Model
import Storage

// Giving and taking rights (protocol C6). Two things hold whatever is asked for: nobody gives
// what they do not have (Hub+Giving.swift), and the last administrator stays one.
extension Hub {
    // MARK: - Users

    /// Who may read and change what is given to a user: those who manage users. An
    /// administrator's is for administrators alone.
    mutating func checkMayManage(_ user: UserID, by giver: UserID) throws(HubError) {
        let account = try storing { store throws(StorageError) in try store.account(user) }
        try check(.manageUsers, of: giver)
        guard account != nil else { throw .notFound("There is no such user") }
        let mine = try rights(of: giver)
        let theirs = try rights(of: user)
        guard mine.isAdministrator || !theirs.isAdministrator else {
            throw .forbidden("Only an administrator may do this to an administrator")
        }
    }

    mutating func setRights(
        _ new: Rights, ofUser user: UserID, by giver: UserID
    ) throws(HubError) {
        try checkMayManage(user, by: giver)
        try checkChange(of: user.value, to: new, in: nil, by: giver)
        func change(_ store: Store) throws(StorageError) {
            try store.setRights(new, of: user.value, in: nil)
        }
        if try beginJudgement(in: nil, by: giver) {
            try concludeJudgement(for: .member(user), change)
        }
        try changingAdministrators(change)
        whoseViewChanged.add(user)
    }

    mutating func setRoles(
        _ roles: RoleList, of user: UserID, by giver: UserID
    ) throws(HubError) {
        try checkMayManage(user, by: giver)
        try roles.forEach { role throws(HubError) in
            guard try storing({ store throws(StorageError) in try store.role(role) }) != nil else {
                throw .invalid(attribute: "roleIds", rule: "names a role that is not there")
            }
        }
        func change(_ store: Store) throws(StorageError) {
            try store.removeRoles(of: user)
            try roles.forEach { role throws(StorageError) in try store.addRole(role, to: user) }
        }
        if try beginJudgement(in: nil, by: giver) {
            try checkMemberships(of: user, become: roles)
            try concludeJudgement(for: .member(user), change)
        }
        try changingAdministrators(change)
        whoseViewChanged.add(user)
    }

    /// What the user has already is not given anew.
    private mutating func checkMemberships(
        of user: UserID, become roles: RoleList
    ) throws(HubError) {
        try roles.forEach { role throws(HubError) in
            if try !has(role, user) { try checkMembership(of: role, .begins) }
        }
        var next = try nextRole(of: user, after: nil)
        while let role = next {
            if !roles.contains(role) { try checkMembership(of: role, .ends) }
            next = try nextRole(of: user, after: role)
        }
    }

    private mutating func has(_ role: RoleID, _ user: UserID) throws(HubError) -> Bool {
        try nextRole(of: user, after: RoleID(role.value - 1)) == role
    }

    private mutating func nextRole(
        of user: UserID, after role: RoleID?
    ) throws(HubError) -> RoleID? {
        try storing { store throws(StorageError) in try store.nextRole(of: user, after: role) }
    }

    // MARK: - Roles

    mutating func createRole(
        _ body: RoleBody, name: Bytes, by giver: UserID
    ) throws(HubError) -> Role {
        try check(.manageRoles, of: giver)
        try judge(name)
        let count = try storing { store throws(StorageError) in try store.roleCount() }
        guard count < Limits.rolesMax else {
            throw .forbidden("There are as many roles as this server keeps")
        }
        let role = Role(
            id: RoleID(identifiers.next(at: clock)), ordinality: body.ordinality ?? 0, name: name)
        let new = body.rights ?? Rights()
        try checkChange(from: Rights(), to: new, in: nil, by: giver)
        try storing { store throws(StorageError) in
            try store.createRole(role)
            try store.setRights(new, of: role.id.value, in: nil)
        }
        return role
    }

    mutating func changeRole(
        _ id: RoleID, _ body: RoleBody, by giver: UserID
    ) throws(HubError) -> Role {
        try checkMayChange(id, by: giver)
        var role = try existingRole(id)
        if let new = body.rights { try checkChange(of: id.value, to: new, in: nil, by: giver) }
        if let name = body.name { try judge(name, instead: role.name) }
        role.name = body.name ?? role.name
        role.ordinality = body.ordinality ?? role.ordinality
        if let new = body.rights, try beginJudgement(in: nil, by: giver) {
            try concludeJudgement(for: .holders(of: id)) { store throws(StorageError) in
                try store.setRights(new, of: id.value, in: nil)
            }
        }
        try changingAdministrators { store throws(StorageError) in
            try store.updateRole(role)
            if let new = body.rights { try store.setRights(new, of: id.value, in: nil) }
        }
        whoseViewChanged = .everyones
        return role
    }

    mutating func deleteRole(_ id: RoleID, by giver: UserID) throws(HubError) {
        try checkMayChange(id, by: giver)
        func change(_ store: Store) throws(StorageError) { try store.deleteRole(id) }
        if try beginJudgement(in: nil, by: giver) {
            try checkMembership(of: id, .ends)
            try concludeJudgement(for: .holders(of: id), change)
        }
        try changingAdministrators(change)
        whoseViewChanged = .everyones
    }

    mutating func existingRole(_ id: RoleID) throws(HubError) -> Role {
        let role = try storing { store throws(StorageError) in try store.role(id) }
        guard let role else { throw .notFound("There is no such role") }
        return role
    }

    private mutating func checkMayChange(_ id: RoleID, by giver: UserID) throws(HubError) {
        try check(.manageRoles, of: giver)
        _ = try existingRole(id)
        let given = try storing { store throws(StorageError) in
            try store.rights(givenTo: id.value, in: nil)
        }
        let mine = try rights(of: giver)
        guard mine.isAdministrator || !given.isAdministrator else {
            throw .forbidden("Only an administrator may change a role of administrators")
        }
    }

    // MARK: - Channels

    mutating func setRights(
        _ body: ChannelRightsBody, in channel: ChannelID, by giver: UserID, scratch: MutableBytes
    ) throws(HubError) {
        try check(.manageChannels, of: giver, in: channel)
        try checkSubjects(of: body, scratch: scratch)
        let isJudged = try beginJudgementOfAll(below: channel, by: giver)
        for areRoles in [false, true] {
            try body.forEach(roles: areRoles, scratch: scratch) { subject, new throws(HubError) in
                try checkChange(of: subject, to: new, in: channel, by: giver)
                if isJudged, !areRoles { judge.include(UserID(subject)) }
            }
            try checkForgotten(in: channel, areRoles: areRoles, unless: body, by: giver)
        }
        func change(_ store: Store) throws(StorageError) {
            try store.removeRights(in: channel)
            for areRoles in [false, true] {
                try body.forEach(roles: areRoles, scratch: scratch) {
                    subject, new throws(StorageError) in
                    try store.setRights(new, of: subject, in: channel)
                }
            }
        }
        if isJudged { try concludeJudgement(for: .everyone, change) }
        try storing(change)
        try rightsChanged()
        whoseViewChanged = .everyones
    }

    private mutating func checkSubjects(
        of body: ChannelRightsBody, scratch: MutableBytes
    ) throws(HubError) {
        try body.forEach(roles: false, scratch: scratch) { subject, _ throws(HubError) in
            let user = try storing { store throws(StorageError) in
                try store.account(UserID(subject))
            }
            guard user != nil else {
                throw .invalid(attribute: "users", rule: "names a user who is not there")
            }
        }
        try body.forEach(roles: true, scratch: scratch) { subject, _ throws(HubError) in
            let role = try storing { store throws(StorageError) in
                try store.role(RoleID(subject))
            }
            guard role != nil else {
                throw .invalid(attribute: "roles", rule: "names a role that is not there")
            }
        }
    }

    // MARK: - The last administrator

    /// Makes a change after which there must still be an administrator. The check comes after the
    /// change, which is undone with its savepoint where it fails.
    mutating func changingAdministrators(
        _ change: (Store) throws(StorageError) -> Void
    ) throws(HubError) {
        let keepsOne = try storing { store throws(StorageError) in
            try store.tentatively { () throws(StorageError) in
                try change(store)
                return try store.administratorCount() > 0
            }
        }
        guard keepsOne else { throw .forbidden("There must always be an administrator") }
        try rightsChanged()
    }
}
