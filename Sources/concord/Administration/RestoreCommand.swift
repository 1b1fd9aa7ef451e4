import CLinux
import LinuxIO
import Memory
import Storage

/// `concord restore FILE`: the data of a backup takes the place of what is there, which is kept
/// beside it.
///
/// Until the one rename that makes it so, nothing of the old data has gone: it has second names in
/// a folder of its own by then.
struct RestoreCommand {
    private static let pagesEach = 512

    private let configuration: Configuration
    private let file: Bytes
    private let isConfirmed: Bool
    private let folder: Bytes
    private let database: Bytes
    private let incoming: Bytes

    init(_ configuration: Configuration, from file: Bytes, isConfirmed: Bool) {
        self.configuration = configuration
        self.file = permanent(file)
        self.isConfirmed = isConfirmed
        folder = configuration.dataFolder
        database = DataFolder.database(in: folder)
        incoming = permanent(folder, "/concord.db.incoming")
    }

    func run() {
        // Opened with the rights of whoever asks for it: it may be theirs alone.
        let source = open()
        let made = linux_make_folder(folder.cString)
        if made < 0 { DataFolder.refuse(folder, "cannot be made", SystemError(made)) }
        DataFolder.becomeOwner(folder)
        let lock = takeLock()
        do throws(StorageError) {
            try source.verify()
            let new = try source.summary()
            let replaced = ask(about: new)
            try write(source, replacing: replaced)
            let key = try source.kept(.tokenKey)
            let authority = try newAuthority(source)
            let kept = keepOld()
            putInPlace(key, authority)
            source.close()
            report(new, kept, authority)
        } catch {
            refuse(error.explanation)
        }
        withExtendedLifetime(lock) {}
    }

    private func open() -> DataFile {
        do throws(StorageError) {
            guard linux_exists(file.cString) != 0 else { refuse("there is no such file") }
            return try DataFile(
                path: file.cString, heapBytesMax: configuration.store.heapBytesMax)
        } catch {
            refuse(error.explanation)
        }
    }

    private func takeLock() -> DataLock {
        do throws(StorageError) {
            return try DataLock(beside: database.cString)
        } catch {
            exit(ExitCode.failure) { line in
                guard error == .locked else {
                    line.add(folder)
                    line.add(": ")
                    line.add(error.explanation)
                    return
                }
                line.add("a server runs on ")
                line.add(folder)
                line.add(": stop it first (systemctl stop concord), then restore")
            }
        }
    }

    /// Says what comes and what goes, and asks. Returns how far the old data had come.
    private func ask(about new: DataFile.Summary) -> DataFile.HighWaterMarks? {
        let old = openOld()
        defer { old?.close() }
        let summary = old.flatMap { try? $0.summary() }
        Person.confirm(isConfirmed, "this replaces the data that is there") { line in
            line.add("the backup has  ")
            line.add(new)
            line.add(";\nthe data has    ")
            if let summary { line.add(summary) } else { line.add("nothing that could be read") }
            line.add(" (it is kept beside).\nreplace it?")
        }
        return old.flatMap { try? $0.highWaterMarks() }
    }

    /// nil if there is none, or none that can be read.
    private func openOld() -> DataFile? {
        guard linux_exists(database.cString) != 0 else { return nil }
        let heap = configuration.store.heapBytesMax
        return try? DataFile(path: database.cString, heapBytesMax: heap)
    }

    private func write(
        _ source: DataFile, replacing replaced: DataFile.HighWaterMarks?
    ) throws(StorageError) {
        _ = linux_remove_file(incoming.cString)
        let copy = try DataCopy(of: source, to: incoming.cString)
        defer { copy.close() }
        var progress = Progress("restoring")
        while try copy.advance(pages: RestoreCommand.pagesEach) {
            progress.show(copy.pagesDone, of: copy.pages)
        }
        try copy.finish()
        progress.end()
        try copy.becomeData(replacing: replaced)
        copy.close()
        let new = try DataFile(
            path: incoming.cString, heapBytesMax: configuration.store.heapBytesMax)
        defer { new.close() }
        try new.verify()
    }

