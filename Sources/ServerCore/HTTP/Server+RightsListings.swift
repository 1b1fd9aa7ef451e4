import ConcordProtocol
import JSON
import Memory
import Model
import Storage

// Lists of roles, and of what is given for a channel (protocol C6).
extension Server {
    func writeRoles(
        after: inout RoleID?, into json: inout JSONWriter
    ) throws(StorageError) -> PieceEnd {
        let store = hub.store
        var fits = true
        var failure: StorageError?
        try store.roles(after: after) { role in
            do throws(StorageError) {
                let rights = try store.rights(givenTo: role.id.value, in: nil)
                fits = json.fits { $0.role(role, rights: rights) }
            } catch {
                failure = error
            }
            guard fits, failure == nil else { return false }
            after = role.id
            return true
        }
        if let failure { throw failure }
        return fits ? .listIsWhole : .bufferIsFull
    }

    /// Writes `users` and `roles`, each an object from ids to Rights.
    func writeRights(
        in channel: ChannelID, _ areRoles: inout Bool, after: inout Int64?,
        into json: inout JSONWriter
    ) throws(StorageError) -> PieceEnd {
        while true {
            if after == nil {
                let name: StaticString = areRoles ? "roles" : "users"
                let fits = json.fits { json in
                    json.key(name)
                    json.beginObject()
                }
                guard fits else { return .bufferIsFull }
                after = 0
            }
            let isWhole = try writeSubjects(of: channel, areRoles, after: &after, into: &json)
            guard isWhole, json.fits({ $0.endObject() }) else { return .bufferIsFull }
            if areRoles { return .listIsWhole }
            (areRoles, after) = (true, nil)
        }
    }

    private func writeSubjects(
        of channel: ChannelID, _ areRoles: Bool, after: inout Int64?, into json: inout JSONWriter
    ) throws(StorageError) -> Bool {
        let store = hub.store
        var fits = true
        var failure: StorageError?
        try store.subjects(of: channel, areRoles: areRoles, after: after ?? 0) { subject in
            do throws(StorageError) {
                let rights = try store.rights(givenTo: subject, in: channel)
                fits = json.fits { json in
                    json.key(subject)
                    json.rights(rights)
                }
            } catch {
                failure = error
            }
            guard fits, failure == nil else { return false }
            after = subject
            return true
        }
        if let failure { throw failure }
        return fits
    }
}
