import Memory
import Model
import Storage
import UnicodeText

// What new names must be (protocol D10). What stands from before stays, so only a name that differs from the
// present one is judged.
extension Hub {
    /// Judges the name of a channel, role, thread or of the community.
    func judge(_ name: Bytes, instead current: Bytes? = nil) throws(HubError) {
        if let current, name == current { return }
        try judge(name, as: "name", unmixed: .words)
    }

    /// Judges a new account's name, which must not look like anybody's.
    func judge(username: Bytes) throws(HubError) {
        if let objection = Usernames.objection(to: username) {
            throw .invalid(attribute: "username", rule: objection)
        }
        try checkLooksLikeNobody(username, as: "username", but: nil)
    }

    /// Judges a nickname, which must not look like another's username.
    func judge(nickname: Bytes, of user: User) throws(HubError) {
        if nickname == user.nickname || nickname == user.username { return }
        try judge(nickname, as: "nickname", unmixed: .words)
        try checkLooksLikeNobody(nickname, as: "nickname", but: user.id)
    }

    private func judge(
        _ name: Bytes, as attribute: StaticString, unmixed: NameForm.Unmixed
    ) throws(HubError) {
        if let fault = NameForm.fault(in: name, unmixed: unmixed) {
            throw .invalid(attribute: attribute, rule: fault.explanation)
        }
    }

    /// Compares with all usernames: O(members), some microseconds each.
    private func checkLooksLikeNobody(
        _ name: Bytes, as attribute: StaticString, but owner: UserID?
    ) throws(HubError) {
        let half = NameForm.skeletonBytesMax
        let skeleton = NameForm.skeleton(of: name, into: nameScratch.prefix(half))
        let memory = nameScratch.dropFirst(half)
        var isTaken = false
        do throws(StorageError) {
            try store.users(after: nil, limit: .max) { user in
                isTaken =
                    user.id != owner
                    && NameForm.skeleton(of: user.username, into: memory) == skeleton
                return !isTaken
            }
        } catch {
            throw .storage(error)
        }
        if isTaken { throw .invalid(attribute: attribute, rule: "looks like another's username") }
    }
}

/// The rule for usernames beyond their length and white space.
public enum Usernames {
    /// Two skeletons that are compared.
    static let scratchBytes = 2 * NameForm.skeletonBytesMax

    /// Why no account may have this name, whoever else is there. nil if it is fine.
    public static func objection(to name: Bytes) -> StaticString? {
        if let fault = NameForm.fault(in: name, unmixed: .whole) { return fault.explanation }
        return isEveryone(name) ? "is what a message to everyone begins with" : nil
    }

    /// `everyone` in any case.
    private static func isEveryone(_ name: Bytes) -> Bool {
        var words = WordReader(name)
        guard words.next(), words.bytesRead == name.count else { return false }
        return words.word.holds("everyone")
    }
}
