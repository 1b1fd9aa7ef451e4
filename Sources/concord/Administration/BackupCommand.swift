import CLinux
import LinuxIO
import Memory
import Storage

/// `concord backup FILE`: everything in one file, while the server runs or not.
///
/// This process reads the data itself, in the state of its beginning, beside the server: that goes
/// on undisturbed, and the file belongs to whoever wanted it, wherever they may write.
struct BackupCommand {
    /// A MiB of pages: then they are forced to the disk, so that no commit of the server ever has
    /// more than that to wait for.
    private static let pagesEach = 512

    private let configuration: Configuration
    private let file: Bytes

    init(_ configuration: Configuration, to file: Bytes) {
        self.configuration = configuration
        self.file = permanent(file)
    }

    func run() {
        let folder = configuration.dataFolder
        DataFolder.checkIsThere(folder)
        if linux_exists(file.cString) != 0 { refuse("is there already; name a file that is not") }
        let unfinished = permanent(file, ".unfinished")
        begin(unfinished)
        do throws(StorageError) {
            let source = try DataFile(
                path: DataFolder.database(in: folder).cString,
                heapBytesMax: configuration.store.heapBytesMax)
            try write(source, to: unfinished)
            source.close()
            seal(unfinished)
            let summary = try verify(unfinished)
            publish(unfinished)
            report(summary)
        } catch {
            _ = linux_remove_file(unfinished.cString)
            refuse(error.explanation)
        }
    }

    /// Makes an empty file: whatever is wrong with the place is said by the system, not by SQLite.
    private func begin(_ path: Bytes) {
        // Of one that was killed.
        _ = linux_remove_file(path.cString)
        linux_remove_when_ended(path.cString)
        let result = linux_create_secret_file(path.cString, path.base, 0)
        if result < 0 { refuse(SystemError(result).text) }
    }

    private func write(_ source: DataFile, to path: Bytes) throws(StorageError) {
        let copy = try DataCopy(of: source, to: path.cString)
        defer { copy.close() }
        var progress = Progress("copying")
        while try copy.advance(pages: BackupCommand.pagesEach) {
            _ = linux_sync_file(path.cString)
            progress.show(copy.pagesDone, of: copy.pages)
        }
        try copy.finish()
        progress.end()
        if let key = tokenKey() { try copy.keep(.tokenKey, key) }
        if let authority = authority() { try copy.keep(.certificateAuthority, authority) }
    }

    /// nil where the settings name a key of the owner's, which is the owner's to keep.
    private func tokenKey() -> Bytes? {
        guard configuration.tokenKeyFile.isEmpty else { return nil }
        let memory = MutableBytes.allocate(64)
        let path = TokenKeyFile.madePath(in: configuration.dataFolder)
        let count = linux_read_file(path.cString, memory.base, UInt64(memory.count))
        if count < 0, SystemError(count).isNotFound { return nil }
        guard count >= 0 else {
            DataFolder.refuse(path, "cannot be read", SystemError(count))
        }
        return memory.bytes.prefix(Int(count))
    }

    /// The server's own authority, which the members' devices trust: a secret of no greater weight
    /// than the tokens' key. nil if there is none that is sound; chats are not held up by that.
    private func authority() -> Bytes? {
        let path = AuthorityFile.path(in: configuration.dataFolder)
        let text: Bytes?
        do throws(SystemError) {
            text = try AuthorityFile.read(path)
        } catch {
            DataFolder.refuse(path, "cannot be read", error)
        }
        guard let text else { return nil }
        if AuthorityFile.isSound(text) { return text }
        var note = Line()
        note.add(path)
        note.add(" is damaged, and left out: a restored server makes another authority")
        note.print(to: 2)
        return nil
    }

    private func seal(_ path: Bytes) {
        do throws(SystemError) {
            try BackupSeal.add(to: path)
        } catch {
            _ = linux_remove_file(path.cString)
            refuse(error.text)
        }
    }

    /// A backup that was never read is a hope.
    private func verify(_ path: Bytes) throws(StorageError) -> DataFile.Summary {
        let copy = try DataFile(path: path.cString, heapBytesMax: configuration.store.heapBytesMax)
        defer { copy.close() }
        try copy.verify()
        return try copy.summary()
    }

    private func publish(_ path: Bytes) {
        var result = linux_sync_file(path.cString)
        if result >= 0 { result = linux_rename(path.cString, file.cString, 0) }
        guard result < 0 else { return }
        _ = linux_remove_file(path.cString)
        refuse(SystemError(result).text)
    }

    private func report(_ summary: DataFile.Summary) {
        var line = Line()
        line.add("backed up, and verified, ")
        line.add(summary)
        line.add(" in ")
        line.add(file)
        line.print()
        guard !configuration.tokenKeyFile.isEmpty else { return }
        var note = Line()
        note.add("the key of the tokens is not in it: keep ")
        note.add(configuration.tokenKeyFile)
        note.add(" too")
        note.print()
    }

    private func refuse(_ reason: StaticString) -> Never { refuse(Bytes(reason)) }

    private func refuse(_ reason: Bytes) -> Never {
        exit(ExitCode.failure) { line in
            line.add("no backup ")
            line.add(file)
            line.add(": ")
            line.add(reason)
        }
    }
}

extension Line {
    /// What a data file holds.
    mutating func add(_ summary: DataFile.Summary) {
        add(summary.users, "user", "users")
        add(", ")
        add(summary.channels, "channel", "channels")
        add(" and ")
        add(summary.chats, "chat", "chats")
        guard summary.lastChatAt > 0 else { return }
        add(", the last of ")
        add(cell(time: summary.lastChatAt))
    }

    private mutating func add(_ count: Int64, _ one: StaticString, _ many: StaticString) {
        add(count)
        add(" ")
        add(count == 1 ? one : many)
    }
}

/// How far something has come, for whoever watches at a terminal.
struct Progress {
    private let what: StaticString
    private let isWatched = linux_is_terminal(2) != 0

    init(_ what: StaticString) { self.what = what }

    mutating func show(_ done: Int, of all: Int) {
        guard isWatched, all > 0 else { return }
        var line = Line()
        line.add("\r")
        line.add(what)
        line.add(": ")
        line.add(done * 100 / all)
        line.add(" %")
        line.show()
    }

    mutating func end() {
        guard isWatched else { return }
        var line = Line()
        line.add("\r\u{1B}[K")
        line.show()
    }
}
