import CLinux
import LinuxIO
import Memory
import Storage

// Where the data lies: kind of file system, room, speed, and whether the database is whole.
extension Doctor {
    private static let roomNeeded: Int64 = 32 << 20
    private static let roomWanted: Int64 = 256 << 20
    private static let syncMicrosecondsWanted: Int64 = 100_000
    private static let syncMicrosecondsMax: Int64 = 1_000_000

    func examineData() {
        let memory = MutableBytes.allocate(4_096)
        let count = linux_real_path(
            configuration.dataFolder.cString, memory.base, UInt64(memory.count))
        guard count > 0 else {
            return findings.repair("data") { line in
                line.add("there is no folder ")
                line.add(configuration.dataFolder)
            } with: { $0.add("sudo concord setup") }
        }
        let folder = memory.bytes.prefix(Int(count))
        examineFileSystem(of: folder)
        examineRoom(in: folder)
        examineSpeed(of: folder)
        // The last checks, for it is for good: what SQLite makes is the owner's, and what the server
        // may not read cannot be read here either.
        _ = linux_become_owner_of(folder.cString)
        examineDatabase(in: folder)
    }

    // MARK: - The disk

    private func examineFileSystem(of folder: Bytes) {
        let mount = mountPoint(of: folder)
        func describe(_ line: inout Line) {
            line.add(folder)
            line.add(" is on ")
            line.add(mount?.kind ?? Bytes("an unknown file system"))
        }
        guard let mount else { return findings.good("data", describe) }
        if mount.isReadOnly {
            findings.repair("data") { line in
                describe(&line)
                line.add(", which is read-only: SD cards that fail become so")
            } with: { line in
                line.add("sudo mount -o remount,rw ")
                line.add(mount.place)
                line.add("; if that fails: dmesg | tail, and another card")
            }
        } else if mount.kind == "overlay" {
            findings.repair("data") { line in
                describe(&line)
                line.add(": all of it is gone at the next start")
            } with: { line in
                line.add("sudo raspi-config nonint disable_overlayfs && sudo reboot; or data on a real disk")
            }
        } else if mount.kind == "tmpfs" || mount.kind == "ramfs" {
            findings.repair("data") { line in
                describe(&line)
                line.add(", which is memory: all of it is gone at the next start")
            } with: { line in
                line.add("on the card, or a disk: ")
                line.addChange { $0.add("data = /var/lib/concord") }
            }
        } else {
            findings.good("data", describe)
        }
    }

    private struct Mount {
        let place: Bytes
        let kind: Bytes
        let isReadOnly: Bool
    }

    /// The longest mount point above the folder (proc(5), mountinfo).
    private func mountPoint(of folder: Bytes) -> Mount? {
        var found: Mount?
        var lines = Lines(tree.text(Bytes("/proc/self/mountinfo")) ?? .empty)
        while let line = lines.next() {
            let words = line.words
            guard words.count > 6, let dash = words.firstIndex(where: { $0 == "-" }),
                dash + 1 < words.count, isAbove(words[4], folder),
                words[4].count >= found?.place.count ?? 0
            else { continue }
            let isReadOnly = words[5] == "ro" || words[5].starts(with: "ro,")
            found = Mount(place: words[4], kind: words[dash + 1], isReadOnly: isReadOnly)
        }
        return found
    }

    private func isAbove(_ mount: Bytes, _ folder: Bytes) -> Bool {
        if mount == "/" { return true }
        guard folder.count >= mount.count, folder.prefix(mount.count) == mount else { return false }
        return folder.count == mount.count || folder[mount.count] == UInt8(ascii: "/")
    }

    private func examineRoom(in folder: Bytes) {
        var free: Int64 = 0
        var all: Int64 = 0
        guard linux_disk_space(folder.cString, &free, &all) == 0 else { return }
        func describe(_ line: inout Line) {
            line.add(bytes: free)
            line.add(" of ")
            line.add(bytes: all)
            line.add(" are free")
        }
        func remedy(_ line: inout Line) {
            line.add("sudo apt-get clean; sudo journalctl --vacuum-size=50M; then: df -h ")
            line.add(folder)
        }
        if free < Doctor.roomNeeded {
            findings.repair("room", describe, with: remedy)
        } else if free < Doctor.roomWanted {
            findings.advise("room", describe, better: remedy)
        } else {
            findings.good("room", describe)
        }
    }

    private func examineSpeed(of folder: Bytes) {
        let time = linux_sync_us(folder.cString)
        guard time >= 0 else {
            return findings.repair("sync") { line in
                line.add("nothing can be written to ")
                line.add(folder)
                line.add(": ")
                line.add(SystemError(time).text)
            } with: { line in
                line.add("as the server's user: sudo -u concord concord doctor; or: sudo chown -R concord ")
                line.add(folder)
            }
        }
        func describe(_ line: inout Line) {
            line.add("a message is on the disk after ")
            line.add(Int(time / 1_000))
            line.add(".")
            line.add(Int(time / 100 % 10))
            line.add(" ms (median of 9)")
        }
        func remedy(_ line: inout Line) {
            line.add("a faster card (class A1 or better) or a USB disk; or ")
            line.addChange { $0.add("durability = relaxed") }
        }
        if time > Doctor.syncMicrosecondsMax {
            findings.repair("sync", describe, with: remedy)
        } else if time > Doctor.syncMicrosecondsWanted {
            findings.advise("sync", describe, better: remedy)
        } else {
            findings.good("sync", describe)
        }
    }

    // MARK: - The database

    private func examineDatabase(in folder: Bytes) {
        let path = permanent(folder, "/concord.db")
        guard linux_file_mode(path.cString) >= 0 else {
            return findings.good("database") { $0.add("not there yet: the first start makes it") }
        }
        if case .nobody = use { examineLog(in: folder) }
        do throws(StorageError) {
            try Soundness.fault(
                of: path.cString, heapBytesMax: configuration.store.heapBytesMax
            ) { fault in
                fault.map { report($0, at: path) } ?? findings.good("database", describeSound)
            }
        } catch {
            switch error {
            case .locked:
                findings.advise("database") { line in
                    line.add("another program is writing to it, so it was not looked through")
                } better: { line in
                    line.add("sudo fuser -v ")
                    line.add(path)
                    line.add(" names it; try again when it is done")
                }
            default: report(Bytes(error.explanation), at: path)
            }
        }
    }

    private func examineLog(in folder: Bytes) {
        let lost = DamagedLog(in: folder).commitsLost
        guard lost > 0 else { return }
        findings.repair("database") { line in
            line.add("its log is damaged: the last ")
            line.add(lost)
            line.add(" turns of messages and changes cannot be read")
        } with: { line in
            line.add("start the server, which keeps the damaged file; or: concord restore with your last backup")
        }
    }

    private func describeSound(_ line: inout Line) {
        line.add("whole")
        if case .byServer = use { line.add(" (a server has it; looked through beside it)") }
    }

    private func report(_ fault: Bytes, at path: Bytes) {
        findings.repair("database") { line in
            var lines = Lines(fault)
            while let part = lines.next() {
                if lines.number > 1 { line.add(" ") }
                line.add(part)
            }
        } with: { line in
            line.add("stop the server; sqlite3 ")
            line.add(path)
            line.add(" .recover | sqlite3 saved.db; or put your last backup in its place")
        }
    }
}
