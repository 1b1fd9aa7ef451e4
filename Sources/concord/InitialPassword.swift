import CLinux
import LinuxIO
import Memory
import Model
import ServerCore

/// The first administrator: the name is the environment's or "admin"; the password given by the environment, or made here and shown
/// once: on the terminal if there is one, else in a file that only the owner may read.
struct InitialPassword {
    private static let length = 20
    /// Without letters and digits that are mistaken for one another.
    private static let alphabet: StaticString = "abcdefghjkmnpqrstuvwxyz23456789"

    let username = InitialPassword.username
    let text: Bytes
    private let isGiven: Bool
    private let file: Bytes

    init(folder: Bytes) {
        file = InitialPassword.file(in: folder)
        if let given = linux_environment("CONCORD_ADMIN_PASSWORD") {
            text = Bytes(cString: given)
            isGiven = true
        } else {
            text = InitialPassword.random()
            isGiven = false
        }
    }

    /// Takes the given password out of the environment. Call when the first start is over.
    static func forgetGiven() { linux_wipe_environment("CONCORD_ADMIN_PASSWORD") }

    private static var username: Bytes {
        linux_environment("CONCORD_ADMIN_NAME").map { Bytes(cString: $0) }
            ?? Bytes(FirstStart.usualName)
    }

    static func file(in folder: Bytes) -> Bytes { permanent(folder, "/initial-admin-password") }

    /// Each character is drawn evenly: bytes beyond the last whole alphabet are drawn again.
    private static func random() -> Bytes {
        let letters = Bytes(alphabet)
        let bound = UInt8(256 / letters.count * letters.count)
        var out = ByteWriter(.allocate(length))
        while out.count < length {
            var byte: UInt8 = 0
            linux_random(&byte, 1)
            if byte < bound { out.append(letters[Int(byte) % letters.count]) }
        }
        return out.bytes
    }

    /// Judges what the environment gives, before anything is made.
    static func checkGiven(_ limits: Limits) {
        let objection =
            limits.username.violation(in: username)?.explanation
            ?? Usernames.objection(to: username)
        if let objection {
            exit(ExitCode.configuration) { line in
                line.add("CONCORD_ADMIN_NAME ")
                line.add(objection)
            }
        }
        guard let given = linux_environment("CONCORD_ADMIN_PASSWORD") else { return }
        let text = Bytes(cString: given)
        let range = limits.passwordBytesMin...limits.passwordBytesMax
        guard range.contains(text.count), UTF8Validator.isValid(text) else {
            exit(ExitCode.configuration) { line in
                line.add("CONCORD_ADMIN_PASSWORD must be UTF-8 text of ")
                line.add(range.lowerBound)
                line.add(" to ")
                line.add(range.upperBound)
                line.add(" bytes")
            }
        }
    }

    /// Before it is stored: a password that is shown and not stored is shown anew at the next
    /// start, one that is stored and not shown locks everyone out.
    func show() {
        guard !isGiven else { return }
        if linux_is_terminal(1) != 0 {
            var line = Line()
            line.add("\n  administrator: ")
            line.add(username)
            line.add("\n  password:      ")
            line.add(text)
            line.add("\n\n  It is shown only now: write it down.\n")
            line.print()
        } else {
            write()
        }
    }

    private func write() {
        _ = linux_remove_file(file.cString)
        let result = linux_create_secret_file(file.cString, text.base, UInt64(text.count))
        if result < 0 { fail("cannot write ", file, SystemError(result)) }
        var line = Line()
        line.add("the administrator's (")
        line.add(username)
        line.add(") password is in ")
        line.add(file)
        line.print()
    }
}
