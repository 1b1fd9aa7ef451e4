import ConcordProtocol
import JSON
import Memory
import Model
import Storage

// Nobody gives what they do not have (protocol E6). First: a change gives a right where it raises
// what speaks for it, and also where it lowers what speaks against it. Whoever changes rights must
// hold each right that is raised, in the very place where it is, even if it affects nobody now.
// Second: whatever becomes effective for anyone, in any channel concerned, must be held there
// (`RightsJudge`). Administrators of the server may do all.
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
        try checkChange(from: old, to: new, by: held)
    }

    private func checkChange(
        from old: Rights, to new: Rights, by held: EffectiveRights
    ) throws(HubError) {
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
    /// channel, counts from then on, or no more. To be called between `beginJudgement` and
    /// `concludeJudgement` of the whole server.
    mutating func checkMembership(
        of role: RoleID, _ membership: Membership
    ) throws(HubError) {
        var next = try nextPlace(of: role, after: -1)
        while let place = next {
            let said = try storing { store throws(StorageError) in
                try store.rights(givenTo: role.value, in: place == 0 ? nil : ChannelID(place))
            }
            let held = judge.holds(in: place)
            switch membership {
            case .begins: try checkChange(from: Rights(), to: said, by: held)
            case .ends: try checkChange(from: said, to: Rights(), by: held)
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

    // MARK: - What becomes effective

    /// Whom a change may give something.
    enum Concerned {
        case member(UserID)
        case holders(of: RoleID)
        case everyone
    }

    /// Begins to judge a change that concerns a channel and all below it, or the whole server. False
    /// if nothing is to be judged, for an administrator makes it.
    mutating func beginJudgement(
        in channel: ChannelID?, by maker: UserID
    ) throws(HubError) -> Bool {
        guard try !rights(of: maker).isAdministrator else { return false }
        let store = store
        let fits: Bool
        do throws(StorageError) {
            fits = try judge.begin(in: channel, by: maker, store)
        } catch {
            throw failed(error)
        }
        guard fits else { throw .busy }
        return true
    }

    /// Judges a change by what it makes effective. It is made and taken back.
    mutating func concludeJudgement(
        for concerned: Concerned, moving moved: ChannelID? = nil,
        _ change: (Store) throws(StorageError) -> Void
    ) throws(HubError) {
        let store = store
        let verdict: RightsJudge.Verdict
        do throws(StorageError) {
            switch concerned {
            case .member(let user): judge.include(user)
            case .holders(let role): try judge.includeAll(of: role, store)
            case .everyone: try judge.includeAll(of: nil, store)
            }
            verdict = try judge.judge(moving: moved, store, change)
        } catch {
            throw failed(error)
        }
        switch verdict {
        case .allowed: break
        case .givesWhatIsNotHeld:
            throw .forbidden("Somebody would get rights that you do not have there")
        case .tooMuch: throw .busy
        }
    }

    /// Moving, deleting, or changing the rights of a channel takes managing every channel below it,
    /// which includes seeing it. False if an administrator does it.
    mutating func beginJudgementOfAll(
        below channel: ChannelID, by maker: UserID
    ) throws(HubError) -> Bool {
        guard try beginJudgement(in: channel, by: maker) else { return false }
        guard judge.holdsEverywhere(.manageChannels) else {
            throw .forbidden("You may not manage every channel below this one")
        }
        return true
    }
}
