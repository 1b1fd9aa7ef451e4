import CLinux
import LinuxIO
import Memory
import ServerCore

/// Where the commands of the terminal meet the running server: a socket in the data folder.
enum ControlSocket {
    static func path(in folder: Bytes) -> Bytes { permanent(folder, "/control.sock") }

    /// Begins to listen. The caller holds the lock of the folder, so whatever is there is stale.
    /// Where there can be no such socket the server does without.
    static func listen(in folder: Bytes, _ log: Log) -> Int32? {
        let listener = linux_control_listen(path(in: folder).cString)
        guard listener < 0 else { return listener }
        var line = Line()
        line.add("no commands of the terminal while this server runs: cannot make control.sock: ")
        line.add(SystemError(listener).text)
        line.log(.warning, log)
        return nil
    }

    static func remove(in folder: Bytes) { _ = linux_remove_file(path(in: folder).cString) }
}
