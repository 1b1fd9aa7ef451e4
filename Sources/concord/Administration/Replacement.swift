import Administration
import CLinux
import LinuxIO
import Memory
import Storage

/// Data that takes the place of what is in the folder, whole or not at all.
///
/// All of it is prepared under names of its own, and what is there gets second names. One rename
/// decides (`decide`). Before it, what was prepared may be thrown away; behind it, whoever opens
/// the folder next goes on where it was broken off. The database is the last to get its name.
struct Replacement {
    private static let suffix: StaticString = ".incoming"
    /// What may come with a database.
    private static let companions: [StaticString] = ["/token.key", LocalCertificates.authorityName]
    private static let everything: [StaticString] = [
        "/concord.db", "/concord.db-wal", "/token.key", "/initial-admin-password",
        LocalCertificates.authorityName, LocalCertificates.leafName,
    ]

    private let folder: Bytes
    /// Where the database is prepared; it is there as long as anything is.
    let incoming: Bytes
    private let decided: Bytes
    private let old: Bytes

    init(in folder: Bytes) {
        self.folder = folder
        incoming = permanent(folder, "/concord.db.incoming")
        decided = permanent(folder, "/concord.db.decided")
        old = permanent(folder, "/before-restore")
    }

    /// Ends what a restore has left that was broken off, if nobody is at work on the data. To be
    /// called before the data is opened.
    static func settle(in folder: Bytes) {
        let replacement = Replacement(in: folder)
        let isDecided = linux_exists(replacement.decided.cString) != 0
        guard isDecided || linux_exists(replacement.incoming.cString) != 0,
            let lock = try? DataLock(beside: DataFolder.database(in: folder).cString)
        else { return }
        withExtendedLifetime(lock) { replacement.settle() }
    }

    /// The same for whoever has the lock.
    func settle() {
        guard linux_exists(decided.cString) != 0 else { return discard() }
        _ = finish()
        var note = Line()
        note.add("finished a restore that was broken off in ")
        note.add(folder)
        note.print(to: 2)
    }

    /// Prepares a file that comes with the database.
    func add(_ name: StaticString, _ content: Bytes) {
        let path = permanent(permanent(folder, name), Replacement.suffix)
        check(
            linux_replace_secret_file(path.cString, content.base, UInt64(content.count)), path)
    }

    /// Gives what is there second names, exactly as it is: nothing may open the database before,
    /// which could change its log.
    func keepOld() {
        for name in Replacement.everything {
            let path = permanent(folder, name)
            guard linux_exists(path.cString) != 0 else { continue }
            check(linux_make_folder(old.cString), old)
            check(linux_link(path.cString, permanent(old, name).cString), path)
        }
    }

    /// From here on the new data is what there is. Returns where the old is kept, if there was any.
    func decide() -> Bytes? {
        check(linux_sync_file(incoming.cString), incoming)
        check(linux_rename(incoming.cString, decided.cString, 1), incoming)
        return finish()
    }

    /// Each step may have been done before.
    private func finish() -> Bytes? {
        let kept = nameOld()
        for name in Replacement.companions {
            let path = permanent(folder, name)
            let new = permanent(path, Replacement.suffix)
            guard linux_exists(new.cString) != 0 else { continue }
            // The server's certificate is of the other authority.
            if Bytes(name) == LocalCertificates.authorityName { remove(LocalCertificates.leafName) }
            check(linux_rename(new.cString, path.cString, 1), path)
        }
        // The old database's log would be applied to the new one.
        remove("/concord.db-wal")
        remove("/concord.db-shm")
        remove("/initial-admin-password")
        check(linux_sync_file(folder.cString), folder)
        let database = DataFolder.database(in: folder)
        check(linux_rename(decided.cString, database.cString, 1), database)
        return kept
    }

    private func nameOld() -> Bytes? {
        guard linux_exists(old.cString) != 0 else { return nil }
        var time = linux_wall_ms()
        var kept = name(ofOld: time)
        while linux_exists(kept.cString) != 0 {
            time += 1_000
            kept = name(ofOld: time)
        }
        check(linux_rename(old.cString, kept.cString, 1), kept)
        return kept
    }

    private func name(ofOld time: Int64) -> Bytes {
        let out = TextBuffer()
        out.append(folder)
        out.append(formatted(time, "/before-restore-%Y-%m-%d-%H%M%S"))
        return permanent(out.bytes)
    }

    /// Throws away what was prepared, the database last.
    func discard() {
        for name in Replacement.companions {
            let path = permanent(permanent(folder, name), Replacement.suffix)
            _ = linux_remove_file(path.cString)
            _ = linux_remove_file(permanent(path, ".new").cString)
        }
        for name in Replacement.everything {
            _ = linux_remove_file(permanent(old, name).cString)
        }
        _ = linux_remove_folder(old.cString)
        _ = linux_remove_file(permanent(incoming, "-journal").cString)
        _ = linux_remove_file(incoming.cString)
    }

    private func remove(_ name: StaticString) {
        _ = linux_remove_file(permanent(folder, name).cString)
    }

    private func check(_ result: some BinaryInteger, _ path: Bytes) {
        guard result < 0 else { return }
        DataFolder.refuse(path, "cannot be written", SystemError(result))
    }
}
