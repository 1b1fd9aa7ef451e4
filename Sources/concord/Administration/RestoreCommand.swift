import CLinux
import LinuxIO
import Memory
import Storage

/// `concord restore FILE`: the data of a backup takes the place of what is there, which is kept
/// beside it.
///
/// Nothing of the old data has gone before all of the new is there (`Replacement`).
struct RestoreCommand {
    private static let pagesEach = 512

    private let configuration: Configuration
    private let file: Bytes
    private let isConfirmed: Bool
    private let folder: Bytes
    private let database: Bytes
    private let replacement: Replacement

    init(_ configuration: Configuration, from file: Bytes, isConfirmed: Bool) {
        self.configuration = configuration
        self.file = permanent(file)
        self.isConfirmed = isConfirmed
        folder = configuration.dataFolder
        database = DataFolder.database(in: folder)
        replacement = Replacement(in: folder)
    }

    func run() {
        // Opened with the rights of whoever asks for it: it may be theirs alone.
        let source = open()
        let made = linux_make_folder(folder.cString)
        if made < 0 { DataFolder.refuse(folder, "cannot be made", SystemError(made)) }
        DataFolder.becomeOwner(folder)
        Replacement.settle(in: folder)
        // Not kept while somebody thinks about the question.
        withExtendedLifetime(takeLock()) {}
        do throws(StorageError) {
            try source.verify()
            let new = try source.summary()
            guard new.users > 0 else { refuse("it has no users, so nobody could log in") }
            ask(about: new)
            let lock = takeLock()
            try withExtendedLifetime(lock) { () throws(StorageError) in
                // Another restore may have been broken off meanwhile.
                replacement.settle()
                try replace(source, new)
            }
        } catch {
            refuse(error)
        }
    }

    private func replace(
        _ source: DataFile, _ new: DataFile.Summary
    ) throws(StorageError) {
        let authority: Authority
        do throws(StorageError) {
            try write(source)
            authority = try newAuthority(source)
            if let key = try source.kept(.tokenKey) { replacement.add("/token.key", key) }
        } catch {
            replacement.discard()
            throw error
        }
        switch authority {
        case .none: break
        case .first(let text), .other(let text):
            replacement.add(LocalCertificates.authorityName, text)
        }
        replacement.keepOld()
        let kept = replacement.decide()
        source.close()
        report(new, kept, authority)
    }

    private func open() -> DataFile {
        switch linux_file_size(file.cString) {
        case -2: refuse("there is no such file")
        case -21: refuse("it is a folder")
        case -22: refuse("it is no file")
        case 0: refuse("it is empty")
        default: break
        }
        do throws(StorageError) {
            let source = try DataFile(
                path: file.cString, heapBytesMax: configuration.store.heapBytesMax)
            checkSeal()
            return source
        } catch {
            refuse(error)
        }
    }

    private func checkSeal() {
        do throws(SystemError) {
            switch try BackupSeal.state(of: file) {
            case .whole: return
            case .broken: refuse("it is damaged, or was changed since it was made")
            case .absent:
                var note = Line()
                note.add(file)
                note.add(" has no checksum, as older ones: what reads well is taken as it is")
                note.print(to: 2)
            }
        } catch {
            refuse(error.text)
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

    /// Says what comes and what goes, and asks.
    private func ask(about new: DataFile.Summary) {
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
    }

    /// nil if there is none, or none that can be read. The log beside an empty file is left alone:
    /// SQLite would remove it.
    private func openOld() -> DataFile? {
        guard linux_file_size(database.cString) > 0 else { return nil }
        let heap = configuration.store.heapBytesMax
        return try? DataFile(path: database.cString, heapBytesMax: heap)
    }

    private func write(_ source: DataFile) throws(StorageError) {
        let old = openOld()
        let replaced = old.flatMap { try? $0.highWaterMarks() }
        old?.close()
        let copy = try DataCopy(of: source, to: replacement.incoming.cString)
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
            path: replacement.incoming.cString, heapBytesMax: configuration.store.heapBytesMax)
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

    private func refuse(_ error: StorageError) -> Never {
        switch error {
        case .damaged, .failed: refuse("it is damaged: take another backup")
        case .cannotOpen: refuse("it cannot be opened: is it yours to read?")
        default: refuse(error.explanation)
        }
    }

    private func refuse(_ reason: StaticString) -> Never { refuse(Bytes(reason)) }

    private func refuse(_ reason: Bytes) -> Never {
        exit(ExitCode.failure) { line in
            line.add("cannot restore ")
            line.add(file)
            line.add(": ")
            line.add(reason)
        }
    }
}