    /// The certificate authority that takes the place of what is here.
    private enum Authority {
        /// The backup has none, or the one that is here.
        case none
        /// There was none here.
        case first(Bytes)
        /// The backup's goes before one that is here: it is what devices were told to trust when the
        /// data was in use, and a new machine has made one of its own before anyone could restore.
        case other(Bytes)
    }

    private func newAuthority(_ source: DataFile) throws(StorageError) -> Authority {
        guard let text = try source.kept(.certificateAuthority), AuthorityFile.isSound(text)
        else { return .none }
        let path = AuthorityFile.path(in: folder)
        do throws(SystemError) {
            guard let present = try AuthorityFile.read(path) else { return .first(text) }
            return present == text ? .none : .other(text)
        } catch {
            DataFolder.refuse(path, "cannot be read", error)
        }
    }

    /// Gives the old files second names in a folder of their own; nil if there are none.
    private func keepOld() -> Bytes? {
        let hasData = linux_exists(database.cString) != 0
        guard hasData || linux_exists(AuthorityFile.path(in: folder).cString) != 0
        else { return nil }
        // Where that fails the data is damaged, and its log is kept beside it as it is.
        if hasData {
            try? DataFile.settle(
                path: database.cString, heapBytesMax: configuration.store.heapBytesMax)
        }
        let name = formatted(linux_wall_ms(), "/before-restore-%Y-%m-%d-%H%M%S")
        let kept = joined(folder, name)
        check(linux_make_folder(kept.cString), kept)
        keep("/concord.db", in: kept)
        keep("/concord.db-wal", in: kept)
        keep("/token.key", in: kept)
        keep("/initial-admin-password", in: kept)
        keep(LocalCertificates.authorityName, in: kept)
        keep(LocalCertificates.leafName, in: kept)
        return kept
    }

    private func keep(_ name: StaticString, in kept: Bytes) {
        let path = permanent(folder, name)
        guard linux_exists(path.cString) != 0 else { return }
        check(linux_link(path.cString, permanent(kept, name).cString), path)
    }

    /// A log of damaged data would be applied to the new file: it goes first.
    private func putInPlace(_ key: Bytes?, _ authority: Authority) {
        check(linux_sync_file(incoming.cString), incoming)
        _ = linux_remove_file(permanent(database, "-wal").cString)
        _ = linux_remove_file(permanent(database, "-shm").cString)
        check(linux_rename(incoming.cString, database.cString, 1), database)
        _ = linux_remove_file(InitialPassword.file(in: folder).cString)
        if let key { replace(TokenKeyFile.madePath(in: folder), with: key) }
        switch authority {
        case .none: break
        case .first(let text), .other(let text):
            // The server's certificate is of the other authority.
            _ = linux_remove_file(permanent(folder, LocalCertificates.leafName).cString)
            replace(AuthorityFile.path(in: folder), with: text)
        }
    }

    private func replace(_ path: Bytes, with secret: Bytes) {
        check(linux_replace_secret_file(path.cString, secret.base, UInt64(secret.count)), path)
    }

    private func report(_ summary: DataFile.Summary, _ kept: Bytes?, _ authority: Authority) {
        var line = Line()
        line.add("restored ")
        line.add(summary)
        if let kept {
            line.add("; what was there before is in ")
            line.add(kept)
        }
        line.print()
        guard case .other = authority else { return }
        var note = Line()
        note.add("the certificate authority is the backup's now: devices trust the server as they did then")
        note.print()
    }

    private func joined(_ first: Bytes, _ second: Bytes) -> Bytes {
        var out = ByteWriter(.allocate(first.count + second.count))
        out.append(first)
        out.append(second)
        return permanent(out.bytes)
    }

    private func check(_ result: some BinaryInteger, _ path: Bytes) {
        guard result < 0 else { return }
        DataFolder.refuse(path, "cannot be written", SystemError(result))
    }

    private func refuse(_ reason: StaticString) -> Never {
        _ = linux_remove_file(incoming.cString)
        exit(ExitCode.failure) { line in
            line.add("cannot restore ")
            line.add(file)
            line.add(": ")
            line.add(reason)
        }
    }
}
