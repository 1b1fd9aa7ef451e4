import ConcordProtocol
import JSON
import Memory
import Model
import Storage

// Nobody gives what they do not have (protocol C6). A change gives a right where it raises what
// speaks for it, and also where it lowers what speaks against it: somebody from whom a right was
// taken must not lift that. Whoever changes rights must hold each right that is raised, in the very
// place where it is.
extension Hub {
    enum Membership {
        case begins, ends
    }

    /// Judges what is to be given to a user or role in one place, against what was.
    mutating func checkChange(
        of subject: Int64, to new: Rights, in channel: ChannelID?, by giver: UserID
    ) throws(HubError) {
        let old = try storing { store throws(StorageError) in
            try store.rights(givenTo: subject, in: channel)
        }
        try checkChange(from: old, to: new, in: channel, by: giver)
    }

    mutating func checkChange(
        from old: Rights, to new: Rights, in channel: ChannelID?, by giver: UserID
    ) throws(HubError) {
        let held =
            if let channel { try standing(of: giver, in: channel).rights } else {
                try rights(of: giver)
            }
        guard !new.isAdministrator || old.isAdministrator || held.isAdministrator else {
            throw .forbidden("Only an administrator may make administrators")
        }
        for right in Right.all {
            guard new[right] <= old[right] || held.allows(right) else {
                throw .forbidden("You may not give rights that you do not have")
            }
        }
    }

    /// Judges that somebody gets a role or loses it: all that it says, everywhere and in each
    /// channel, counts from then on, or no more.
    mutating func checkMembership(
        of role: RoleID, _ membership: Membership, by giver: UserID
    ) throws(HubError) {
        var next = try nextPlace(of: role, after: -1)
        while let place = next {
            let channel = place == 0 ? nil : ChannelID(place)
            let said = try storing { store throws(StorageError) in
                try store.rights(givenTo: role.value, in: channel)
            }
            switch membership {
            case .begins: try checkChange(from: Rights(), to: said, in: channel, by: giver)
            case .ends: try checkChange(from: said, to: Rights(), in: channel, by: giver)
            }
            next = try nextPlace(of: role, after: place)
        }
    }

    private mutating func nextPlace(of role: RoleID, after place: Int64) throws(HubError) -> Int64? {
        try storing { store throws(StorageError) in
            try store.nextPlace(ofRightsGivenTo: role.value, after: place)
        }
    }

    /// Judges that a channel no longer says anything of those whom a new body does not name.
    mutating func checkForgotten(
        in channel: ChannelID, areRoles: Bool, unless body: ChannelRightsBody, by giver: UserID
    ) throws(HubError) {
        var next = try nextSubject(of: channel, areRoles, after: -1)
        while let subject = next {
            if !body.names(subject, areRoles: areRoles) {
                try checkChange(of: subject, to: Rights(), in: channel, by: giver)
            }
            next = try nextSubject(of: channel, areRoles, after: subject)
        }
    }

    private mutating func nextSubject(
        of channel: ChannelID, _ areRoles: Bool, after subject: Int64
    ) throws(HubError) -> Int64? {
        var found: Int64?
        try storing { store throws(StorageError) in
            try store.subjects(of: channel, areRoles: areRoles, after: subject) { next in
                found = next
                return false
            }
        }
        return found
    }

    /// Judges that a channel is moved: what is said above it ceases to count there, and what is said at
    /// its new place begins to. That must not give the mover what the mover does not have there.
    mutating func checkMoveGivesNothing(
        _ channel: ChannelID, from old: ChannelID?, to new: ChannelID?, by mover: UserID
    ) throws(HubError) {
        let held = try standing(of: mover, in: channel).rights
        guard !held.isAdministrator else { return }
        let (here, above, there) = try storing { store throws(StorageError) in
            (
                try store.rightsSums(of: mover, in: channel), try store.rightsSums(of: mover, in: old),
                try store.rightsSums(of: mover, in: new)
            )
        }
        var sums = Rights()
        sums.isAdministrator = there.isAdministrator
        for right in Right.all { sums[right] = here[right] - above[right] + there[right] }
        let moved = EffectiveRights(sums: sums)
        for right in Right.all {
            guard held.allows(right) || !moved.allows(right) else {
                throw .forbidden("You would have rights there that you do not have here")
            }
        }
    }
}
