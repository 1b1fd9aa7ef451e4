import ConcordProtocol
import JSON
import Memory
import Model
import Storage

/// How far the Reactions of a chat have been written. Reactions are told apart by their order,
/// in which none goes before an older one: what is taken back meanwhile may be missing.
enum ReactionPlace {
    case start
    /// In `reactingUsers`: the number of the reaction, and how many of its users are written.
    case users(of: Int, written: Int)
    /// In `reactions`.
    case counts(written: Int)
}

// The Reactions of protocol A4: who reacted how, and how many did.
extension Server {
    func writeReactions(
        of chat: ChatID, _ place: inout ReactionPlace, into json: inout JSONWriter
    ) throws(StorageError) -> PieceEnd {
        if case .start = place {
            let fits = json.fits { json in
                json.key("reactingUsers")
                json.beginObject()
            }
            guard fits else { return .bufferIsFull }
            place = .users(of: 0, written: 0)
        }
        if case .users(let number, let written) = place {
            var at = (number: number, written: written)
            let isWhole = try writeReactingUsers(of: chat, &at, into: &json)
            place = .users(of: at.number, written: at.written)
            let fits = isWhole && json.fits { json in
                json.endObject()
                json.key("reactions")
                json.beginObject()
            }
            guard fits else { return .bufferIsFull }
            place = .counts(written: 0)
        }
        guard case .counts(var written) = place else { return .listIsWhole }
        let isWhole = try writeCounts(of: chat, &written, into: &json)
        place = .counts(written: written)
        return isWhole && json.fits { $0.endObject() } ? .listIsWhole : .bufferIsFull
    }

    private func writeReactingUsers(
        of chat: ChatID, _ at: inout (number: Int, written: Int), into json: inout JSONWriter
    ) throws(StorageError) -> Bool {
        let store = hub.store
        var number = 0
        var isWhole = true
        var failure: StorageError?
        try store.reactionCounts(of: chat) { line in
            defer { number += 1 }
            guard number >= at.number else { return true }
            do throws(StorageError) {
                isWhole = try writeUsers(
                    of: chat, line.reaction, &at.written, from: store, into: &json)
            } catch {
                failure = error
            }
            guard isWhole, failure == nil else { return false }
            at = (number + 1, 0)
            return true
        }
        if let failure { throw failure }
        return isWhole
    }

    private func writeUsers(
        of chat: ChatID, _ reaction: Bytes, _ written: inout Int, from store: Store,
        into json: inout JSONWriter
    ) throws(StorageError) -> Bool {
        var passed = 0
        var fits = true
        try store.reactingUsers(of: chat, reaction: reaction) { user in
            passed += 1
            guard passed > written else { return true }
            fits = json.fits { json in
                if written == 0 {
                    json.key(reaction)
                    json.beginArray()
                }
                json.integer(user.value)
            }
            if fits { written += 1 }
            return fits
        }
        return fits && json.fits { $0.endArray() }
    }

    private func writeCounts(
        of chat: ChatID, _ written: inout Int, into json: inout JSONWriter
    ) throws(StorageError) -> Bool {
        var number = 0
        var fits = true
        try hub.store.reactionCounts(of: chat) { line in
            number += 1
            guard number > written else { return true }
            fits = json.fits { json in
                json.key(line.reaction)
                json.integer(Int64(line.count))
            }
            if fits { written += 1 }
            return fits
        }
        return fits
    }
}
